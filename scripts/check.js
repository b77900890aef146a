import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { command } from './command.js';
import { ROOT } from './setup.js';

/** Each entry: what is checked, the file that checks it, its arguments. */
const CHECKS = /** @type {const} */ ([
  ['types', 'node_modules/typescript/bin/tsc', ['-p', '.']],
  ['types in the browser', 'node_modules/typescript/bin/tsc', ['-p', 'tsconfig.browser.json']],
  ['lint and format', 'node_modules/@biomejs/biome/bin/biome', ['check', '--error-on-warnings']],
  ['dead code', 'node_modules/knip/bin/knip.js', ['--no-progress']],
  ['import floors', 'testing/check-floors.ts', []],
]);

await command((node) => {
  const failures = CHECKS.filter(([name, file, args]) => !passes(node, name, file, args));
  return failures.length === 0 ? 0 : 1;
});

/**
 * @param {string} node
 * @param {string} name
 * @param {string} file
 * @param {readonly string[]} args
 */
function passes(node, name, file, args) {
  const startedAtMs = performance.now();
  const { status, stdout, stderr } = spawnSync(node, [path.join(ROOT, file), ...args], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  if (status !== 0) console.log(`${stdout}${stderr}`);
  return status === 0;
}
