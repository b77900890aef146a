import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { Check } from 'typebox/schema';
import { readConfig } from '../../src/config.ts';
import { LOG_LEVELS } from '../../src/kernel/log.ts';
import { bare, blocksOf, codesIn, readText, rowsOf, sectionOf } from './markdown.ts';

const page = readText('docs/operations.md');
const settings = sectionOf(page, 'Settings');
const [ofRoost = '', ofBirdBank = ''] = settings.split('BirdBank, the example,');
const rows = rowsOf(ofRoost);

test('the settings in the table are the ones that Roost reads', () => {
  const source = readText('server/src/config.ts');
  const read = [...source.matchAll(/'(ROOST_[A-Z_]+|DATABASE_URL)'/g)].map(([, name]) => name ?? '');
  const documented = rows.map(([name]) => bare(name));
  const others = ['ROOST_URL', 'ROOST_ACCESS_KEY'];
  assert.ok(documented.length >= 12);
  assert.deepEqual([...new Set(read)].filter((name) => !others.includes(name)).sort(), documented.sort());
});

test('the defaults in the table are the ones in force', () => {
  const folder = mkdtempSync(join(tmpdir(), 'roost-config-'));
  const config = readConfig({}, folder);
  rmSync(folder, { recursive: true });
  const inForce: Record<string, unknown> = {
    ROOST_HOST: config.host,
    ROOST_PORT: config.port,
    ROOST_DATA: basename(config.dataFolder),
    DATABASE_URL: config.databaseUrl,
    ROOST_SECRET_KEY: config.secretKey,
    ROOST_LIVE_KEY: config.keys.live,
    ROOST_TEST_KEY: config.keys.test,
    ROOST_PUBLIC_URL: config.publicUrl,
    ROOST_CONFIG: null,
    ROOST_GUARD: config.guard,
    ROOST_SANDBOX: config.sandbox,
    ROOST_LOG: config.logLevel,
    ROOST_DRAIN: config.drainMs / 1_000,
    ROOST_WEBHOOKS: config.webhooks,
    ROOST_METRICS: config.metrics.served,
    ROOST_METRICS_TOKEN: config.metrics.token,
  };
  const documented = Object.fromEntries(rows.map(([name, usual]) => [bare(name), bare(usual)]));
  const said = Object.fromEntries(
    Object.entries(inForce).map(([name, value]) => [name, value === null ? 'unset' : String(value)]),
  );
  assert.deepEqual(documented, said);
  const policy = Object.fromEntries(
    rowsOf(sectionOf(page, 'The configuration file')).map(([name, usual]) => [bare(name), bare(usual)]),
  );
  assert.deepEqual(policy, {
    profile: 'standard',
    ...{ appHosts: 'none', appHashes: 'none' },
    notices: 'English words',
    webauthn: config.policy.webauthn.rpId,
    maxAttempts: String(config.policy.maxAttempts),
    longestTimeoutSeconds: String(config.policy.longestTimeoutSeconds),
  });
});

test('the log levels in the table are all there are', () => {
  const row = rows.find(([name]) => bare(name) === 'ROOST_LOG');
  const listed = codesIn((row?.[2] ?? '').split('.')[0] ?? '');
  assert.deepEqual(listed, [...LOG_LEVELS]);
});

test('the settings of BirdBank in the table are the ones that it reads', () => {
  const source = readText('birdbank/src/config.ts');
  const read = [...source.matchAll(/\b(BIRDBANK_[A-Z_]+|ROOST_URL|ROOST_ACCESS_KEY)\b/g)].map(
    ([name]) => name,
  );
  const documented = rowsOf(ofBirdBank.split('\n### ')[0] ?? '').map(([name]) => bare(name));
  assert.deepEqual([...new Set(read)].sort(), documented.sort());
});

const schema = JSON.parse(readText('roost.schema.json'));

/** Whether Roost would start with this configuration file. */
function isTaken(folder: string, content: unknown): boolean {
  const file = join(folder, 'roost.config.json');
  writeFileSync(file, JSON.stringify(content));
  try {
    readConfig({}, folder);
    return true;
  } catch {
    return false;
  }
}

test('the published schema takes exactly the configuration files that Roost takes', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'roost-config-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const number = fc.oneof(
    fc.constantFrom(0, 1, 3, 10, 11, 29, 30, 600, 601, 172_800, 172_801, 1.5, -1),
    fc.integer({ min: 0, max: 200_000 }),
  );
  const value = fc.oneof(number, fc.constantFrom('strict', 'standard', 'lax', '3', true, [], {}));
  const some = <T>(likely: fc.Arbitrary<T>) => fc.oneof({ weight: 3, arbitrary: likely }, value);
  const policy = fc.record(
    {
      profile: some(fc.constantFrom('strict', 'standard')),
      maxAttempts: some(fc.integer({ min: 1, max: 10 })),
      longestTimeoutSeconds: some(fc.constantFrom(30, 600, 172_800)),
      maxAttempt: value,
    },
    { requiredKeys: [] },
  );
  const file = fc.record(
    { $schema: fc.string(), policy: some(policy), polices: value },
    { requiredKeys: [] },
  );
  let taken = 0;
  let refused = 0;
  const check = (content: unknown) => {
    const isGood = isTaken(folder, content);
    if (isGood) taken += 1;
    else refused += 1;
    assert.equal(Check(schema, content), isGood, JSON.stringify(content));
  };
  fc.assert(
    fc.property(
      fc.oneof(
        file,
        policy.map((inner) => ({ policy: inner })),
        value,
      ),
      check,
    ),
    {
      numRuns: 1_000,
    },
  );
  assert.ok(taken > 50 && refused > 50, `${taken} taken, ${refused} refused`);
});

test('the configuration file on the page is one that Roost takes', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'roost-config-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [block] = blocksOf(page, 'json');
  const content = JSON.parse(block ?? '');
  assert.equal(isTaken(folder, content), true);
  assert.equal(Check(schema, content), true);
  assert.equal(readConfig({}, folder).policy.longestTimeoutSeconds, 600);
});
