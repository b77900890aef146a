import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHANNELS } from './message.ts';
import { type Recipient, readRecipient } from './recipient.ts';
import { MAGIC_RECIPIENTS, sandboxFate } from './sandbox-fates.ts';

test('every outcome has one magic number and one magic mailbox, the same on every channel', () => {
  const kinds = ['delivered', 'undelivered', 'late', 'busy', 'refused'];
  assert.deepEqual(
    MAGIC_RECIPIENTS.map(({ fate }) => fate.kind),
    kinds,
  );
  for (const { phone, email, fate } of MAGIC_RECIPIENTS) {
    for (const channel of CHANNELS) {
      assert.equal(sandboxFate(channel, channel === 'email' ? email : phone), fate);
    }
  }
});

test('a magic recipient is already in the normal form in which recipients arrive', () => {
  for (const { phone, email } of MAGIC_RECIPIENTS) {
    const { country, ...read } = readRecipient(phone, 'sms') as Recipient & {
      readonly country?: string | null;
    };
    assert.deepEqual(read, { kind: 'phone', address: phone });
    assert.notEqual(country, undefined);
    assert.deepEqual(readRecipient(email, 'email'), { kind: 'email', address: email });
  }
});

test('everybody else is delivered to at once; letter case does not make another mailbox', () => {
  assert.deepEqual(sandboxFate('sms', '+447700900006'), { kind: 'delivered' });
  assert.deepEqual(sandboxFate('email', 'refused@example.com'), { kind: 'delivered' });
  assert.deepEqual(sandboxFate('email', 'Refused@sandbox.example'), { kind: 'refused' });
});
