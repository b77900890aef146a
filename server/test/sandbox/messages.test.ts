import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inTime } from '../../../testing/in-time.ts';
import { AUTHORIZATION, aMessage, type Door, openDoor, START_MS } from './memory-inbox.ts';

type Listed = { messages: Record<string, unknown>[] };

async function get({ url }: Door, query: string, authorization: string | null = AUTHORIZATION) {
  const headers: Record<string, string> = authorization === null ? {} : { authorization };
  const answer = await fetch(`${url}/sandbox/messages${query}`, { headers });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as unknown };
}
const idsOf = (body: unknown) => (body as Listed).messages.map(({ id }) => id);
const invalid = (parameter: string, description: string) => ({ code: 10, description, parameter });

describe('GET /sandbox/messages', () => {
  test('answers each message in seven fields, the newest last', async (t) => {
    const door = await openDoor(t);
    const first = aMessage({ token: '004217', text: 'Your code is: 004217' });
    const second = aMessage({
      channel: 'email',
      recipient: 'ann@example.com',
      createdAtMs: START_MS + 1_000,
    });
    door.inbox.put([second, first]);
    const { status, body } = await get(door, '');
    assert.equal(status, 200);
    assert.deepEqual((body as Listed).messages[0], {
      id: first.id,
      channel: 'sms',
      recipient: '+31612345678',
      originator: 'BirdBank',
      text: 'Your code is: 004217',
      token: '004217',
      createdDatetime: '2026-11-23T14:01:08+00:00',
    });
    assert.deepEqual(idsOf(body), [first.id, second.id]);
  });

  test('refuses whoever brings no valid key, in the envelope of the Verify API', async (t) => {
    const door = await openDoor(t);
    door.inbox.put([aMessage()]);
    const refused = {
      errors: [
        { code: 2, description: 'Request not allowed (incorrect access_key)', parameter: 'access_key' },
      ],
    };
    for (const authorization of [null, '', 'AccessKey test_wrong', 'Bearer x']) {
      const { status, body } = await get(door, '?recipient=+31612345678', authorization);
      assert.deepEqual([status, body], [401, refused], String(authorization));
    }
    const inUrl = await get(door, '?access_key=test_abcdefghijklmnopqrstuvwxyz');
    assert.deepEqual([inUrl.status, inUrl.body], [401, refused]);
  });

  test("shows a key the messages of its own project and mode, and nobody else's", async (t) => {
    const door = await openDoor(t);
    const mine = aMessage();
    door.inbox.put([aMessage({ mode: 'live' }), mine, aMessage({ projectId: 'other' })]);
    assert.deepEqual(idsOf((await get(door, '')).body), [mine.id]);
  });

  test('takes a recipient in any spelling that a create takes', async (t) => {
    const door = await openDoor(t);
    const phone = aMessage();
    const mail = aMessage({ channel: 'email', recipient: 'ann@example.com' });
    door.inbox.put([phone, mail]);
    for (const typed of [
      '31612345678',
      '%2B31612345678',
      '0031 6 12 34 56 78',
      '0612345678&countryCode=NL',
    ]) {
      assert.deepEqual(idsOf((await get(door, `?recipient=${typed}`)).body), [phone.id], typed);
    }
    assert.deepEqual(idsOf((await get(door, '?recipient=ann@EXAMPLE.com')).body), [mail.id]);
    assert.deepEqual(idsOf((await get(door, '?recipient=447700900001')).body), []);
  });

  test('answers what came after a message, and ignores what it does not know', async (t) => {
    const door = await openDoor(t);
    const [first, second, third] = [1, 2, 3].map((n) => aMessage({ createdAtMs: START_MS + n }));
    assert.ok(first && second && third);
    door.inbox.put([first, second, third]);
    assert.deepEqual(idsOf((await get(door, `?after=${first.id}`)).body), [second.id, third.id]);
    assert.deepEqual(idsOf((await get(door, `?after=${third.id}&page=2`)).body), []);
  });

  test('names every value that is wrong at once, and says what would be right', async (t) => {
    const door = await openDoor(t);
    const { status, body } = await get(door, '?recipient=&after=1&after=2&wait=31');
    assert.equal(status, 422);
    assert.deepEqual(body, {
      errors: [
        invalid('recipient', 'recipient is empty; give a value or leave it out'),
        invalid('after', 'after is given more than once; give it once'),
        invalid('wait', 'wait is invalid; give a whole number of seconds from 0 to 30'),
      ],
    });
    for (const wait of ['-1', '1.5', '1e1', 'soon', '0x1', '٣', '300']) {
      assert.equal((await get(door, `?wait=${encodeURIComponent(wait)}`)).status, 422, wait);
    }
    const unreadable = await get(door, '?after=7');
    assert.deepEqual(unreadable.body, {
      errors: [invalid('after', 'after must be the id of a message: 32 hexadecimal characters')],
    });
    const nobody = await get(door, '?recipient=0612345678');
    assert.equal(nobody.status, 422);
    assert.match(JSON.stringify(nobody.body), /country code, such as \+31612345678.*"parameter":"recipient"/);
  });
});

describe('waiting for the next message', () => {
  test('ends as soon as it comes', async (t) => {
    const door = await openDoor(t);
    // A message of this process is told at once; those of other nodes are looked for once a second.
    await inTime(700, async (tries) => {
      const wanted = aMessage({ recipient: `+3161234567${tries}` });
      const waiting = get(door, `?wait=30&recipient=3161234567${tries}`);
      await until(() => door.inbox.watching() === 1);
      door.inbox.put([aMessage({ recipient: '+447700900001' })]);
      await sleep(150);
      const began = performance.now();
      door.inbox.put([wanted]);
      assert.deepEqual(idsOf((await waiting).body), [wanted.id]);
      return performance.now() - began;
    });
  });

  test('sees within about a second what another node delivered', async (t) => {
    const door = await openDoor(t);
    await inTime(2_000, async (tries) => {
      const wanted = aMessage({ recipient: `+3161234567${tries}` });
      const waiting = get(door, `?wait=30&recipient=3161234567${tries}`);
      await until(() => door.inbox.watching() === 1);
      const began = performance.now();
      door.inbox.put([wanted], 'quietly');
      assert.deepEqual(idsOf((await waiting).body), [wanted.id]);
      return performance.now() - began;
    });
  });

  test('ends with an empty list when the time is over, and does not begin when there is something', async (t) => {
    const door = await openDoor(t);
    const began = performance.now();
    assert.deepEqual((await get(door, '?wait=1')).body, { messages: [] });
    const tookMs = performance.now() - began;
    assert.ok(tookMs > 950 && tookMs < 10_000, `took ${tookMs} ms`);
    door.inbox.put([aMessage()]);
    const again = performance.now();
    assert.equal(idsOf((await get(door, '?wait=30')).body).length, 1);
    assert.ok(performance.now() - again < 10_000);
  });

  test('leaves nothing behind when the client hangs up', async (t) => {
    const door = await openDoor(t);
    const headers = { authorization: AUTHORIZATION };
    const asking = httpRequest(`${door.url}/sandbox/messages?wait=30`, { headers });
    asking.on('error', () => undefined);
    asking.end();
    await until(() => door.inbox.watching() === 1);
    asking.destroy();
    await until(() => door.inbox.watching() === 0);
  });

  test('ends when the server stops', async (t) => {
    const door = await openDoor(t);
    const waiting = get(door, '?wait=30').catch(() => 'cut off');
    await until(() => door.inbox.watching() === 1);
    const began = performance.now();
    await door.app.close();
    await waiting;
    assert.ok(performance.now() - began < 10_000);
  });
});

async function until(isSo: () => boolean): Promise<void> {
  const began = performance.now();
  while (!isSo()) {
    assert.ok(performance.now() - began < 30_000, 'it did not come about within 30 s');
    await sleep(10);
  }
}
