import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { startRoost } from '../support/roost.ts';
import { LOOPBACK, startReceiver, webhookTo } from '../webhooks/receiver.ts';

// As somebody does who loads an SDK before Roost.
const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
trace.setGlobalTracerProvider(provider);
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
after(async () => {
  await provider.shutdown();
  trace.disable();
  context.disable();
  propagation.disable();
});

async function spanOf(name: string): Promise<ReadableSpan> {
  const [found] = await spansOf(name, 1);
  assert.ok(found);
  return found;
}

/** All spans of this name, once there are so many: one ends a moment after what it tells of can be seen. */
async function spansOf(name: string, least: number): Promise<readonly ReadableSpan[]> {
  for (let i = 0; i < 1_500; i += 1) {
    const found = exporter.getFinishedSpans().filter((span) => span.name === name);
    if (found.length >= least) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`no span ${name}: ${exporter.getFinishedSpans().map((span) => span.name)}`);
}

test('a create is a span, its use case and transaction hang below it, and the sending is told', async (t) => {
  const roost = await startRoost(t);
  exporter.reset();
  const { id, code } = await roost.createVerification('+31612345678');
  const request = await spanOf('POST /verify');
  assert.equal(request.attributes['http.response.status_code'], 201);
  const create = await spanOf('verify.create');
  assert.equal(create.parentSpanContext?.spanId, request.spanContext().spanId);
  assert.deepEqual({ ...create.attributes }, { 'roost.mode': 'test', 'roost.channel': 'sms' });
  const transaction = exporter
    .getFinishedSpans()
    .find((span) => span.parentSpanContext?.spanId === create.spanContext().spanId);
  assert.equal(transaction?.name, 'store.transaction');
  const sending = await spanOf('provider.send');
  assert.equal(sending.attributes['roost.provider'], 'sandbox');
  assert.equal(sending.attributes['roost.outcome'], 'accepted');
  exporter.reset();
  await roost.check(id, code === '000000' ? '111111' : '000000');
  const consume = await spanOf('consume');
  assert.equal(consume.attributes['roost.refusal'], 'wrong_code');
  assert.equal(consume.status.code, 0, 'a refusal is no error');
});

test('sendings hang below the creates that they follow from, and what is told by webhooks below nothing', async (t) => {
  const roost = await startRoost(t, LOOPBACK);
  const receiver = await startReceiver(t);
  await webhookTo(roost, receiver);
  exporter.reset();
  await Promise.all(
    ['+31612345670', '+31612345671', '+31612345672'].map((to) => roost.createVerification(to)),
  );
  await receiver.count(6);
  const tracesOf = async (name: string) =>
    (await spansOf(name, 3)).map((span) => span.spanContext().traceId).sort();
  const creates = await tracesOf('verify.create');
  assert.equal(new Set(creates).size, 3);
  assert.deepEqual(await tracesOf('provider.send'), creates);
  const told = await spansOf('webhook.tell', 6);
  for (const span of told) assert.equal(span.parentSpanContext, undefined);
});

test('a caller that names its span gets ours below it', async (t) => {
  const roost = await startRoost(t);
  exporter.reset();
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
  await roost.call('POST', '/verify', { json: { recipient: '+31612345678' }, headers });
  const request = await spanOf('POST /verify');
  assert.equal(request.spanContext().traceId, traceId);
  assert.equal((await spanOf('verify.create')).spanContext().traceId, traceId);
});

test('no span holds a recipient, a code, a key or an address', async (t) => {
  const roost = await startRoost(t);
  exporter.reset();
  const { id, code } = await roost.createVerification('+31612345678');
  await roost.check(id, code);
  await roost.call('POST', '/verify', { json: { recipient: '+31612345679', type: 'nonsense' } });
  await spanOf('provider.send');
  const told = JSON.stringify(
    exporter
      .getFinishedSpans()
      .map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
  );
  for (const secret of ['31612345678', '31612345679', code, roost.testKey, id])
    assert.ok(!told.includes(secret), secret);
});
