import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { startRoost } from '../support/roost.ts';
import { numberNo, until, verificationOf, wrong } from '../wire/wire.ts';
import { judged, openLines, requestBytes } from './sockets.ts';

/** Tokens of six digits, all different, none of them `code`. */
function wrongTokens(code: string, count: number): string[] {
  const tokens = new Set<string>();
  while (tokens.size < count) tokens.add(String(randomInt(0, 1_000_000)).padStart(6, '0'));
  tokens.delete(code);
  return [...tokens];
}

test('200 parallel checks with the right code: one success, in each of 25 rounds', async (t) => {
  const roost = await startRoost(t);
  const lines = await openLines(t, roost, 200);
  for (let round = 0; round < 25; round += 1) {
    const { id, code } = await roost.createVerification(numberNo(round));
    const answers = await Promise.all(
      lines.map((line, i) =>
        i % 2 === 0
          ? line.ask('GET', `/verify/${id}?token=${code}`)
          : line.ask('POST', `/verify/${id}`, { token: code }),
      ),
    );
    assert.equal(answers.filter(({ status }) => status === 200).length, 1, `round ${round}`);
    const refused = answers.filter(({ status }) => status === 422);
    assert.equal(refused.length, 199);
    assert.equal(new Set(refused.map(({ text }) => text)).size, 1);
  }
});

test('500 parallel guesses at a limit of 3: exactly three judged, in each of 8 rounds', async (t) => {
  const roost = await startRoost(t);
  const lines = await openLines(t, roost, 500);
  for (let round = 0; round < 8; round += 1) {
    const { id, code } = await roost.createVerification(numberNo(round), { maxAttempts: 3 });
    const tokens = wrongTokens(code, 501);
    const answers = await Promise.all(
      lines.map((line, i) => line.ask('GET', `/verify/${id}?token=${tokens[i]}`)),
    );
    assert.equal(answers.filter(judged).length, 3, `round ${round}`);
    const left = answers
      .map(({ headers }) => headers['roost-attempts-left'])
      .filter((each) => each !== undefined);
    assert.deepEqual(left.sort(), ['0', '1', '2']);
    assert.ok(answers.every(({ status }) => status === 422));
    const v = await verificationOf(roost, id, 'test');
    assert.deepEqual([v.state, v.wrongGuesses], ['failed', 3]);
    assert.equal((await roost.check(id, code)).status, 422, 'the right code comes too late');
  }
});

test('the right code among 500 parallel guesses is found by chance alone: a racy counter finds it in every round', async (t) => {
  const roost = await startRoost(t);
  const lines = await openLines(t, roost, 500);
  const ROUNDS = 20;
  let found = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const { id, code } = await roost.createVerification(numberNo(round));
    const tokens = wrongTokens(code, 501);
    tokens[randomInt(0, 500)] = code;
    const answers = await Promise.all(
      lines.map((line, i) => line.ask('GET', `/verify/${id}?token=${tokens[i]}`)),
    );
    const right = answers.filter(({ status }) => status === 200).length;
    assert.ok(right <= 1);
    assert.ok(answers.filter(judged).length <= 3);
    found += right;
  }
  // Three guesses of 500 in 20 rounds: 0.12 expected, and 5 or more once in five million runs.
  assert.ok(found < 5, `found in ${found} of ${ROUNDS} rounds`);
});

test('a wrong guess stays counted though its sender hangs up before the answer', async (t) => {
  const roost = await startRoost(t);
  const ROUNDS = 20;
  for (let round = 0; round < ROUNDS; round += 1) {
    const { id, code } = await roost.createVerification(numberNo(round));
    const lines = await openLines(t, roost, 2);
    for (const { socket } of lines) {
      socket.write(requestBytes('GET', `/verify/${id}?token=${wrong(code)}`), () => socket.destroy());
    }
    await until('both guesses are counted', async () => {
      return (await verificationOf(roost, id, 'test')).wrongGuesses === 2;
    });
    const last = await roost.check(id, wrong(code));
    assert.equal(last.headers.get('roost-attempts-left'), '0');
    assert.equal((await roost.check(id, code)).status, 422);
  }
});

test('a right code whose sender hangs up is used all the same: nobody verifies with it again', async (t) => {
  const roost = await startRoost(t);
  const { id, code } = await roost.createVerification(numberNo(1));
  const [line] = await openLines(t, roost, 1);
  line?.socket.write(requestBytes('GET', `/verify/${id}?token=${code}`), () => line.socket.destroy());
  await until('it is verified', async () => (await verificationOf(roost, id, 'test')).state === 'verified');
  assert.equal((await roost.check(id, code)).status, 422);
  assert.equal((await roost.call('GET', `/verify/${id}`)).body.status, 'verified');
});

test('counts survive a restart: two wrong guesses before it leave one after it', async (t) => {
  const first = await startRoost(t);
  const { id, code } = await first.createVerification(numberNo(1));
  const used = await first.createVerification(numberNo(2));
  assert.equal((await first.check(used.id, used.code)).status, 200);
  await first.check(id, wrong(code));
  await first.check(id, wrong(code));
  await first.stop();
  const second = await startRoost(t, { folder: first.folder, clock: first.clock });
  const last = await second.check(id, wrong(code));
  assert.equal(last.headers.get('roost-attempts-left'), '0');
  assert.match((await second.check(id, code)).text, /already been processed/);
  assert.match((await second.check(used.id, used.code)).text, /already been processed/);
});

test('a code that is checked and deleted at once is either verified or gone, never verified after it was gone', async (t) => {
  const roost = await startRoost(t);
  const lines = await openLines(t, roost, 20);
  for (let round = 0; round < 30; round += 1) {
    const { id, code } = await roost.createVerification(numberNo(round));
    const at = randomInt(0, lines.length);
    const answers = await Promise.all(
      lines.map((line, i) =>
        i === at ? line.ask('DELETE', `/verify/${id}`) : line.ask('GET', `/verify/${id}?token=${code}`),
      ),
    );
    assert.equal(answers[at]?.status, 204);
    assert.ok(answers.filter(({ status }) => status === 200).length <= 1);
    assert.equal((await roost.check(id, code)).status, 404);
  }
});
