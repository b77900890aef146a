import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigProblems } from '../../src/config.ts';
import { roost as command, freshFolder } from '../operations/support.ts';
import { httpProvider, startWith } from './gateway.ts';

const UPSTREAM = { url: 'http://127.0.0.1:1' };

/** Every sentence with which Roost refuses to start. */
async function refusals(
  t: Parameters<typeof startWith>[0],
  config: object,
  env = {},
): Promise<readonly string[]> {
  try {
    await startWith(t, config, { env });
  } catch (error) {
    assert.ok(error instanceof ConfigProblems, String(error));
    return error.problems;
  }
  return [];
}

test('a provider with receipts needs the address under which Roost is reached', async (t) => {
  const one = httpProvider(UPSTREAM);
  assert.deepEqual(await refusals(t, { providers: { one } }, { ROOST_PUBLIC_URL: '' }), [
    'ROOST_PUBLIC_URL: set the https address under which Roost is reached, since provider one sends receipts to it',
  ]);
  const { receipt: _, ...silent } = one as { receipt: unknown };
  assert.deepEqual(await refusals(t, { providers: { one: silent } }, { ROOST_PUBLIC_URL: '' }), []);
});

// Stops an installation from being pumped through every country of the world from its first day.
test('a provider that sends to phones needs the countries that codes may go to; one that sends mail does not', async (t) => {
  const one = httpProvider(UPSTREAM);
  const [problem, ...others] = await refusals(t, { providers: { one }, guard: null });
  assert.match(problem ?? '', /^guard\.countries: list the countries .* since provider one sends to phones/);
  assert.deepEqual(others, []);
  const mail = { kind: 'smtp', host: '127.0.0.1', port: 2525, from: 'codes@example.com', security: 'none' };
  assert.ok(
    !(await refusals(t, { providers: { mail }, guard: null })).some((line) => line.startsWith('guard')),
  );
});

test('with a real provider ROOST_GUARD=monitor is refused, in a sentence that names monitor-live', async (t) => {
  const env = { ROOST_GUARD: 'monitor' };
  const [problem] = await refusals(t, { providers: { one: httpProvider(UPSTREAM) } }, env);
  assert.match(problem ?? '', /^ROOST_GUARD: .*set enforce, or monitor-live if you mean it$/);
});

test('a route to a channel that its provider does not carry is told with what it carries', async (t) => {
  const config = {
    providers: { one: httpProvider(UPSTREAM, { channels: ['sms'] }) },
    routes: { '*': { sms: ['one'], tts: ['one'] } },
  };
  assert.deepEqual(await refusals(t, config), ['routes.*.tts[0]: one does not carry it; it carries sms']);
});

test('roost serve tells every problem at once, those of the environment, the file and each provider', async (t) => {
  const folder = freshFolder(t);
  const file = join(folder, 'roost.config.json');
  const providers = { one: { kind: 'messagebird', accesKey: 'x' } };
  writeFileSync(file, JSON.stringify({ providers, routes: { '*': { sms: ['two'] } } }));
  const { code, stderr, stdout } = await command(['serve'], {
    env: { ROOST_DATA: folder, ROOST_CONFIG: file, ROOST_GUARD: 'maybe' },
  });
  assert.equal(code, 1, stdout);
  for (const line of [
    /ROOST_GUARD: set enforce/,
    /providers\.one\.accesKey: there is no such setting; did you mean providers\.one\.accessKey\?/,
    /providers\.one\.accessKey: set it/,
    /routes\.\*\.sms\[0\]: there is no such provider/,
  ]) {
    assert.match(stderr, line);
  }
});
