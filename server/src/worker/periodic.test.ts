import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLog } from '../kernel/log.ts';
import { periodic } from './periodic.ts';

test('work that fails again and again is logged at once and then once a minute, and when it works again', async () => {
  const lines: string[] = [];
  const log = {
    ...silentLog,
    error: (event: string, facts = {}) => void lines.push(`${event} ${JSON.stringify(facts)}`),
    info: (event: string, facts = {}) => void lines.push(`${event} ${JSON.stringify(facts)}`),
  };
  let runs = 0;
  const chore = periodic(
    'chore',
    1,
    async () => {
      runs += 1;
      if (runs <= 20) throw new Error('the database is away');
    },
    log,
  );
  chore.start();
  while (runs < 22) await sleep(5);
  await chore.stop();
  assert.deepEqual(lines, ['chore.failed {"failures":1}', 'chore.recovered {"failures":20}']);
});

test('work never runs twice at once, and stopping waits for what runs', async () => {
  let running = 0;
  let most = 0;
  let ended = 0;
  const chore = periodic(
    'chore',
    1,
    async () => {
      running += 1;
      most = Math.max(most, running);
      await sleep(20);
      running -= 1;
      ended += 1;
    },
    silentLog,
  );
  chore.start();
  await sleep(50);
  await chore.stop();
  const before = ended;
  assert.equal(running, 0);
  await sleep(30);
  assert.equal(ended, before);
  assert.equal(most, 1);
});
