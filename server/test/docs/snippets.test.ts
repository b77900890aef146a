import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { blocksOf, ROOT, readText, sectionOf } from './markdown.ts';

const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
const FLAGS = '--ignoreConfig --noEmit --strict --exactOptionalPropertyTypes --skipLibCheck --types node';
const MODULES = '--target es2024 --module nodenext --allowImportingTsExtensions --allowJs';
/** What the snippets leave to their reader. */
const GIVEN = ['firstCode', 'code', 'clientIp', 'device', 'signed'];

/** The compiler's complaints about blocks of TypeScript, each a module of its own. */
function complaintsAbout(blocks: readonly string[]): string {
  // Below the root, where nothing looks for files, so that `@roost/client` is found.
  const folder = mkdtempSync(join(ROOT, 'node_modules/.snippets-'));
  try {
    const files = blocks.map((block, i) => {
      const file = join(folder, `snippet-${i}.ts`);
      const given = GIVEN.map((name) => `declare const ${name}: string;`).join('\n');
      writeFileSync(file, `${given}\n${block}\nexport {};\n`);
      return file;
    });
    const args = [TSC, ...FLAGS.split(' '), ...MODULES.split(' '), ...files];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', cwd: ROOT });
    return stdout + stderr;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('the calls of the client in the documents compile', () => {
  const blocks = [
    ...blocksOf(sectionOf(readText('docs/factors.md'), 'With the client'), 'ts'),
    ...blocksOf(sectionOf(readText('docs/factors.md'), 'Proofs'), 'ts').map(
      (block) => `declare const proof: string;\n${block}`,
    ),
    ...blocksOf(readText('docs/payments.md'), 'ts'),
  ];
  assert.equal(blocks.length, 4);
  assert.equal(complaintsAbout(blocks), '');
});

test('a call that would not compile is found', () => {
  const wrong = "import { Roost } from '@roost/client';\nawait new Roost({ url: '' }).factors.list('ann');";
  assert.match(complaintsAbout([wrong]), /accessKey/);
});
