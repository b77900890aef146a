import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { ENGLISH, languages, type Words, wordsFor, wordsIn } from '../src/words/words.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** Every sentence by its key, such as `payments.form.title`; those with values, with some. */
function sentencesOf(words: Words): Map<string, string> {
  const { frame, tutorial, problems, accounts, payments, signUp, signIn, confirm, factors, security } = words;
  const found = new Map<string, string>();
  const walk = (key: string, value: unknown): void => {
    if (typeof value === 'string') found.set(key, value);
    else if (typeof value === 'function') found.set(key, String(value(...sampleFor(key, value.length))));
    else if (typeof value === 'object' && value !== null) {
      for (const [name, inner] of Object.entries(value)) walk(`${key}.${name}`, inner);
    }
  };
  for (const [name, section] of Object.entries({ frame, tutorial, problems, accounts, payments }))
    walk(name, section);
  for (const [name, section] of Object.entries({ signUp, signIn, confirm, factors, security }))
    walk(name, section);
  return found;
}

/** Sentences take texts, numbers and markup; this passes for each of them. */
const sampleFor = (key: string, count: number): unknown[] =>
  key === 'problems.refusal' ? ['The token is invalid.'] : Array.from({ length: count }, () => '7');

/** The same in both languages, and rightly so. */
const SAME = [/^accounts\.transfer\.choice$/, /^security\.eventFactor$/];

describe('every language', () => {
  test('says everything that English says, and nothing of it in English', () => {
    const english = sentencesOf(ENGLISH);
    assert.ok(english.size > 250, `${english.size} sentences`);
    for (const language of languages.filter((each) => each !== 'en')) {
      const theirs = sentencesOf(wordsIn(language));
      assert.deepEqual([...theirs.keys()].sort(), [...english.keys()].sort(), language);
      for (const [key, sentence] of theirs) {
        assert.equal(sentence === '', english.get(key) === '', `${language} ${key}`);
        const isSame = sentence === english.get(key) && / /.test(sentence);
        assert.ok(!isSame || SAME.some((pattern) => pattern.test(key)), `${language} ${key}: ${sentence}`);
      }
    }
  });

  test('a sentence that is missing in Dutch, or was never there in English, does not compile', () => {
    const folder = mkdtempSync(join(tmpdir(), 'birdbank-words-'));
    try {
      const words = (name: string) => join(ROOT, 'birdbank/src/words', name);
      const head = `import type { Sentences } from '${words('en.ts')}';\nimport { frame } from '${words('nl/frame.ts')}';\n`;
      const files = {
        whole: `${head}export const it: Sentences['frame'] = frame;\n`,
        missing: `${head}const { skip: _, ...rest } = frame;\nexport const it: Sentences['frame'] = rest;\n`,
        added: `${head}export const it: Sentences['frame'] = { ...frame, hello: 'Hallo' };\n`,
      };
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, `${name}.ts`), text);
      const flags = ['--noEmit', '--strict', '--allowImportingTsExtensions', '--skipLibCheck', '--types', ''];
      const options = [...flags, '--module', 'nodenext', '--target', 'es2024', '--erasableSyntaxOnly'];
      const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
      const paths = Object.keys(files).map((name) => join(folder, `${name}.ts`));
      const { stdout } = spawnSync(process.execPath, [tsc, ...options, ...paths], {
        cwd: folder,
        encoding: 'utf8',
      });
      const told = stdout.split('\n').filter((line) => /^(?:\S*\/)?(?:whole|missing|added)\.ts/.test(line));
      assert.equal(told.length, 2, stdout);
      assert.match(told.join('\n'), /added\.ts.*'hello' does not exist/);
      assert.match(told.join('\n'), /missing\.ts.*'skip' is missing/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('writes amounts, numbers and dates as its readers do', () => {
    const [en, nl] = [wordsIn('en'), wordsIn('nl')];
    const atMs = Date.parse('2026-11-23T14:03:20Z');
    assert.equal(en.money(123_456_789), '€1,234,567.89');
    assert.equal(en.money(-5), '-€0.05');
    assert.equal(en.signedMoney(5), '+€0.05');
    assert.equal(nl.money(123_456_789).replace(/\s/g, ' '), '€ 1.234.567,89');
    assert.equal(nl.money(9_007_199_254_740_991).replace(/\D/g, ''), '9007199254740991', 'to the cent');
    assert.deepEqual([en.typedMoney(125_000), nl.typedMoney(125_050)], ['1250.00', '1250,50']);
    assert.deepEqual([en.groupedBy, nl.groupedBy], [',', '.']);
    assert.deepEqual([en.date(atMs), nl.date(atMs)], ['23 November 2026', '23 november 2026']);
    assert.deepEqual([en.clock(atMs), nl.clock(atMs)], ['14:03:20', '14:03:20']);
    assert.deepEqual([en.country('DE'), nl.country('DE')], ['Germany', 'Duitsland']);
  });
});

describe('the language of a page', () => {
  const asked = (acceptLanguage: string, cookie?: string, protocol: 'http' | 'https' = 'http') =>
    wordsFor({
      protocol,
      headers: { 'accept-language': acceptLanguage },
      cookies:
        cookie === undefined
          ? {}
          : { [protocol === 'http' ? 'birdbank-language' : '__Host-birdbank-language']: cookie },
    } as Parameters<typeof wordsFor>[0]).language;

  test('is the one that was chosen, else the browser’s, else English', () => {
    assert.equal(asked(''), 'en');
    assert.equal(asked('nl'), 'nl');
    assert.equal(asked('nl-BE'), 'nl');
    assert.equal(asked('de-DE, nl;q=0.5, en;q=0.4'), 'nl');
    assert.equal(asked('en;q=0.4, nl;q=0.5'), 'nl');
    assert.equal(asked('en-GB,en;q=0.9,nl;q=0.8'), 'en');
    assert.equal(asked('nl;q=0, en;q=0.1'), 'en');
    assert.equal(asked('fr, *;q=0.5'), 'en');
    assert.equal(asked('en', 'nl'), 'nl');
    assert.equal(asked('en', 'nl', 'https'), 'nl');
    assert.equal(asked('nl', 'xx'), 'nl');
    for (const odd of ['constructor', '__proto__', ';;;', 'nl;q=2', 'n'.repeat(9_000), ','.repeat(9_000)]) {
      assert.equal(asked(odd, odd), 'en', odd.slice(0, 20));
    }
  });
});
