import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Check } from 'typebox/schema';
import { readConfig } from '../../src/config.ts';
import { FINDINGS } from '../../src/domain/words/lint.ts';
import { SHIPPED } from '../../src/domain/words/shipped.ts';
import { bare, blocksOf, codesIn, readText, rowsOf, sectionOf } from './markdown.ts';

const page = readText('docs/messages.md');
const schema = JSON.parse(readText('roost.schema.json'));

test('the languages on the page are those that ship', () => {
  const [, listed = ''] = sectionOf(page, 'Languages').split('These ship:');
  const [languages = ''] = listed.split('. Each fits');
  const others = ['no', 'nn', 'zh-hk', 'zh-mo', 'zh-tw']; // other names of listed ones
  const shipped = Object.keys(SHIPPED).filter((locale) => !others.includes(locale));
  assert.deepEqual(codesIn(languages).sort(), shipped.sort());
});

test('the findings on the page are those of the lint', () => {
  const listed = rowsOf(sectionOf(page, 'The lint')).map(([name]) => bare(name));
  assert.deepEqual(listed.sort(), [...FINDINGS].sort());
});

test('the configuration on the page is one that Roost and the schema take', () => {
  const folder = mkdtempSync(join(tmpdir(), 'roost-messages-'));
  const blocks = blocksOf(page, 'json').map((block) => JSON.parse(block));
  assert.equal(blocks.length, 2);
  for (const block of blocks) {
    assert.equal(Check(schema, block), true, JSON.stringify(block));
    writeFileSync(join(folder, 'roost.config.json'), JSON.stringify(block));
    readConfig({}, folder);
  }
  rmSync(folder, { recursive: true });
});

test('the schema refuses templates without a place for the code, and languages that are none', () => {
  for (const words of [
    { en: 'no place' },
    { en: '%token %token' },
    { english: '%token' },
    { en: { subject: 'x' } },
    7,
  ]) {
    assert.equal(Check(schema, { templates: { '*': { sms: words } } }), false, JSON.stringify(words));
  }
  assert.equal(Check(schema, { templates: { '*': { locale: 'x', sms: {} } } }), false);
  assert.equal(Check(schema, { policy: { appHosts: ['https://bank.example'] } }), false);
});
