import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ROLES } from '../../src/domain/operator.ts';
import { tables } from '../../src/store/store.ts';
import { movableClock, type Scope, type StartedRoost, startRoost } from '../support/roost.ts';
import { messageOf, until } from '../wire/wire.ts';
import { signedIn, type Visitor } from './visitor.ts';

const MINUTE_MS = 60_000;

async function open(t: Scope, role: Parameters<typeof signedIn>[1] = 'support') {
  const clock = movableClock();
  const roost = await startRoost(t, { clock });
  const visitor = await signedIn(roost, role);
  const { id, code } = await roost.createVerification('+31612345678');
  return { roost, clock, visitor, id, code, at: `/console/verifications/${id}` };
}

const audited = async ({ roost }: StartedRoost, action: string) =>
  (await roost.store.read.audit.since({ sinceMs: 0, limit: 500 })).filter((entry) => entry.action === action);

/** Messages that the sandbox phone has of one recipient. */
async function onPhone(roost: StartedRoost, recipient: string) {
  const { body } = await roost.call(
    'GET',
    `/sandbox/messages?recipient=${encodeURIComponent(recipient)}&wait=2`,
  );
  return body.messages as { id: string; token: string }[];
}

describe('one verification', () => {
  test('tells its story: request, what the guard thought, message, guesses, end', async (t) => {
    const { roost, visitor, id, code, at } = await open(t, 'reader');
    await roost.check(id, code === '111111' ? '222222' : '111111');
    await roost.check(id, code);
    const { text } = await visitor.get(at);
    for (const words of [
      /Asked for with a test key of project default: 6 digits by SMS, good for 5 min/,
      /The guard looked at \d+ rules and let it out/,
      /Handed over to sandbox/,
      /Delivered, says sandbox/,
      /1 wrong guess/,
      /Verified: the right code came back/,
      /Codes to this recipient within an hour.*1 of at most 5.*allowed/s,
      /Nobody was told of it/,
    ]) {
      assert.match(text, words);
    }
    assert.ok(!text.includes(code) && !text.includes('12345678'), 'neither code nor recipient');
  });

  test('is sent again with the same code while its sealed copy is kept, after a pause, a few times', async (t) => {
    const { roost, clock, visitor, at } = await open(t);
    const early = await visitor.post(`${at}/again`);
    assert.equal(early.status, 422);
    assert.match(early.text, /send again in \d+ s/);
    const long = await roost.createVerification('+31687654321', { timeout: 3_600 });
    for (let sent = 1; sent < 6; sent += 1) {
      clock.advance(5 * MINUTE_MS);
      const again = await (await signedIn(roost, 'support')).post(`/console/verifications/${long.id}/again`);
      assert.equal(again.status, 200, again.text);
      assert.match(again.text, /It was sent again, with the same code/);
      await until('it is delivered', async () => {
        return (await messageOf(roost, long.id, 'test')).state === 'delivered';
      });
    }
    clock.advance(5 * MINUTE_MS);
    const last = await (await signedIn(roost, 'support')).post(`/console/verifications/${long.id}/again`);
    assert.match(last.text, /It was sent 6 times already/);
    const messages = await onPhone(roost, '+31687654321');
    assert.ok(messages.every(({ token }) => token === long.code));
    assert.equal((await roost.check(long.id, long.code)).status, 200);
    assert.equal((await audited(roost, 'verification.sent-again')).length, 5);
  });

  test('gets a new code where the old one has left the house, and no guess more', async (t) => {
    const { roost, clock, id, code, at } = await open(t);
    await roost.check(id, code === '111111' ? '222222' : '111111');
    await roost.roost.store.transaction(async (tx) => {
      const found = await tx.get(tables.verifications, { projectId: 'default', mode: 'test', id });
      if (found !== null) tx.update(tables.verifications, { ...found, sealedCode: null });
    });
    clock.advance(MINUTE_MS);
    const visitor = await signedIn(roost, 'support');
    assert.match((await visitor.get(at)).text, /Send a new code/);
    const again = await visitor.post(`${at}/again`);
    assert.match(again.text, /with a new code: the one before is void/);
    assert.match(again.text, /1 wrong, 2 left/);
    assert.match(again.text, /Message 2 given to/);
    const token = (await onPhone(roost, '+31612345678')).at(-1)?.token ?? '';
    assert.notEqual(token, code);
    assert.equal((await roost.check(id, code)).status, 422);
    assert.equal((await roost.check(id, token)).status, 200);
  });

  test('is canceled: its code is void at once, and it cannot be canceled twice', async (t) => {
    const { roost, visitor, id, code, at } = await open(t);
    assert.match((await visitor.post(`${at}/cancel`)).text, /It is canceled/);
    assert.equal((await roost.check(id, code)).status, 404);
    const twice = await visitor.post(`${at}/cancel`);
    assert.equal(twice.status, 422);
    assert.match(twice.text, /there is nothing to cancel/);
    const [entry, ...more] = await audited(roost, 'verification.canceled');
    assert.equal(entry?.object, id);
    assert.equal(more.length, 0);
  });

  test('shows its recipient in one answer only, and writes down who looked', async (t) => {
    const { roost, visitor, id, at } = await open(t);
    const shown = await visitor.post(`${at}/unmask`);
    assert.match(shown.text, /\+31612345678/);
    assert.ok(!(await visitor.get(at)).text.includes('12345678'));
    const [entry] = await audited(roost, 'recipient.unmasked');
    assert.equal(entry?.object, id);
    assert.ok(!JSON.stringify(entry).includes('12345678'));
    assert.ok(roost.logged.every((line) => !line.includes('12345678')));
  });

  test('is erased with everything about its recipient, by who may, and the list shows no trace', async (t) => {
    const { roost, id, at } = await open(t, 'owner');
    const other = await roost.createVerification('+31 6 12345678');
    const support = await signedIn(roost, 'support');
    assert.equal((await support.post(`${at}/erase`)).status, 403);
    const operator = await signedIn(roost, 'operator');
    assert.match((await operator.get(at)).text, /Erase everything about this recipient/);
    assert.ok(!(await support.get(at)).text.includes('Erase everything'));
    const erased = await operator.post(`${at}/erase`);
    assert.equal(erased.status, 200);
    assert.match(erased.text, /Everything about this recipient is erased/);
    const { text } = await operator.get('/console/verifications');
    for (const gone of [id, other.id]) {
      assert.ok(!text.includes(gone));
      assert.equal((await operator.get(`/console/verifications/${gone}`)).status, 404);
    }
  });

  test('lets nobody do what their role does not allow, nor anybody without a fresh factor', async (t) => {
    const { roost, id, code, at } = await open(t);
    const acts = ['again', 'cancel', 'unmask'];
    const reader = await signedIn(roost, 'reader');
    for (const act of acts) {
      assert.equal((await reader.post(`${at}/${act}`)).status, 403, act);
      assert.equal((await reader.post(`${at}/${act}`, {}, 'x')).status, 403, act);
    }
    for (const role of ROLES.filter((one) => one !== 'reader')) {
      const stale: Visitor = await signedIn(roost, role, { provedAgoMs: 6 * MINUTE_MS });
      for (const act of acts) {
        const { status, headers, text } = await stale.post(`${at}/${act}`);
        assert.equal(status, 303, act);
        assert.equal(headers.get('location'), `/console/fresh?next=${encodeURIComponent(at)}`);
        assert.ok(!text.includes('12345678'));
      }
    }
    assert.equal((await roost.check(id, code)).status, 200, 'nothing was done');
  });

  test('leads to its message on the sandbox phone, and that one leads back', async (t) => {
    const { roost, visitor, at } = await open(t, 'reader');
    const { status, headers } = await visitor.get(`${at}/phone`);
    assert.equal(status, 303);
    const address = headers.get('location') ?? '';
    assert.match(address, /^\/sandbox\?recipient=%2B31612345678&message=[0-9a-f]{32}$/);
    const phone = await (await fetch(roost.url + address)).text();
    assert.ok(phone.includes(`href="${at}"`));
  });

  test('that is not there, or no id at all, is not found', async (t) => {
    const { visitor } = await open(t);
    for (const id of ['0'.repeat(32), 'x', '%27', 'f'.repeat(31)]) {
      assert.equal((await visitor.get(`/console/verifications/${id}`)).status, 404, id);
      assert.equal((await visitor.get(`/console/verifications/${id}/phone`)).status, 404, id);
      assert.equal((await visitor.post(`/console/verifications/${id}/cancel`)).status, 404, id);
    }
  });

  test('that the guard refused says why, and when it may go out', async (t) => {
    const { roost, visitor } = await open(t, 'reader');
    const id = roost.roost.store.newId();
    await roost.roost.store.transaction(async (tx) => {
      tx.insert(tables.refusals, {
        ...{ id, projectId: 'default', mode: 'live', atMs: tx.nowMs, recipientKey: 'ab'.repeat(16) },
        ...{ recipient: '+31*******78', country: 'NL', channel: 'sms', keyId: 'abcdefgh' },
        ...{ rule: 'recipient-hour', retryAtMs: tx.nowMs + MINUTE_MS, guard: '2|||4:6/5!' },
      });
    });
    const { text } = await visitor.get(`/console/verifications/${id}`);
    assert.match(text, /Refused by <b>Codes to this recipient within an hour<\/b>/);
    assert.match(text, /It may go out from/);
    assert.match(text, /6 of at most 5.*refused/s);
  });
});

test('figures come as CSV that a spreadsheet runs nothing of', async (t) => {
  const { roost, visitor } = await open(t, 'reader');
  const asCsv = () => visitor.get('/console/figures/country.csv?mode=test&period=today');
  await until('it is counted', async () => (await asCsv()).text.includes('\r\nNetherlands,NL,1,1,1,'));
  const csv = await asCsv();
  assert.equal(csv.status, 200);
  assert.match(csv.headers.get('content-type') ?? '', /^text\/csv/);
  assert.match(csv.text, /^country,code,created,.*\r\nNetherlands,NL,1,1,1,/);
  assert.equal((await visitor.get('/console/figures/passwords.csv')).status, 404);
  assert.equal(roost.logged.filter((line) => line.includes('figures.failed')).length, 0);
});
