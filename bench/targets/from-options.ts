import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRoost } from './roost.ts';
import { external, type Target } from './target.ts';

/** Where the races and histories run: at URLs given, else at servers started for the purpose. */
export type Where = {
  readonly urls: string | undefined;
  readonly key: string;
  /** 1 on SQLite; more over one PostgreSQL. */
  readonly nodes: number;
};

/** Starts what was asked for; `stop` takes everything down again. */
export async function targetFor({ urls, key, nodes }: Where): Promise<Target> {
  if (urls !== undefined) return external(urls.split(','), 'messagebird', key);
  const folder = mkdtempSync(join(tmpdir(), 'roost-bench-'));
  const clear = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', clear); // for a run that is stopped half-way
  const clearing: (() => void | Promise<void>)[] = [clear];
  const databaseUrl = nodes > 1 ? { databaseUrl: await newDatabase(clearing) } : {};
  const target = await startRoost({ folder, nodes, ...databaseUrl });
  clearing.push(() => target.stop());
  return {
    ...target,
    async stop() {
      for (const clear of clearing.reverse()) await clear();
    },
  };
}

async function newDatabase(clearing: (() => void | Promise<void>)[]): Promise<string> {
  const { startDatabase } = await import('./postgres.ts');
  return (await startDatabase((clear) => clearing.push(clear))).newDatabase();
}
