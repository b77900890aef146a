import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHANNELS } from './message.ts';
import { changedFaults, FAULT_MS, inForce, isMet, readFaultChange } from './sandbox-faults.ts';

const busy = { channel: 'sms', kind: 'busy', share: '50' };

test('a fault is over after an hour, to the millisecond', () => {
  const faults = changedFaults([], readFaultChange(busy), 1_000);
  assert.deepEqual(faults, [
    { channel: 'sms', kind: 'busy', slowMs: 0, sharePercent: 50, untilMs: 1_000 + FAULT_MS },
  ]);
  assert.deepEqual(inForce(faults, 1_000 + FAULT_MS - 1), faults);
  assert.deepEqual(inForce(faults, 1_000 + FAULT_MS), []);
});

test('a share of n percent is met by n of a hundred rolls', () => {
  for (const share of [1, 50, 99, 100]) {
    const [fault] = changedFaults([], readFaultChange({ ...busy, share: String(share) }), 0);
    assert.ok(fault !== undefined);
    const met = Array.from({ length: 100 }, (_, roll) => isMet(fault, roll)).filter(Boolean);
    assert.equal(met.length, share);
  }
});

test('a channel has one fault, all channels are set at once, and none ends it', () => {
  const all = changedFaults([], readFaultChange({ channel: 'all', kind: 'slow', seconds: '3' }), 0);
  assert.deepEqual(
    all.map(({ channel, slowMs }) => [channel, slowMs]),
    CHANNELS.map((channel) => [channel, 3_000]),
  );
  const one = changedFaults(all, readFaultChange(busy), 5);
  assert.deepEqual([one.length, one[0]?.kind, one[1]?.kind], [CHANNELS.length, 'busy', 'slow']);
  assert.equal(changedFaults(one, readFaultChange({ channel: 'sms', kind: 'none' }), 6).length, 4);
  assert.deepEqual(changedFaults(one, readFaultChange({ channel: 'all', kind: 'none' }), 6), []);
});

test('what cannot be a fault is refused with what would be right', () => {
  for (const [typed, sentence] of [
    [{ ...busy, channel: 'fax' }, /: channel is invalid; give one of all, sms/],
    [{ ...busy, kind: 'explode' }, /: kind is invalid; give one of none, slow/],
    [{ ...busy, share: '0' }, /: share is invalid; give a whole number of percent from 1 to 100$/],
    [{ ...busy, share: '101' }, /: share/],
    [{ ...busy, kind: 'slow', seconds: '31' }, /: seconds is invalid; give a whole number from 1 to 30$/],
    [{ ...busy, kind: 'slow', seconds: ['1', '2'] }, /: seconds/],
  ] as const) {
    assert.throws(() => readFaultChange(typed), sentence);
  }
});
