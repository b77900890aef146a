import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { Check } from 'typebox/schema';
import { ConfigProblems, type Environment, readConfig } from '../../src/config.ts';
import { PROVIDER_KINDS } from '../../src/providers/kinds.ts';
import { bare, blocksOf, ROOT, readText, rowsOf, sectionOf } from './markdown.ts';
import { guardSchema, providersSchema } from './schema.ts';

const schema = JSON.parse(readText('roost.schema.json'));
const page = readText('docs/configuration.md');

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'roost-config-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** What Roost says of this configuration file; nothing when it takes it. */
function problemsOf(folder: string, content: unknown, env: Environment = {}): readonly string[] {
  writeFileSync(join(folder, 'roost.config.json'), JSON.stringify(content));
  try {
    readConfig(env, folder, PROVIDER_KINDS);
    return [];
  } catch (error) {
    if (error instanceof ConfigProblems) return error.problems;
    throw error;
  }
}

/** How a file names a variable of the environment. */
const variable = (name: string): string => `\${${name}}`;

const BIRD = { kind: 'messagebird', accessKey: 'live_0123456789abcdef' };

test('the published schema holds the settings of every kind of provider', () => {
  assert.deepEqual(
    schema.properties.providers,
    JSON.parse(JSON.stringify(providersSchema())),
    'write it anew: node server/test/docs/write-schema.ts',
  );
});

test('the published schema takes exactly the rules of the guard that Roost takes', (t) => {
  const folder = folderFor(t);
  assert.deepEqual(
    schema.properties.guard,
    JSON.parse(JSON.stringify(guardSchema())),
    'write it anew: node server/test/docs/write-schema.ts',
  );
  const odd = fc.constantFrom<unknown>(-1, 1.5, '5', [], {}, null, true, 1e12, ['NL', 'NL'], 'nl');
  const some = <T>(likely: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 60, arbitrary: likely as fc.Arbitrary<unknown> }, odd);
  // One in a while just beyond the bound.
  const whole = (least: number, most: number) =>
    some(
      fc.oneof(
        { weight: 20, arbitrary: fc.integer({ min: least, max: most }) },
        fc.constantFrom(least - 1, most + 1),
      ),
    );
  const numbers = {
    mode: some(fc.constantFrom('enforce', 'monitor', 'off')),
    most: whole(0, 30),
    windowMinutes: whole(5, 60),
    timesUsual: whole(1, 5),
    channels: some(fc.constantFrom('sms', ['tts', 'sms'])),
    closesBelowPercent: whole(1, 99),
    calmsToPercent: whole(0, 99),
    waitsSeconds: some(fc.constantFrom([0, 30], [60])),
    wrongADay: whole(10, 100),
    on: some(fc.constantFrom('recipient', 'block', 'device')),
    of: some(fc.constantFrom('sends', 'wrong')),
  };
  const pieces = (names: readonly (keyof typeof numbers)[]) =>
    fc.record(Object.fromEntries(names.map((name) => [name, numbers[name]])), { requiredKeys: [] });
  const rules = fc.record(
    {
      'key-day': pieces(['mode', 'most', 'windowMinutes', 'timesUsual', 'channels']),
      ranges: pieces(['mode']),
      'cool-down': pieces(['mode', 'waitsSeconds']),
      sequence: pieces(['most']),
      'block-conversion': pieces(['mode', 'closesBelowPercent', 'calmsToPercent']),
      campaign: pieces(['wrongADay']),
      'my-own': pieces(['on', 'of', 'most', 'mode']),
    },
    { requiredKeys: [] },
  );
  const drafts = fc.record(
    {
      'key-day': pieces(['most', 'windowMinutes']),
      'block-conversion': fc.constant({}),
      sequence: pieces(['most', 'mode']),
    },
    { requiredKeys: [] },
  );
  const countries = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom<unknown>('*', 'NL', ['NL', 'BE'], []) },
    fc.constantFrom<unknown>(['N'], 7),
  );
  const amount = some(fc.double({ min: 0, max: 9, noNaN: true }));
  const money = fc.record({ perDay: amount, perCountryAndHour: amount }, { requiredKeys: [] });
  const stepUp = fc.record(
    { ways: some(fc.constantFrom(['captcha'], ['proof-of-work', 'captcha'])), bits: whole(8, 24) },
    { requiredKeys: [] },
  );
  const lists = fc.record({ ported: some(fc.constantFrom(['+4475'], ['4475'])) }, { requiredKeys: [] });
  const parts = { countries, voice: countries, money, rules, drafts, stepUp, lists };
  const counts = { taken: 0, refused: 0 };
  const property = fc.property(fc.record(parts, { requiredKeys: [] }), (guard) => {
    const problems = problemsOf(folder, { guard });
    counts[problems.length === 0 ? 'taken' : 'refused'] += 1;
    const told = `${JSON.stringify(guard)} ${problems.join('; ')}`;
    assert.equal(Check(schema, { guard }), problems.length === 0, told);
  });
  fc.assert(property, { numRuns: 1_500 });
  t.diagnostic(JSON.stringify(counts));
  assert.ok(counts.taken > 20 && counts.refused > 50, JSON.stringify(counts));
});

test('the published schema takes exactly the routes and prices that Roost takes', (t) => {
  const folder = folderFor(t);
  const odd = fc.constantFrom<unknown>(1, '', 'x y', [], {}, null, true, -1, 101, ['NL', 'NL'], 'nl');
  const some = <T>(likely: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 9, arbitrary: likely as fc.Arbitrary<unknown> }, odd);
  const country = fc.constantFrom('NL', ['NL', 'GB'], ['BE']);
  const prefix = fc.constantFrom('+31', ['+3161', '+44']);
  const step = fc.record(
    {
      provider: fc.constantFrom('one', 'two'),
      country: some(country),
      prefix: some(prefix),
      lineType: some(fc.constantFrom('mobile', ['fixed', 'voip'])),
      share: some(fc.integer({ min: 0, max: 40 })),
      shares: odd,
    },
    { requiredKeys: ['provider'] },
  );
  // A name that is mistyped is for the reader alone, as the schema does not know what others there are.
  const list = fc.array(fc.oneof(fc.constantFrom('one', 'two'), step), { minLength: 0, maxLength: 2 });
  const routes = fc.dictionary(
    fc.constantFrom('*', 'shop', 'No', 'a b'),
    fc.dictionary(fc.constantFrom('sms', 'tts', 'email', 'fax'), some(list), { maxKeys: 2 }),
    { maxKeys: 2 },
  );
  const price = fc.record(
    {
      provider: fc.constantFrom('one', 'two'),
      cost: some(fc.constantFrom('0.07', '12', '0.000001')),
      currency: some(fc.constantFrom('EUR', 'USD')),
      channel: some(fc.constantFrom('sms', 'tts')),
      country: some(fc.constantFrom('NL', 'GB')),
      prefix: some(fc.constantFrom('+31')),
      amount: odd,
    },
    { requiredKeys: ['provider', 'cost', 'currency'] },
  );
  const content = fc.record(
    { routes: some(routes), prices: some(fc.array(price, { maxLength: 2 })) },
    { requiredKeys: [] },
  );
  const counts = { taken: 0, refused: 0 };
  const property = fc.property(content, (parts) => {
    const file = { providers: { one: BIRD, two: BIRD }, ...parts };
    const problems = problemsOf(folder, file);
    if (problems.length === 0) counts.taken += 1;
    else counts.refused += 1;
    assert.equal(
      Check(schema, file),
      problems.length === 0,
      `${JSON.stringify(parts)} ${problems.join('; ')}`,
    );
  });
  fc.assert(property, { numRuns: 1_500 });
  assert.ok(counts.taken > 50 && counts.refused > 50, JSON.stringify(counts));
});

test('every mistake is told at once, with its place, what would be right and what may be meant', (t) => {
  const folder = folderFor(t);
  const problems = problemsOf(folder, {
    providers: {
      bird: { kind: 'mesagebird', accessKey: variable('BIRD_KEY') },
      second: { kind: 'messagebird', acessKey: 'live_0123456789abcdef' },
      sandbox: { kind: 'messagebird', accessKey: 'live_0123456789abcdef' },
    },
    routes: {
      '*': { sms: ['brid', { provider: 'second', contry: 'NL', country: 'nl', share: 200 }], smss: ['bird'] },
      shop: { tts: ['sandbox', 'second'] },
    },
    prices: [{ provider: 'second', cost: 0.07, currency: 'eur' }],
    policy: { failOverSeconds: -1, fallback: ['fax'], onUndelivered: 'retry' },
    route: {},
  });
  const expected = [
    'providers.bird.accessKey: the environment has no BIRD_KEY',
    'providers.bird.kind: there is no such kind of provider; did you mean messagebird?',
    'providers.second.acessKey: there is no such setting; did you mean providers.second.accessKey?',
    'providers.second.accessKey: set it',
    'providers.sandbox: name it otherwise',
    'routes.*.sms[0]: there is no such provider; did you mean bird?',
    'routes.*.sms[1].contry: there is no such setting; did you mean routes.*.sms[1].country?',
    'routes.*.sms[1].country: set a country in capitals (ISO 3166-1), such as NL',
    'routes.*.sms[1].share: set a number of percent from 0 to 100',
    'routes.*.smss: there is no such setting; did you mean routes.*.sms?',
    'routes.shop.tts: name the sandbox alone',
    'prices[0].cost: set an amount as a text',
    'prices[0].currency: set three capitals',
    'policy.failOverSeconds: set a whole number from 0 to 600',
    'policy.fallback: set one of sms, flash, tts, email, whatsapp',
    'policy.onUndelivered: set next-route or fail',
    'route: there is no such setting; did you mean routes?',
  ];
  for (const line of expected)
    assert.ok(
      problems.some((problem) => problem.startsWith(line)),
      `${line}\nin\n${problems.join('\n')}`,
    );
  assert.equal(problems.length, expected.length, problems.join('\n'));
});

// Stops a key from reaching a log or a screen through the sentence that says it is wrong.
test('no problem tells what a secret or a variable of the environment holds', (t) => {
  const folder = folderFor(t);
  const canary = 'hidden value of a key';
  const problems = problemsOf(
    folder,
    {
      providers: {
        one: { kind: 'messagebird', accessKey: canary },
        two: { kind: 'messagebird', accessKey: variable('CANARY'), originator: variable('CANARY') },
      },
    },
    { CANARY: canary },
  );
  assert.equal(problems.length, 3, problems.join('\n'));
  assert.ok(!problems.join().includes(canary), problems.join('\n'));
});

test('variables are filled in anywhere, and a doubled dollar sign stands for itself', (t) => {
  const folder = folderFor(t);
  const file = {
    providers: {
      one: { ...BIRD, accessKey: `live_${variable('A')}${variable('B')}`, originator: `$${variable('A')}` },
    },
  };
  writeFileSync(join(folder, 'roost.config.json'), JSON.stringify(file));
  const { providers } = readConfig({ A: '01234', B: '56789' }, folder);
  assert.deepEqual(providers[0]?.given, { ...BIRD, accessKey: 'live_0123456789', originator: variable('A') });
});

test('the configuration on the page is one that Roost and the schema take', (t) => {
  const folder = folderFor(t);
  const blocks = blocksOf(page, 'json').map((block) => JSON.parse(block));
  assert.ok(blocks.length >= 3);
  for (const block of blocks) {
    assert.equal(Check(schema, block), true, JSON.stringify(block));
    const problems = problemsOf(folder, block, {
      BIRD_KEY: 'live_0123456789abcdef',
      SMTP_PASSWORD: 'not a real one',
      TWILIO_TOKEN: '0123456789abcdef0123456789abcdef',
    });
    assert.deepEqual(problems, []);
  }
});

test('the defaults of the delivery policy on the page are the ones in force', (t) => {
  const { delivery } = readConfig({}, folderFor(t)).policy;
  const rows = rowsOf(sectionOf(page, 'Policy of delivery')).map(([name, usual]) => [
    bare(name),
    bare(usual),
  ]);
  assert.deepEqual(Object.fromEntries(rows), {
    failOverSeconds: String(delivery.failOverAfterMs / 1_000),
    fallback: JSON.stringify(delivery.fallback),
    onUndelivered: delivery.onUndelivered,
  });
});

const PAGES = 'docs/providers';

test('every kind of provider has its page, and what the page says to paste is taken', (t) => {
  const folder = folderFor(t);
  const pages = readdirSync(resolve(ROOT, PAGES)).filter(
    (name) => name.endsWith('.md') && name !== 'README.md',
  );
  const shown = new Set<string>();
  for (const name of pages) {
    const blocks = blocksOf(readText(`${PAGES}/${name}`), 'json').map((block) => JSON.parse(block));
    const configurations = blocks.filter((block) => 'providers' in block);
    assert.ok(configurations.length > 0, `${name} has no configuration to paste`);
    for (const block of configurations) {
      for (const { kind } of Object.values<{ kind: string }>(block.providers)) shown.add(kind);
      assert.equal(Check(schema, block), true, `${name}: ${JSON.stringify(block)}`);
      assert.deepEqual(structural(folder, block), [], name);
    }
  }
  assert.deepEqual(
    Object.keys(PROVIDER_KINDS).filter((kind) => !shown.has(kind)),
    [],
  );
});

/** What is wrong apart from values that the environment fills in: nobody knows those here. */
function structural(folder: string, content: unknown): readonly string[] {
  const json = JSON.stringify(content);
  const names = [...json.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name ?? '');
  const publicKey = Buffer.alloc(32, 7).toString('base64');
  const env = Object.fromEntries(
    names.map((name) => [name, name.endsWith('PUBLIC_KEY') ? publicKey : `value of ${name}`]),
  );
  const filled = new Set(placesOf(content, ''));
  return problemsOf(folder, content, env).filter((problem) => !filled.has(problem.split(':')[0] ?? ''));
}

/** The paths of all texts that the environment fills in. */
function placesOf(value: unknown, path: string): string[] {
  if (typeof value === 'string') return value.includes(variable('').slice(0, 2)) ? [path] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) =>
    placesOf(item, Array.isArray(value) ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`),
  );
}
