import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeVerify, type Fault } from '../testing/fake-verify.ts';
import { runRounds } from './rounds.ts';
import type { CrashTarget } from './target.ts';

function targetOf(server: FakeVerify): CrashTarget {
  return {
    name: 'a fake',
    urls: [server.url],
    accessKey: 'test_x',
    survivesHarm: false,
    start: async () => {},
    harm: async () => {
      server.crash();
      return 'crash';
    },
    inspect: async () => [],
    heal: async () => {
      server.restart();
      return [0];
    },
    stop: async () => {},
  };
}

async function problemsWith(fault: Fault): Promise<readonly string[]> {
  const server = new FakeVerify(fault);
  await server.listen();
  const state = await runRounds(targetOf(server), {
    ...{ rounds: 2, seed: 5, actors: 8, mostCreates: 200, handOverLimitMs: 300, journal: null },
  });
  await server.close();
  assert.ok(state.made > 100, `only ${state.made} were made`);
  return state.problems;
}

test('a server that keeps every promise has no problems', async () => {
  assert.deepEqual(await problemsWith('none'), []);
});

for (const [fault, sign] of [
  ['forgets', 'LOST'],
  ['revives', 'used-up code|accepted twice|is sent'],
  ['gives-back', 'given back'],
  ['drops', 'DROPPED'],
] as const) {
  test(`a server that ${fault} after a crash is found out`, async () => {
    const problems = await problemsWith(fault);
    assert.match(problems.join('\n'), new RegExp(sign));
  });
}
