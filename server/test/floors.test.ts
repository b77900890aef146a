import assert from 'node:assert/strict';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { findFloorProblems } from '../../testing/floors.ts';
import { importsOf, readSources } from '../../testing/imports.ts';

/** Problems of a made-up tree: files with the imports of each. */
function problemsOf(tree: Record<string, readonly string[]>): string[] {
  const sources = Object.entries(tree).map(
    ([file, imports]) =>
      [file, imports.map((specifier) => `import { x } from '${specifier}';`).join('\n')] as const,
  );
  return findFloorProblems(new Map(sources));
}

function refused(file: string, specifier: string, reason: RegExp): void {
  const problems = problemsOf({ [file]: [specifier] });
  assert.equal(problems.length, 1, `${file} imports ${specifier}: ${problems}`);
  assert.match(problems[0] ?? '', reason);
}

test('imports in this repository go down the floors, never up, sideways or in a circle', () => {
  const sources = readSources(fileURLToPath(new URL('../..', import.meta.url)));
  assert.ok([...sources.values()].flatMap(importsOf).length > 100, 'the walker sees the imports');
  assert.deepEqual(findFloorProblems(sources), []);
});

test('imports that go down are allowed', () => {
  const tree = {
    'server/src/main.js': ['./own-node.js', './main.ts', 'node:url'],
    'server/src/main.ts': ['./cli/run.ts', './compose.ts', './config.ts'],
    'server/src/cli/run.ts': [
      '../compose.ts',
      '../config.ts',
      '../app/verify/create.ts',
      '../kernel/clock.ts',
    ],
    'server/src/compose.ts': [
      './http/api/routes.ts',
      './store/sqlite/open.ts',
      './providers/sandbox.ts',
      'pg',
    ],
    'server/src/config.ts': ['./domain/policy.ts', 'typebox'],
    'server/src/http/api/routes.ts': ['../page.ts', '../../app/verify/create.ts', './parse.ts', 'fastify'],
    'server/src/app/verify/create.ts': [
      '../../store/store.ts',
      '../../providers/provider.ts',
      '../consume.ts',
    ],
    'server/src/store/sqlite/open.ts': ['../store.ts', '../../domain/policy.ts', 'node:sqlite'],
    'server/src/domain/policy.ts': ['../kernel/failure.ts', 'libphonenumber-js/max', 'node:crypto'],
    'server/src/domain/factor.ts': ['./factor/totp.ts'],
    'server/src/kernel/log.ts': ['pino', 'node:stream'],
    'birdbank/src/main.ts': ['@roost/client', 'fastify', './pages/number.ts'],
    'client/src/index.ts': ['./errors.ts'],
  };
  assert.deepEqual(problemsOf(tree), []);
});

test('an import that goes up is found, from every floor', () => {
  refused('server/src/kernel/clock.ts', '../domain/policy.ts', /kernel may import no other floor/);
  refused('server/src/domain/policy.ts', '../store/store.ts', /domain may import kernel/);
  refused('server/src/store/sqlite/open.ts', '../../app/consume.ts', /store may import domain, kernel/);
  refused('server/src/providers/sandbox.ts', '../app/consume.ts', /providers may import/);
  refused('server/src/app/verify/check.ts', '../../http/page.ts', /app may import/);
  refused('server/src/http/page.ts', '../compose.ts', /http may import/);
  refused('server/src/worker/run.ts', '../main.ts', /worker may import/);
  refused('server/src/config.ts', './compose.ts', /config may import/);
  refused('server/src/compose.ts', './cli/run.ts', /compose may import/);
  refused('server/src/cli/run.ts', '../main.ts', /cli may import/);
});

test('an import between two wings, two doors or two rooms of one floor is found', () => {
  refused('server/src/store/sqlite/open.ts', '../../providers/provider.ts', /store may import/);
  refused('server/src/http/page.ts', '../worker/run.ts', /http may import/);
  refused(
    'server/src/app/verify/check.ts',
    '../delivery/send.ts',
    /do not import one another \(app\/verify, app\/delivery\)/,
  );
  refused('server/src/http/api/routes.ts', '../console/page.ts', /do not import one another/);
});

test('the hall sees the interfaces of the wings and nothing behind them', () => {
  refused('server/src/app/verify/check.ts', '../../store/sqlite/open.ts', /app may import/);
  refused('server/src/app/verify/check.ts', '../../providers/sandbox.ts', /app may import/);
  refused('server/src/http/page.ts', '../store/store.ts', /http may import/);
  refused('server/src/main.ts', './http/page.ts', /main may import/);
});

test('a circle is found, through types and dynamic imports too, and told once', () => {
  const circle = new Map([
    ['server/src/domain/a.ts', "import type { B } from './b.ts';"],
    ['server/src/domain/b.ts', "export {\n  type C,\n} from './c.ts';"],
    ['server/src/domain/c.ts', "const a = await import('./a.ts');"],
  ]);
  const files = ['a', 'b', 'c', 'a'].map((name) => `server/src/domain/${name}.ts`);
  assert.deepEqual(findFloorProblems(circle), [`circle: ${files.join(' -> ')}`]);
});

test('packages are kept off the lower floors, and workspaces apart', () => {
  refused('server/src/kernel/ids.ts', 'fastify', /kernel imports node alone/);
  refused('server/src/kernel/ids.ts', 'pino', /kernel imports node alone/);
  refused('server/src/domain/policy.ts', 'pg', /domain is pure/);
  refused('server/src/domain/policy.ts', 'node:fs', /domain is pure/);
  refused('server/src/http/page.ts', '@roost/client', /neither its client nor the bank/);
  refused('server/src/http/page.ts', '../../../client/src/index.ts', /nothing outside server\/src/);
  refused('client/src/index.ts', 'node:crypto', /the client imports nothing/);
  refused('birdbank/src/main.ts', '@roost/server', /through @roost\/client alone/);
  refused('birdbank/src/main.ts', '../../server/src/kernel/ids.ts', /no file of another workspace/);
});

test('a file on no floor is found', () => {
  assert.match(problemsOf({ 'server/src/utils/misc.ts': [] })[0] ?? '', /is on no floor/);
  assert.match(problemsOf({ 'server/src/helpers.ts': [] })[0] ?? '', /is on no floor/);
});

test('every way of writing an import is seen', () => {
  const source = `import a from './a.ts';
import { b, type B } from "./b.ts";
import * as c from './c.ts';
import type { D } from './d.ts';
import './e.ts';
import {
  f,
} from './f.ts';
export * from './g.ts';
export { h } from './h.ts';
export type { I } from './i.ts';
const j = await import('./j.ts');
const k: import('./k.ts').K = '';
// from './not-this.ts'
const text = "import x from './nor-this.ts'";`;
  const names = [...'abcdefghijk'].map((name) => `./${name}.ts`);
  assert.deepEqual(importsOf(source).sort(), names);
});
