import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import type { DialectName } from '../driver/dialects.ts';

export const PARTS = [
  'core',
  'start',
  'memory',
  'peers',
  'postgres',
  'concurrency',
  'rows',
  'factors',
  'guard',
  'soak',
] as const;
export type Part = (typeof PARTS)[number];

export type Options = {
  readonly quick: boolean;
  readonly json: boolean;
  readonly parts: readonly Part[];
  readonly connections: number;
  readonly seconds: number;
  readonly rounds: number;
  /** Sizes of the store, in verifications, for the part `rows`. */
  readonly rows: readonly number[];
  /** Users who have enrolled, for the part `factors`. */
  readonly users: readonly number[];
  /** Counts that are kept already, and decisions that are replayed, for the part `guard`. */
  readonly counters: number;
  readonly decisions: number;
  /** Numbers of connections for the part `concurrency`. */
  readonly sweep: readonly number[];
  readonly minutes: number;
  /** Folder under which databases are made; its file system is what is measured. */
  readonly data: string;
  /** A server started by somebody else, measured beside the bare one in the part `core`. */
  readonly url: string | null;
  readonly key: string;
  readonly dialect: DialectName;
};

const DIALECTS = ['messagebird', 'better-auth', 'better-auth-signup'] as const satisfies DialectName[];

export const HELP = `npm run bench -- [options]
  --quick              the core figures, start-up and memory, in about a minute
  --only a,b           parts: ${PARTS.join(', ')}
  --connections n      connections at once, each with one request in flight (64)
  --seconds n          measured time of one burst (4; quick 1.5)
  --rounds n           alternating rounds; medians are shown (5; quick 3)
  --sweep a,b          connections for the part concurrency (1 to 1024)
  --rows a,b           stored verifications for the part rows (1000 to 1000000)
  --users a,b          enrolled users for the part factors (10000 to 1000000)
  --counters n         counts kept already, for the part guard (1000000)
  --decisions n        decisions that are replayed, for the part guard (1000000)
  --minutes n          length of the part soak (60); run again with the same --data to go on
  --data folder        where databases are made (the system's temporary folder)
  --url u --key k      measure this server too; --dialect ${DIALECTS.join(' | ')}
  --json               the result as JSON on stdout, the tables on stderr`;

/** Reads the command line. Throws an Error with one sentence when something in it is wrong. */
export function readOptions(args: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      only: { type: 'string' },
      connections: { type: 'string', default: '64' },
      seconds: { type: 'string' },
      rounds: { type: 'string' },
      sweep: { type: 'string', default: '1,4,16,64,256,1024' },
      rows: { type: 'string', default: '1000,10000,100000,1000000' },
      users: { type: 'string', default: '100000,1000000' },
      counters: { type: 'string', default: '1000000' },
      decisions: { type: 'string', default: '1000000' },
      minutes: { type: 'string', default: '60' },
      data: { type: 'string', default: tmpdir() },
      url: { type: 'string' },
      key: { type: 'string', default: '' },
      dialect: { type: 'string', default: 'messagebird' },
    },
  });
  if (values.help) return 'help';
  const { quick } = values;
  const ordinary = quick ? 'core,start,memory' : 'core,start,memory,peers,postgres';
  return {
    quick,
    json: values.json,
    parts: oneOf(PARTS, (values.only ?? ordinary).split(','), '--only'),
    connections: count(values.connections, '--connections'),
    seconds: positive(values.seconds ?? (quick ? '1.5' : '4'), '--seconds'),
    rounds: count(values.rounds ?? (quick ? '3' : '5'), '--rounds'),
    rows: values.rows.split(',').map((text) => count(text, '--rows')),
    users: values.users.split(',').map((text) => count(text, '--users')),
    sweep: values.sweep.split(',').map((text) => count(text, '--sweep')),
    counters: count(values.counters, '--counters'),
    decisions: count(values.decisions, '--decisions'),
    minutes: positive(values.minutes, '--minutes'),
    data: values.data,
    url: values.url ?? null,
    key: values.key,
    dialect: oneOf(DIALECTS, [values.dialect], '--dialect')[0] ?? 'messagebird',
  };
}

function oneOf<T extends string>(known: readonly T[], given: readonly string[], name: string): T[] {
  return given.map((text) => {
    const found = known.find((one) => one === text);
    if (found === undefined) throw new Error(`${name}: "${text}" is none of ${known.join(', ')}`);
    return found;
  });
}

function positive(text: string, name: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${name}: "${text}" is not a number above 0`);
  return value;
}

function count(text: string, name: string): number {
  const value = positive(text, name);
  if (!Number.isInteger(value)) throw new Error(`${name}: "${text}" is not a whole number`);
  return value;
}
