import type { SendOutcome } from '../../domain/message.ts';
import { createCaller } from '../caller.ts';
import type { ProviderDeps } from '../deps.ts';
import {
  type Answer,
  busyBy,
  byStatus,
  handOver,
  plainCode,
  plainReference,
  refusedBy,
} from '../hand-over.ts';
import type { CheckOutcome, Provider, ReceiptReading, ReceiptRequest, Receipts } from '../provider.ts';
import { bodyForm, bodyText, forged, parsedJson, queryOf, receiptsBy, unreadable } from '../reading.ts';
import { namesOf } from './names.ts';
import type { Gateway, Reader } from './read.ts';
import type { Readable } from './selector.ts';

const CHECK_PATIENCE_MS = 8_000;

/** Anyone's gateway, by its description. */
export function httpProvider(id: string, gateway: Gateway, { nowMs }: ProviderDeps): Provider {
  const caller = createCaller();
  const { reader, values } = gateway;
  const provider: Provider = {
    id,
    channels: gateway.channels,
    deduplicates: false,
    keepsCodes: false,
    async send(message, signal): Promise<SendOutcome> {
      const originator = gateway.originator ?? message.originator;
      const names = namesOf(message, originator, reader.validity, nowMs());
      const call = reader.send((name) => values(name) ?? names(name));
      if (typeof call === 'string') return { kind: 'refused', reason: call };
      return handOver({
        caller,
        nowMs,
        message,
        signal,
        call,
        judge: (answer) => judge(reader, answer, nowMs()),
      });
    },
    close: caller.close,
  };
  return {
    ...provider,
    ...(reader.receipts === null ? {} : { receipts: receiptsOf(reader.receipts) }),
    ...(reader.check === null ? {} : { check: checkBy(reader.check) }),
  };

  function checkBy(check: NonNullable<Reader['check']>): (signal: AbortSignal) => Promise<CheckOutcome> {
    return async (signal) => {
      const call = check.write(values);
      if (typeof call === 'string') return { kind: 'bad', reason: call };
      const reply = await caller.call(call, CHECK_PATIENCE_MS, signal);
      if (reply.kind !== 'answer') return { kind: 'bad', reason: reply.reason };
      if (reply.status >= 300) return { kind: 'bad', reason: `the gateway answered ${reply.status}` };
      const note = plainCode(check.note?.(readableOf(reply)) ?? null);
      return { kind: 'good', note };
    };
  }
}

function judge(reader: Reader, answer: Answer, nowMs: number): SendOutcome | null {
  const readable = readableOf(answer);
  const outcome = reader.outcomes.find(({ fits }) => fits(answer.status, readable))?.outcome;
  const code = plainCode(reader.errorCode?.(readable) ?? null);
  switch (outcome) {
    case 'accepted': {
      const reference = plainReference(reader.reference?.(readable) ?? null);
      const cost = reader.cost?.(readable) ?? null;
      return { kind: 'accepted', reference, ...(cost === null ? {} : { cost }) };
    }
    case 'refused':
      return refusedBy(code ?? String(answer.status));
    case 'busy':
      return busyBy(answer, nowMs);
    case 'unknown':
      return { kind: 'unknown', reason: `the gateway answered ${code ?? answer.status}` };
    case undefined: {
      const usual = byStatus(answer, nowMs);
      if (usual.kind !== 'refused' || code === null) return usual;
      return { ...usual, reason: `${usual.reason} (${code})` };
    }
    default:
      return outcome satisfies never;
  }
}

function receiptsOf(reading: NonNullable<Reader['receipts']>): Receipts {
  return { ...receiptsBy((request) => readReceipt(reading, request)), answer: reading.answer };
}

function readReceipt(reading: NonNullable<Reader['receipts']>, request: ReceiptRequest): ReceiptReading {
  const wrong = reading.checkSignature?.(request) ?? null;
  if (wrong !== null) return forged(wrong);
  const readable = readableReceipt(request);
  const said = reading.status(readable);
  if (said === null) return unreadable('it has no status');
  const reference = plainReference(reading.reference?.(readable) ?? null);
  const cost = reading.cost?.(readable) ?? null;
  if (reading.delivered.includes(said)) {
    return { kind: 'receipt', reference, status: 'delivered', reason: null, cost };
  }
  if (!reading.undelivered.includes(said)) {
    return { kind: 'receipt', reference, status: 'progress', reason: null, cost };
  }
  const code = plainCode(reading.reason?.(readable) ?? null);
  const word = plainCode(said) ?? 'undelivered';
  const reason = code === null ? word : `${word} (error ${code})`;
  return { kind: 'receipt', reference, status: 'undelivered', reason, cost };
}

function readableOf(answer: Answer): Readable {
  return {
    text: answer.body,
    json: parsedJson(answer.body),
    header(name) {
      const value = answer.headers[name];
      return typeof value === 'string' ? value : null;
    },
    query: () => null,
    form: () => null,
  };
}

function readableReceipt(request: ReceiptRequest): Readable {
  const text = bodyText(request);
  const [query, form] = [queryOf(request), bodyForm(request)];
  return {
    text,
    json: parsedJson(text),
    header: (name) => request.headers[name] ?? null,
    query: (name) => query.get(name),
    form: (name) => form.get(name),
  };
}
