import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { afterReceipt, afterSending, afterUnknown, type CarrierFacts, cancel } from './delivery.ts';
import { applyReceipt, endUnsent, handedOver, type Pending, postpone, take } from './message.ts';

const BORN = 1_000_000;
const END = BORN + 60_000;
const SANDBOX: CarrierFacts = { deduplicates: true, keepsCodes: true };
const GATEWAY: CarrierFacts = { deduplicates: false, keepsCodes: false };

function pending(more: Partial<Pending> = {}): Pending {
  return {
    ...{
      id: 'a'.repeat(32),
      projectId: 'default',
      mode: 'test',
      verificationId: 'b'.repeat(32),
      channel: 'sms',
    },
    ...{ provider: 'x', createdAtMs: BORN, expiresAtMs: END, reference: null, attempts: 1, state: 'pending' },
    lease: { holder: 'node:1', dueAtMs: BORN + 20_000 },
    ...more,
  };
}

test('a message that a provider took is sent, and a real provider`s copy of the code is wiped', () => {
  const accepted = { kind: 'accepted', reference: 'ref-1' } as const;
  const step = afterSending(pending(), accepted, GATEWAY, BORN + 5, 0);
  assert.deepEqual(
    [step.message.state, step.message.reference, step.code, step.failed],
    ['sent', 'ref-1', 'wipe', null],
  );
  assert.equal(afterSending(pending(), accepted, SANDBOX, BORN + 5, 0).code, 'keep');
});

test('a receipt known at once is applied at once, a promised one when it is due', () => {
  const outcome = (afterMs: number) =>
    ({ kind: 'accepted', reference: null, receipt: { status: 'delivered', afterMs } }) as const;
  assert.equal(afterSending(pending(), outcome(0), SANDBOX, BORN, 0).message.state, 'delivered');
  const later = afterSending(pending(), outcome(10_000), SANDBOX, BORN, 0).message;
  assert.ok(later.state === 'sent');
  assert.deepEqual(later.promised, { status: 'delivered', dueAtMs: BORN + 10_000 });
});

test('a refusal for good ends the message and fails the verification, with the provider`s reason', () => {
  const step = afterSending(pending(), { kind: 'refused', reason: 'no such number' }, GATEWAY, BORN, 0);
  assert.equal(step.message.state, 'failed');
  assert.equal(step.failed, 'no such number');
});

test('a busy provider is asked again when it says, and otherwise with growing waits', () => {
  const busy = (retryAfterMs: number | null, attempts: number) => {
    const { message } = afterSending(pending({ attempts }), { kind: 'busy', retryAfterMs }, GATEWAY, BORN, 0);
    assert.ok(message.state === 'pending');
    assert.equal(message.lease.holder, null);
    return message.lease.dueAtMs - BORN;
  };
  assert.equal(busy(1_234, 1), 1_234);
  assert.deepEqual(
    [1, 2, 3, 4].map((attempt) => busy(null, attempt)),
    [500, 1_000, 2_000, 4_000],
  );
});

test('nothing is planned for when the code has expired: a provider busy until then fails the verification', () => {
  const step = afterSending(pending(), { kind: 'busy', retryAfterMs: 60_000 }, GATEWAY, BORN, 0);
  assert.equal(step.message.state, 'failed');
  assert.match(step.failed ?? '', /busy until the code expired/);
});

test('an unknown outcome is repeated where that does no harm, or once in the first half of the validity', () => {
  const state = (carrier: CarrierFacts, attempts: number, nowMs: number) =>
    afterUnknown(pending({ attempts }), 'timed out', carrier, nowMs, 0).message.state;
  assert.equal(state(SANDBOX, 5, BORN + 40_000), 'pending');
  assert.equal(state(GATEWAY, 1, BORN + 29_000), 'pending');
  assert.equal(state(GATEWAY, 1, BORN + 31_000), 'failed');
  assert.equal(state(GATEWAY, 2, BORN + 1_000), 'failed');
});

test('a message that may have gone out does not fail its verification: its code may be in somebody`s hand', () => {
  const step = afterUnknown(pending({ attempts: 2 }), 'timed out', GATEWAY, BORN, 0);
  assert.equal(step.failed, null);
});

test('whatever a provider answers, no message is planned to be sent at or after its expiry', () => {
  const outcome = fc.oneof(
    fc.record({
      kind: fc.constant('busy' as const),
      retryAfterMs: fc.option(fc.integer({ min: 0, max: 200_000 })),
    }),
    fc.record({ kind: fc.constant('unknown' as const), reason: fc.constant('x') }),
    fc.record({ kind: fc.constant('refused' as const), reason: fc.constant('x') }),
  );
  const carrier = fc.record({ deduplicates: fc.boolean(), keepsCodes: fc.boolean() });
  const moment = fc.integer({ min: BORN, max: END + 5_000 });
  const spread = fc.double({ min: 0, max: 1, noNaN: true });
  const property = fc.property(
    outcome,
    carrier,
    moment,
    fc.integer({ min: 1, max: 40 }),
    spread,
    (told, facts, nowMs, attempts, chance) => {
      const { message } = afterSending(pending({ attempts }), told, facts, nowMs, chance);
      if (message.state === 'pending')
        assert.ok(message.lease.dueAtMs < END && message.lease.dueAtMs >= nowMs);
    },
  );
  fc.assert(property, { numRuns: 2_000 });
});

test('an undelivered message fails its verification, once', () => {
  const sent = handedOver(pending(), null, null, BORN);
  const step = afterReceipt(sent, 'undelivered', BORN + 1);
  assert.equal(step.message.state, 'undelivered');
  assert.equal(step.failed, 'the message was not delivered');
  assert.equal(afterReceipt(step.message, 'undelivered', BORN + 2).failed, null);
});

test('duplicate, reordered and stale receipts change nothing', () => {
  const sent = handedOver(pending(), null, null, BORN);
  const delivered = applyReceipt(sent, 'delivered', BORN + 1);
  assert.equal(applyReceipt(delivered, 'delivered', BORN + 2), delivered);
  assert.equal(applyReceipt(delivered, 'undelivered', BORN + 2), delivered);
  const failed = endUnsent(pending(), 'failed', 'x', BORN);
  assert.equal(applyReceipt(failed, 'delivered', BORN), failed);
  const untouched = pending();
  assert.equal(applyReceipt(untouched, 'delivered', BORN), untouched);
});

test('a message is taken when its lease is over, under a new name, and counted', () => {
  const message = pending();
  assert.equal(take(message, 'node:2', 20_000, BORN + 19_999), null);
  const taken = take(message, 'node:2', 20_000, BORN + 20_000);
  assert.deepEqual(taken?.lease, { holder: 'node:2', dueAtMs: BORN + 40_000 });
  assert.equal(taken?.attempts, 2);
  assert.deepEqual(postpone(message, BORN + 7).lease, { holder: null, dueAtMs: BORN + 7 });
});

test('a canceled message was not sent, and fails nothing', () => {
  const step = cancel(pending(), BORN);
  assert.deepEqual([step.message.state, step.failed], ['canceled', null]);
});
