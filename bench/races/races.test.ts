import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeVerify, type Fault } from '../testing/fake-verify.ts';
import { raceGuesses, raceRightCode } from './races.ts';

async function withServer<T>(fault: Fault, work: (url: string) => Promise<T>): Promise<T> {
  const server = new FakeVerify(fault);
  await server.listen();
  const result = await work(server.url);
  await server.close();
  return result;
}

const options = { accessKey: 'test_x', rounds: 3, seed: 1, firstNumber: 0 };

test('a server that judges one check at a time passes both races', async () => {
  await withServer('none', async (url) => {
    const right = await raceRightCode({ ...options, urls: [url], parallel: 200 });
    assert.deepEqual([right.successes, right.wrongRounds], [3, []]);
    const guesses = await raceGuesses({ ...options, urls: [url], parallel: 500 });
    assert.deepEqual(guesses.wrongRounds, []);
  });
});

test('a server that reads, decides and writes apart fails both races', async () => {
  await withServer('races', async (url) => {
    const right = await raceRightCode({ ...options, urls: [url], parallel: 200 });
    assert.ok(right.successes > 3, `${right.successes} successes`);
    const guesses = await raceGuesses({ ...options, urls: [url], parallel: 500 });
    assert.ok(guesses.wrongRounds.length > 0);
  });
});
