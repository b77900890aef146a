import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { listBlocks } from '../../src/app/guard-blocks.ts';
import { rulesInForce } from '../../src/config/layers.ts';
import { STANDARD_RULES } from '../../src/domain/guard/rules.ts';
import { noLayer } from '../../src/domain/layer.ts';
import { roost as command } from '../operations/support.ts';
import { type Guarded, startGuarded } from './guarded.ts';

/** Twelve codes to a block that nobody verifies, and one that somebody does. */
async function startPumped(
  t: TestContext,
): Promise<Guarded & { run(...words: string[]): ReturnType<typeof command> }> {
  const prices = [{ provider: 'bird', cost: '0.07', currency: 'EUR' }];
  const rules = { 'block-unverified': { most: 50 }, 'key-rate': { mode: 'off' } };
  const roost = await startGuarded(t, { countries: ['NL'], rules }, { prices });
  for (let i = 0; i < 12; i += 1) await roost.send(`+3161234${String(i * 431).padStart(4, '0')}`);
  const made = await roost.send('+31612349001');
  const code = await roost.codeFor('+31612349001');
  await roost.call('GET', `/verify/${made.body.id}?token=${code}`, { key: roost.liveKey });
  const env = { ROOST_DATA: roost.folder, ROOST_CONFIG: join(roost.folder, 'roost.config.json') };
  const more = { ...env, ROOST_PUBLIC_URL: 'https://verify.example.com' };
  return { ...roost, run: (...words) => command(['guard', ...words], { env: more }) };
}

test('roost guard replay tells what other rules would have stopped, saved and hurt, with masked examples', async (t) => {
  const roost = await startPumped(t);
  const file = join(roost.folder, 'new.json');
  writeFileSync(file, JSON.stringify({ countries: ['NL'], rules: { 'block-unverified': { most: 4 } } }));
  const { code, stdout, stderr } = await roost.run('replay', '--rules', file, '--since', '1h', '--json');
  assert.equal(code, 0, stderr);
  const told = JSON.parse(stdout);
  assert.deepEqual(
    [told.was, told.stopped, told.hurt, told.hurtRecipients],
    [{ sent: 13, refused: 0 }, 9, 1, 1],
  );
  assert.deepEqual([told.savedMicros, told.currency], [9 * 70_000, 'EUR']);
  assert.equal(told.byRule['block-unverified'].stopped, 9);
  assert.equal(told.byCountry.NL.hurt, 1);
  assert.ok(
    told.examples.length > 0 && told.examples.some((one: { wasVerified: boolean }) => one.wasVerified),
  );
  assert.ok(!/\+3161234\d{4}/.test(stdout), 'no whole number');
  const text = await roost.run('replay', '--rules', file, '--since', '1h');
  assert.match(text.stdout, /of what was sent they stop 9, 0\.63 EUR saved/);
  assert.match(text.stdout, /block-unverified {2}refuses 9, stops 9, hurts 1/);
  const same = JSON.parse((await roost.run('replay', '--json')).stdout);
  assert.deepEqual([same.stopped, same.admitted], [0, 0]);
});

test('roost guard check says what a file would change, and every mistake in it', async (t) => {
  const roost = await startPumped(t);
  const file = join(roost.folder, 'new.json');
  const change = (guard: object) => writeFileSync(file, JSON.stringify({ guard }));
  const rules = { 'block-unverified': { most: 50 }, 'key-rate': { mode: 'off' }, 'key-day': { most: 5 } };
  change({ countries: ['NL', 'BE'], rules, drafts: { 'recipient-day': { most: 3 } } });
  const good = await roost.run('check', file);
  assert.equal(good.code, 0, good.stderr);
  assert.deepEqual(good.stdout.trim().split('\n'), [
    'countries: allow NL -> NL BE',
    'key-day: most 1000 -> 5',
    'draft-recipient-day: added',
  ]);
  change({
    countries: 'NLD',
    rules: { 'key-dey': {} },
    drafts: { 'block-conversion': { probes: 0 }, 'key-day': { mode: 'off' } },
  });
  const bad = await roost.run('check', file);
  assert.equal(bad.code, 1);
  for (const line of [
    /guard\.countries: set countries such as "NL"/,
    /guard\.rules\.key-dey: there is no such setting; did you mean guard\.rules\.key-day\?/,
    /guard\.drafts\.block-conversion\.probes: set a whole number from 1 to 100/,
    /guard\.drafts\.key-day\.mode: leave it out/,
  ]) {
    assert.match(bad.stderr, line);
  }
});

test('a draft is judged and written down beside the rule in force, and refuses nothing', async (t) => {
  const roost = await startGuarded(t, { drafts: { 'recipient-hour': { most: 1 } } });
  await roost.send('+31612345678');
  roost.clock.advance(31_000);
  const made = await roost.send('+31612345678');
  assert.equal(made.status, 201);
  const decision = await roost.call('GET', `/v1/verifications/${made.body.id}/decision`, {
    key: roost.liveKey,
  });
  const draft = decision.body.readings.find(({ rule }: { rule: string }) => rule === 'draft-recipient-hour');
  assert.deepEqual([draft.value, draft.most, draft.verdict], [2, 1, 'would-refuse']);
});

test('a conversion rule and the campaign are tried beside those in force: they say what they would do, and close nothing', async (t) => {
  const drafts = {
    'block-conversion': { leastSends: 5, closesBelowPercent: 50 },
    campaign: { wrongADay: 10 },
  };
  const rules = Object.fromEntries(['sequence', 'key-rate'].map((id) => [id, { mode: 'off' }]));
  const roost = await startGuarded(t, { rules, drafts });
  const send = (i: number) => roost.send(`+3161234${String(i * 431).padStart(4, '0')}`);
  for (let i = 0; i < 5; i += 1) assert.equal((await send(i)).status, 201);
  roost.clock.advance(16 * 60_000);
  const made = await send(5);
  assert.equal(made.status, 201);
  const { readings } = (
    await roost.call('GET', `/v1/verifications/${made.body.id}/decision`, { key: roost.liveKey })
  ).body;
  const of = (id: string) => readings.find(({ rule }: { rule: string }) => rule === id)?.verdict;
  assert.equal(of('draft-block-conversion'), 'would-refuse');
  assert.equal(of('block-conversion'), 'under');
  assert.equal(of('draft-campaign'), 'under');
  assert.deepEqual(await listBlocks(roost.roost.store, () => STANDARD_RULES), []);
  assert.equal((await send(6)).status, 201, 'nothing is closed');
});

test('a draft of the console that is monitored has its conversion rules tried apart from those in force', () => {
  const key = { part: 'guard', projectId: '*' } as const;
  const document = { rules: { 'country-conversion': { leastSends: 10 }, campaign: { wrongADay: 50 } } };
  const draft = { number: 1, base: 0, state: 'monitored' as const, document, author: null, atMs: 0 };
  const rules = rulesInForce(STANDARD_RULES, [{ ...noLayer(key), draft }])('default');
  const of = (id: string) => rules.find((rule) => rule.id === id);
  const tried = of('draft-country-conversion');
  assert.ok(tried?.kind === 'brake' && tried.isTried === true && tried.mode === 'monitor');
  assert.deepEqual([tried.leastSends, of('draft-campaign')?.mode], [10, 'monitor']);
  assert.deepEqual(
    of('country-conversion'),
    STANDARD_RULES.find(({ id }) => id === 'country-conversion'),
  );
});
