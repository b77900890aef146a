import assert from 'node:assert/strict';
import { test } from 'node:test';
import { provisionKey } from '../../src/app/access/keyring.ts';
import { type Answer, type StartedRoost, startRoost } from '../support/roost.ts';
import { codeOf, numberNo } from '../wire/wire.ts';

const OTHER_TEST = 'test_OTHERotherOTHERotherOTHER';
const OTHER_LIVE = 'live_OTHERotherOTHERotherOTHER';

/** A Roost with a second project beside the default one. */
async function twoProjects(t: Parameters<typeof startRoost>[0]): Promise<StartedRoost> {
  const roost = await startRoost(t);
  for (const key of [OTHER_TEST, OTHER_LIVE]) await provisionKey(roost.roost.store, key, 'other', 'other');
  await roost.roost.keyring.refresh();
  return roost;
}

/** All of an answer but what differs between any two: its time and its number. */
const comparable = ({ status, text, headers }: Answer) => ({
  status,
  text,
  headers: [...headers].filter(([name]) => !['date', 'request-id'].includes(name)),
});

test('to another key`s mode or project a verification is not there: the answer of an unknown id, byte for byte', async (t) => {
  const roost = await twoProjects(t);
  const { id, code } = await roost.createVerification('+31612345678');
  const { messages } = (
    await roost.call('POST', '/verify', { json: { recipient: 'a@b.example', type: 'email' } })
  ).body;
  const nobody = 'f'.repeat(32);
  const requests: readonly ((id: string, messageId: string) => readonly [string, string, object?])[] = [
    (each) => ['GET', `/verify/${each}`],
    (each) => ['GET', `/verify/${each}?token=${code}`],
    (each) => ['GET', `/verify/${each}?token=000000`],
    (each) => ['GET', `/verify/${each}?token=`],
    (each) => ['GET', `/verify/${each}?token=nonsense`],
    (each) => ['POST', `/verify/${each}`, { token: code }],
    (each) => ['DELETE', `/verify/${each}`],
    (_, each) => ['GET', `/verify/messages/email/${each}`],
  ];
  for (const key of [roost.liveKey, OTHER_TEST, OTHER_LIVE]) {
    for (const request of requests) {
      const [method, path, json] = request(id, messages.id);
      const [, unknownPath] = request(nobody, nobody);
      const more = { key, ...(json === undefined ? {} : { json }) };
      const [there, nowhere] = [
        await roost.call(method, path, more),
        await roost.call(method, unknownPath, more),
      ];
      assert.equal(there.status, 404, `${method} ${path}`);
      assert.deepEqual(comparable(there), comparable(nowhere), `${method} ${path}`);
    }
  }
  assert.equal((await roost.check(id, code)).status, 200, 'none of it counted');
});

test('each project and mode has its own budget and its own three open verifications of one number', async (t) => {
  const roost = await twoProjects(t);
  for (const key of [roost.testKey, roost.liveKey, OTHER_TEST, OTHER_LIVE]) {
    const create = () => roost.call('POST', '/verify', { key, json: { recipient: '+31612345678' } });
    for (let i = 0; i < 3; i += 1) assert.equal((await create()).status, 201);
    assert.equal((await create()).status, 422);
  }
});

test('of N codes and N verifications only the diagonal verifies', async (t) => {
  const roost = await startRoost(t);
  const N = 10; // each verification has ten attempts: nine for the codes of the others, and the last for its own
  for (let group = 0; group < 5; group += 1) {
    const made: { id: string; code: string; key: string }[] = [];
    for (let i = 0; i < N; i += 1) {
      // Live and test of the same number, several channels, and mailboxes; ten digits, so that no two are equal.
      const key = i % 2 === 0 ? roost.testKey : roost.liveKey;
      const recipient = i < 8 ? numberNo(group * N + (i >> 1)) : `user${group}@example.com`;
      const type = i < 8 ? ['sms', 'flash', 'tts'][i % 3] : 'email';
      const json = { recipient, type, tokenLength: 10, maxAttempts: 10, timeout: 300 };
      const { id } = (await roost.call('POST', '/verify', { key, json })).body;
      made.push({ id, key, code: await codeOf(roost, id, i % 2 === 0 ? 'test' : 'live') });
    }
    for (const [i, own] of made.entries()) {
      for (const [j, other] of made.entries()) {
        if (i === j) continue;
        const answer = await roost.call('GET', `/verify/${own.id}?token=${other.code}`, { key: own.key });
        assert.deepEqual([answer.status, answer.body.errors[0].description], [422, 'The token is invalid.']);
      }
    }
    for (const { id, code, key } of made) {
      const answer = await roost.call('GET', `/verify/${id}?token=${code}`, { key });
      assert.equal(answer.body.status, 'verified');
    }
  }
});

test('three codes of one number each answer for their own verification, and a newer one voids none', async (t) => {
  const roost = await startRoost(t);
  const more = { tokenLength: 10, maxAttempts: 3 };
  const made = [];
  for (let i = 0; i < 3; i += 1) made.push(await roost.createVerification('+31612345678', more));
  for (const [i, { id }] of made.entries()) {
    for (const [j, { code }] of made.entries()) {
      if (i !== j) assert.equal((await roost.check(id, code)).status, 422);
    }
  }
  for (const { id, code } of made) assert.equal((await roost.check(id, code)).status, 200);
});

test('an answer to a live key holds no code, whatever is asked', async (t) => {
  const roost = await startRoost(t);
  const key = roost.liveKey;
  const json = { recipient: '+31612345678', returnToken: true, tokenLength: 10 };
  const made = await roost.call('POST', '/verify', { key, json });
  const { id } = made.body;
  const code = await codeOf(roost, id, 'live');
  const answers = [
    made,
    await roost.call('GET', `/verify/${id}?returnToken=true`, { key }),
    await roost.call('GET', `/verify/${id}?token=0000000000&returnToken=1`, { key }),
    await roost.call('GET', `/verify/${id}?token=${code}`, { key }),
    await roost.call('GET', `/verify/${id}`, { key }),
    await roost.call('GET', `/messages/${made.body.messages.id}`, { key }),
  ];
  for (const { text, headers } of answers) {
    assert.ok(!text.includes(code));
    assert.ok(!JSON.stringify([...headers]).includes(code));
  }
});
