import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { asvsRows } from '../../../scripts/asvs-report.js';
import { findTestFiles } from '../../../scripts/test-run.js';
import { ROOT, readText } from './markdown.ts';

const run = promisify(execFile);
const page = readText('docs/asvs.md');
const rows = asvsRows(page);

/** The names of the tests in a file, as they are written there. */
function namesIn(file: string): Set<string> {
  const named = readText(file).matchAll(/\btest\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`([^`$]*)`)/g);
  return new Set(
    [...named].map(([, single, double, back]) => (single ?? double ?? back ?? '').replace(/\\(.)/g, '$1')),
  );
}

test('every row of the ASVS table names tests that are there, by file and name', () => {
  assert.ok(rows.length >= 40);
  const files = findTestFiles();
  for (const { number, held, tests } of rows) {
    assert.ok(held !== '' && tests.length > 0, number);
    for (const { file, name } of tests) {
      assert.ok(files.includes(file), `${number}: there is no ${file}`);
      assert.ok(namesIn(file).has(name), `${number}: ${file} has no test "${name}"`);
    }
  }
});

test('every line of the ASVS tables was read as a row', () => {
  const lines = page.split('\n').filter((line) => /^\| \d/.test(line));
  assert.equal(lines.length, rows.length);
});

test('a run of some tests writes the table: passed where all have, not run for the others', async () => {
  const file = 'server/src/domain/factor/recovery.test.ts';
  const args = [
    '--test',
    '--test-reporter=./scripts/asvs-report.js',
    file,
    'server/src/kernel/random.test.ts',
  ];
  const env = { PATH: process.env.PATH };
  const { stdout } = await run(process.execPath, args, { cwd: ROOT, env, timeout: 60_000 });
  const resultOf = (number: string) =>
    new RegExp(`^\\| ${number} \\| .*? \\| ([a-z ]+) \\|`, 'm').exec(stdout)?.[1];
  assert.equal(resultOf('6.5.4'), 'passed');
  assert.equal(resultOf('6.5.3'), 'passed');
  assert.equal(resultOf('6.5.1'), 'not run');
  assert.match(stdout, /^\| 6\.5\.4 .* passed: `server\/src\/domain\/factor\/recovery\.test\.ts`: /m);
});

test('a row with a test that failed has failed', async () => {
  const { default: report } = await import('../../../scripts/asvs-report.js');
  const [row] = rows;
  const [first] = row?.tests ?? [];
  assert.ok(row !== undefined && first !== undefined);
  async function* events() {
    yield { type: 'test:fail', data: { file: `${ROOT}/${first?.file}`, name: first?.name } };
  }
  let written = '';
  for await (const part of report(events())) written += part;
  assert.match(
    written,
    new RegExp(`^\\| ${row.number.replaceAll('.', '\\.')} \\| .* \\| failed \\| failed: `, 'm'),
  );
});
