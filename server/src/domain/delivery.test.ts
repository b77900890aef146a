import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type Ahead,
  afterInterruption,
  afterReceipt,
  afterSending,
  afterUnknown,
  afterWaiting,
  type CarrierFacts,
  cancel,
} from './delivery.ts';
import {
  applyReceipt,
  endUnsent,
  handedOver,
  type Pending,
  postpone,
  type Routing,
  take,
} from './message.ts';
import { firstRouting, followUp } from './onward.ts';

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
    routing: null,
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
  const step = afterReceipt(sent, 'undelivered', GATEWAY, BORN + 1);
  assert.equal(step.message.state, 'undelivered');
  assert.equal(step.failed, 'the message was not delivered');
  assert.equal(afterReceipt(step.message, 'undelivered', GATEWAY, BORN + 2).failed, null);
});

test('duplicate, reordered and stale receipts change nothing', () => {
  const sent = handedOver(pending(), null, null, BORN);
  const delivered = applyReceipt(sent, 'delivered', BORN + 1);
  assert.equal(applyReceipt(delivered, 'delivered', BORN + 2), delivered);
  assert.equal(applyReceipt(delivered, 'undelivered', BORN + 2), delivered);
  const failed = endUnsent(pending(), 'failed', 'x', BORN);
  assert.equal(applyReceipt(failed, 'delivered', BORN), failed);
});

// Stops a receipt that overtakes the provider's answer from being lost: no second one comes.
test('a receipt that comes before the answer to the sending it is about is kept', () => {
  const early = applyReceipt(pending(), 'delivered', BORN + 3);
  assert.ok(early.state === 'delivered');
  assert.deepEqual([early.sentAtMs, early.endedAtMs], [BORN + 3, BORN + 3]);
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

const WAIT_MS = 3_000;
const LEFT: Ahead = { isLeft: true, failOverAfterMs: WAIT_MS, onUndelivered: 'next-route' };
const routing = (more: Partial<Routing> = {}): Routing => ({
  ...firstRouting({ channel: 'sms', provider: 'x', passedOver: [], estimate: null }, 'NL', []),
  ...more,
});

test('a definite refusal takes the next route at once, and the code is kept for it', () => {
  const refused = { kind: 'refused', reason: 'no such number' } as const;
  const step = afterSending(pending({ routing: routing() }), refused, GATEWAY, BORN, 0, LEFT);
  assert.deepEqual(
    [step.message.state, step.onward, step.code, step.failed],
    ['failed', 'refused', 'keep', null],
  );
});

test('an unknown outcome takes the next route after the wait, and not before', () => {
  const unknown = { kind: 'unknown', reason: 'timed out' } as const;
  const step = afterSending(pending({ routing: routing() }), unknown, GATEWAY, BORN + 10, 0, LEFT);
  assert.ok(step.message.state === 'pending');
  assert.deepEqual([step.onward, step.message.lease.dueAtMs], [null, BORN + 10 + WAIT_MS]);
  const later = afterWaiting(step.message, GATEWAY, BORN + 10 + WAIT_MS, LEFT);
  assert.deepEqual([later.message.state, later.onward, later.code], ['failed', 'unknown', 'keep']);
});

test('a busy provider is asked again within the wait, and left after it', () => {
  const busy = (retryAfterMs: number, troubledAtMs: number | null, nowMs: number) =>
    afterSending(
      pending({ routing: routing({ troubledAtMs }) }),
      { kind: 'busy', retryAfterMs },
      GATEWAY,
      nowMs,
      0,
      LEFT,
    );
  const again = busy(1_000, null, BORN);
  assert.ok(again.message.state === 'pending' && again.message.routing?.leaving === null);
  assert.equal(again.message.lease.dueAtMs, BORN + 1_000);
  const leaves = busy(60_000, null, BORN);
  assert.ok(leaves.message.state === 'pending' && leaves.message.routing?.leaving?.how === 'busy');
  assert.equal(leaves.message.lease.dueAtMs, BORN + WAIT_MS);
  const since = busy(1_000, BORN, BORN + 2_500);
  assert.ok(since.message.state === 'pending' && since.message.lease.dueAtMs === BORN + WAIT_MS);
});

test('a receipt within the wait shows that the message went out, and no other route is taken', () => {
  const unknown = { kind: 'unknown', reason: 'timed out' } as const;
  const waiting = afterSending(pending({ routing: routing() }), unknown, GATEWAY, BORN, 0, LEFT).message;
  const step = afterReceipt(waiting, 'delivered', GATEWAY, BORN + 500, LEFT);
  assert.deepEqual([step.message.state, step.onward, step.code], ['delivered', null, 'wipe']);
});

test('while an undelivered message could still take another route the code is kept; then it goes', () => {
  const taken = { kind: 'accepted', reference: 'r' } as const;
  const step = afterSending(pending({ routing: routing() }), taken, GATEWAY, BORN, 0, LEFT);
  assert.equal(step.code, 'keep');
  const undelivered = afterReceipt(step.message, 'undelivered', GATEWAY, BORN + 9, LEFT, 'absent');
  assert.deepEqual([undelivered.onward, undelivered.code, undelivered.failed], ['undelivered', 'keep', null]);
  assert.equal(afterReceipt(step.message, 'delivered', GATEWAY, BORN + 9, LEFT).code, 'wipe');
  const strict = { ...LEFT, onUndelivered: 'fail' } as const;
  assert.equal(afterSending(pending({ routing: routing() }), taken, GATEWAY, BORN, 0, strict).code, 'wipe');
  assert.match(
    afterReceipt(step.message, 'undelivered', GATEWAY, BORN, strict).failed ?? '',
    /not delivered/,
  );
});

test('an undelivered receipt after the expiry takes no route', () => {
  const sent = handedOver(pending({ routing: routing() }), 'r', null, BORN);
  assert.equal(afterReceipt(sent, 'undelivered', GATEWAY, END, LEFT).onward, null);
});

test('a verification does not fail while an earlier message of it may have arrived', () => {
  const doubtful = routing({ taken: [{ channel: 'sms', provider: 'a', how: 'unknown' }] });
  const refused = { kind: 'refused', reason: 'no' } as const;
  assert.equal(afterSending(pending({ routing: doubtful }), refused, GATEWAY, BORN, 0).failed, null);
  assert.equal(afterSending(pending({ routing: routing() }), refused, GATEWAY, BORN, 0).failed, 'no');
});

test('an interrupted sending is repeated with the same provider and reference before another is asked', () => {
  const step = afterInterruption(pending({ routing: routing() }), GATEWAY, BORN + 10_000, LEFT);
  assert.ok(step.message.state === 'pending' && step.message.routing?.isDoubtful === true);
  assert.equal(step.onward, null);
  const again = afterInterruption(pending({ attempts: 2, routing: routing() }), GATEWAY, BORN + 20_000, LEFT);
  assert.equal(again.onward, 'unknown');
});

test('a message that was given up turns up by its receipt, and no late failure undoes the next one', () => {
  const given = pending({ routing: routing({ isDoubtful: true, nextId: 'f'.repeat(32) }) });
  const failed = endUnsent(given, 'failed', 'timed out', BORN);
  assert.equal(afterReceipt(failed, 'delivered', GATEWAY, BORN, LEFT).message.state, 'delivered');
  const late = afterReceipt(failed, 'undelivered', GATEWAY, BORN, LEFT);
  assert.deepEqual([late.message, late.onward, late.failed], [failed, null, null]);
});

test('the message of the next route carries the same code, knows what went before, and ends when that would have', () => {
  const before = { ...pending(), routing: routing({ fallback: ['tts'] }) };
  const chosen = { channel: 'tts', provider: 'y', passedOver: ['z'], estimate: null } as const;
  const lease = { holder: 'node:9', dueAtMs: BORN + 10 };
  const next = followUp(before, 'refused', chosen, 'c'.repeat(32), lease, BORN + 5);
  assert.deepEqual(
    [next.verificationId, next.expiresAtMs, next.channel, next.provider, next.attempts],
    [before.verificationId, END, 'tts', 'y', 1],
  );
  assert.deepEqual(next.routing?.taken, [{ channel: 'sms', provider: 'x', how: 'refused' }]);
  assert.deepEqual([next.routing?.previousId, next.routing?.passedOver], [before.id, ['z']]);
});
