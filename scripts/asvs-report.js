import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './setup.js';

/** @typedef {{ number: string, held: string, tests: { file: string, name: string }[] }} Row */

/**
 * A reporter that writes the table of docs/asvs.md with what became of each test in it.
 * @param {AsyncIterable<{ type: string, data: any }>} events
 */
export default async function* reportAsvs(events) {
  /** @type {Map<string, string>} */
  const results = new Map();
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const file = path.relative(ROOT, data.file ?? '').replaceAll('\\', '/');
    const result = type === 'test:fail' ? 'failed' : data.skip === undefined ? 'passed' : 'not run';
    results.set(`${file}: ${data.name}`, result);
  }
  const page = readFileSync(path.join(ROOT, 'docs/asvs.md'), 'utf8');
  yield '# OWASP ASVS 5.0: what became of each test\n\n| number | what is held | result | tests |\n| --- | --- | --- | --- |\n';
  for (const { number, held, tests } of asvsRows(page)) {
    const outcomes = tests.map(({ file, name }) => results.get(`${file}: ${name}`) ?? 'not run');
    const listed = tests.map(({ file, name }, i) => `${outcomes[i]}: \`${file}\`: ${name}`);
    yield `| ${number} | ${held} | ${verdict(outcomes)} | ${listed.join('<br>')} |\n`;
  }
}

/** @param {readonly string[]} outcomes */
function verdict(outcomes) {
  if (outcomes.includes('failed')) return 'failed';
  return outcomes.every((outcome) => outcome === 'passed') ? 'passed' : 'not run';
}

/**
 * The rows of the tables in docs/asvs.md.
 * @param {string} page
 * @returns {Row[]}
 */
export function asvsRows(page) {
  return page.split('\n').flatMap((line) => {
    const [, number, held = '', tests = ''] = /^\| (\d+\.\d+\.\d+) \| (.*?) \| (.*) \|$/.exec(line) ?? [];
    if (number === undefined) return [];
    const listed = tests.split('<br>').map((test) => /^`([^`]+)`: (.+)$/.exec(test));
    return [
      { number, held, tests: listed.map((match) => ({ file: match?.[1] ?? '', name: match?.[2] ?? '' })) },
    ];
  });
}
