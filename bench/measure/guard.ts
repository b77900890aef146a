import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { STANDARD_RULES } from '../../server/src/domain/guard/rules.ts';
import { fillCounts, fillDecisions } from '../targets/decided.ts';
import { ROOST_ENTRY, startRoost } from '../targets/roost.ts';
import type { Target } from '../targets/target.ts';
import { planOf } from './parts.ts';
import { alternate, type Row, settle } from './rounds.ts';
import type { Workshop } from './workshop.ts';

export type GuardFigures = {
  /** Creates without any rule, with all of them, and with all of them beside many counts; ratios are to the first. */
  readonly creates: readonly Row[];
  readonly counters: number;
  readonly replay: { readonly decisions: number; readonly seconds: number };
};

const DAYS = 7;

/** What the guard costs a create, and what replaying a week of decisions takes. */
export async function guard(
  shop: Workshop,
  newDatabase: (() => Promise<string>) | null,
): Promise<GuardFigures> {
  const { counters, decisions } = shop.options;
  const creates = [
    ...(await onSqlite(shop, counters)),
    ...(newDatabase === null ? [] : await onPostgres(shop, newDatabase)),
  ];
  return { creates, counters, replay: { decisions, seconds: await replaySeconds(shop, decisions) } };
}

async function onSqlite(shop: Workshop, counters: number): Promise<readonly Row[]> {
  const filled = shop.folder();
  // The server makes the tables.
  await (await startRoost({ folder: filled })).stop();
  fillCounts(filled, counters);
  const off = shop.folder();
  const targets = [
    named('guard off', await shop.keep(startRoost({ folder: off, env: offIn(off) }))),
    named('guard on', await shop.keep(startRoost({ folder: shop.folder() }))),
    named(
      `guard on, ${counters.toLocaleString('en-US')} counters`,
      await shop.keep(startRoost({ folder: filled })),
    ),
  ];
  await settle(shop.driver, targets, planOf(shop), shop.numbers);
  const rows = await alternate(shop.driver, targets, 'create', planOf(shop), shop.numbers);
  await Promise.all(targets.map((target) => target.stop()));
  return rows;
}

async function onPostgres(shop: Workshop, newDatabase: () => Promise<string>): Promise<readonly Row[]> {
  const off = shop.folder();
  const where = async () => ({ folder: shop.folder(), databaseUrl: await newDatabase() });
  const targets = [
    named('guard off, PostgreSQL', await shop.keep(startRoost({ ...(await where()), env: offIn(off) }))),
    named('guard on, PostgreSQL', await shop.keep(startRoost(await where()))),
  ];
  await settle(shop.driver, targets, planOf(shop), shop.numbers);
  const rows = await alternate(shop.driver, targets, 'create', planOf(shop), shop.numbers);
  await Promise.all(targets.map((target) => target.stop()));
  return rows;
}

const named = (name: string, target: Target): Target => ({ ...target, name });

function offIn(folder: string): Record<string, string> {
  const file = join(folder, 'roost.config.json');
  const rules = Object.fromEntries(STANDARD_RULES.map(({ id }) => [id, { mode: 'off' }]));
  writeFileSync(file, JSON.stringify({ guard: { rules } }));
  return { ROOST_CONFIG: file };
}

/** Of the whole command, from the start of its process to its end. */
async function replaySeconds(shop: Workshop, decisions: number): Promise<number> {
  const folder = shop.folder();
  await (await startRoost({ folder })).stop();
  await fillDecisions(folder, decisions, DAYS);
  const sinceMs = performance.now();
  const words = [ROOST_ENTRY, 'guard', 'replay', '--since', `${DAYS}d`, '--json'];
  const env = { PATH: process.env.PATH ?? '', ROOST_DATA: folder };
  const child = spawn(process.execPath, words, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let told = '';
  child.stdout.on('data', (part: Buffer) => {
    told += part;
  });
  await once(child, 'close');
  const seconds = (performance.now() - sinceMs) / 1000;
  const replayed = Number((JSON.parse(told) as { decisions: number }).decisions);
  if (replayed < decisions * 0.99)
    throw new Error(`only ${replayed} of ${decisions} decisions were replayed`);
  return seconds;
}
