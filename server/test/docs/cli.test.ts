import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMANDS } from '../../src/cli/commands.ts';
import { EVENT_TYPES } from '../../src/domain/event.ts';
import { codesIn, readText, rowsOf, sectionOf } from './markdown.ts';

test('the table of commands has every command, and no other', () => {
  const page = readText('docs/cli.md');
  const named = rowsOf(page.split('Every command takes')[0] ?? '').flatMap(([cell = '']) => codesIn(cell));
  const names = named.map((each) => each.replace(/^roost /, '').replace(/ [A-Z]+$/, ''));
  assert.deepEqual(names.sort(), Object.keys(COMMANDS).sort());
});

test('the table of events has every type that a webhook may ask for, and no other', () => {
  const rows = rowsOf(sectionOf(readText('docs/webhooks.md'), 'Events'));
  assert.deepEqual(
    rows.flatMap(([type = '']) => codesIn(type)),
    [...EVENT_TYPES],
  );
});
