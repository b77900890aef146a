import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterAttempt, webhookHeaders, writeSecret } from './webhook.ts';

const SIGNED = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: 1614265330,
  body: '{"test": 2432232314}',
};
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

test('the signature is that of the published vector of Standard Webhooks', () => {
  assert.deepEqual(webhookHeaders(SIGNED, [SECRET]), {
    'webhook-id': SIGNED.id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

test('while a secret is being changed both sign', () => {
  const other = writeSecret(Buffer.alloc(32, 7));
  const { 'webhook-signature': both } = webhookHeaders(SIGNED, [other, SECRET]);
  const alone = webhookHeaders(SIGNED, [other])['webhook-signature'];
  assert.equal(both, `${alone} v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=`);
});

test('a webhook is tried ten times over three days, and nothing but 2xx is success', () => {
  const failed = { atMs: 0, status: 500, tookMs: 1, error: 'it answered 500' };
  const waits: number[] = [];
  for (let tries = 1; tries <= 9; tries += 1) {
    const next = afterAttempt(failed, tries, 0, 0);
    assert.ok(next.kind === 'retry');
    waits.push(next.dueAtMs / 1000);
    const late = afterAttempt(failed, tries, 0, 1);
    assert.ok(late.kind === 'retry' && late.dueAtMs > next.dueAtMs && late.dueAtMs <= next.dueAtMs * 1.1 + 1);
  }
  assert.deepEqual(waits, [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]);
  assert.equal(afterAttempt(failed, 10, 0, 0).kind, 'given-up');
  for (const status of [200, 201, 202, 204, 299]) {
    assert.equal(afterAttempt({ ...failed, status, error: null }, 1, 0, 0).kind, 'delivered');
  }
  for (const status of [null, 100, 301, 302, 307, 400, 404, 429, 500, 503]) {
    assert.equal(afterAttempt({ ...failed, status }, 1, 0, 0).kind, 'retry', String(status));
  }
  assert.equal(afterAttempt({ ...failed, status: 410 }, 1, 0, 0).kind, 'gone');
});
