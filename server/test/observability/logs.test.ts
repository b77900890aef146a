import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLog } from '../../src/kernel/log.ts';
import { outsideRequests, withinRequest } from '../../src/kernel/request-scope.ts';
import { freshFolder, until } from '../operations/support.ts';
import { startRoost } from '../support/roost.ts';

test('every line that is logged while a request is answered carries the id that its answer names', async (t) => {
  const roost = await startRoost(t, { env: { ROOST_LOG: 'debug' } });
  const answers = await Promise.all([
    roost.call('POST', '/verify', { json: { recipient: 'nonsense' } }),
    roost.call('POST', '/verify', { json: { recipient: '+31612345678', type: 'pigeon' } }),
    roost.call('POST', '/v1/challenges', { json: {} }),
  ]);
  for (const answer of answers) {
    const id = answer.headers.get('request-id');
    const mine = () => roost.logged.map((line) => JSON.parse(line)).filter(({ request }) => request === id);
    const has = (event: string) => mine().some((line) => line.event === event);
    await until(async () => (has('answered') && has('refused') ? true : null), 30_000, `lines of ${id}`);
  }
});

test('so do lines of use cases that know of no request, and requests answered together keep theirs apart', async (t) => {
  const folder = freshFolder(t);
  const providers = { bird: { kind: 'messagebird', accessKey: 'live_0123456789abcdefghij' } };
  const file = join(folder, 'roost.config.json');
  writeFileSync(file, JSON.stringify({ providers, guard: { countries: '*' } }));
  const env = { ROOST_CONFIG: file, ROOST_PUBLIC_URL: 'https://roost.invalid' };
  const roost = await startRoost(t, { env });
  const places = ['a', 'b', 'c'].map((tag) => `/receipts/bird/${'0'.repeat(32)}/${tag}`);
  const answers = await Promise.all(places.map((place) => roost.call('GET', place, { key: null })));
  const refused = roost.logged
    .map((line) => JSON.parse(line))
    .filter(({ event }) => event === 'receipt.refused');
  assert.deepEqual(
    refused.map(({ request }) => request).sort(),
    answers.map(({ headers }) => headers.get('request-id')).sort(),
  );
});

test('an id of a request that looks like a number is logged as it is', () => {
  const lines: string[] = [];
  const log = createLog('info', { write: (line) => lines.push(line) });
  log.info('refused', { request: '630377512976-1', reason: '630377512976' });
  const { request, reason } = JSON.parse(lines[0] ?? '');
  assert.equal(request, '630377512976-1');
  assert.doesNotMatch(reason, /0377/);
});

test('what goes on outside of requests is taken for none, wherever it was begun', async () => {
  const lines: string[] = [];
  const log = createLog('info', { write: (line) => lines.push(line) });
  await withinRequest('abc', async () => {
    log.info('within');
    await outsideRequests(async () => {
      await null;
      log.info('outside');
    });
    log.info('within again');
  });
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)).map(({ event, request }) => [event, request]),
    [
      ['within', 'abc'],
      ['outside', undefined],
      ['within again', 'abc'],
    ],
  );
});
