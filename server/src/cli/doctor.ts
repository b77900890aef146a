import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isMadeUnder } from '../app/access/key-check.ts';
import type { Config } from '../config.ts';
import { isInForce } from '../domain/access-key.ts';
import { isOverdue } from '../domain/factor/fido-metadata.ts';
import { systemClock } from '../kernel/clock.ts';
import { findMasterKey } from '../kernel/master-key.ts';
import { type Command, NO_OPTIONS } from './command.ts';
import { withDatabase, withStore } from './store-tools.ts';
import type { Surroundings } from './surroundings.ts';
import { told } from './told.ts';

/** One thing that was looked at. `doubtful` keeps nothing from working now. */
type Finding = {
  readonly what: string;
  readonly state: 'good' | 'doubtful' | 'bad' | 'not checked';
  readonly note: string;
};

export const doctor: Command = {
  does: 'Looks at everything that Roost needs, sends nothing, and says what is wrong',
  words: [],
  ...NO_OPTIONS,
  more: [
    'Looks at the settings, the database, the clock, the keys, the public address and the credentials of each provider.',
    'May run while Roost serves. Ends with 1 when something is wrong; what is doubtful alone is no failure.',
  ],
  examples: ['roost doctor', 'roost doctor --json'],
  async run(surroundings) {
    const findings = await examine(surroundings);
    const width = Math.max(...findings.map(({ what }) => what.length)) + 2;
    const count = (state: Finding['state']) => findings.filter((each) => each.state === state).length;
    const [bad, doubtful] = [count('bad'), count('doubtful')];
    const summary =
      bad === 0 ? `Nothing is wrong${doubtful === 0 ? '' : `; doubtful: ${doubtful}`}.` : `Wrong: ${bad}.`;
    return {
      json: { good: bad === 0, findings },
      text: [
        ...findings.map(({ what, state, note }) => `${MARKS[state]}  ${what.padEnd(width)}${note}`),
        summary,
      ],
      exitCode: bad === 0 ? 0 : 1,
    };
  },
};

const MARKS = { good: 'ok     ', doubtful: 'doubt  ', bad: 'WRONG  ', 'not checked': '-      ' } as const;

async function examine(surroundings: Surroundings): Promise<Finding[]> {
  const { env, folder, readConfig, providerReaders, examineProviders } = surroundings;
  let config: Config;
  try {
    config = readConfig(env, folder, await providerReaders());
  } catch (error) {
    return told(error).map((note) => ({ what: 'settings', state: 'bad', note }));
  }
  const [database, publicUrl, providers] = await Promise.all([
    ofDatabase(surroundings, config),
    ofPublicUrl(config),
    examineProviders(config).catch((error: unknown) => told(error)),
  ]);
  const isListOfProblems = (each: (typeof providers)[number]): each is string => typeof each === 'string';
  const ofProviders = providers.map((each): Finding => {
    if (isListOfProblems(each)) return { what: 'providers', state: 'bad', note: each };
    const { outcome } = each;
    const what = `provider ${each.id}`;
    if (outcome.kind === 'bad') return { what, state: 'bad', note: outcome.reason };
    if (outcome.kind === 'good')
      return { what, state: 'good', note: outcome.note ?? 'it takes the credentials' };
    return { what, state: 'not checked', note: `${each.kind} has no call that sends nothing` };
  });
  const none: Finding = {
    ...{ what: 'providers', state: 'doubtful' },
    note: 'there is none: every message ends on the sandbox phone',
  };
  return [
    { what: 'settings', state: 'good', note: 'all of them can be used' },
    ...ofMasterKey(config),
    ...ofMetadata(config),
    ...database,
    ...publicUrl,
    ...(ofProviders.length === 0 ? [none] : ofProviders),
  ];
}

function ofMetadata({ policy: { webauthn } }: Config): Finding[] {
  const { metadata } = webauthn;
  if (metadata === null) return [];
  const what = 'authenticators';
  const note = `metadata number ${metadata.number}, the next due by ${metadata.nextUpdate}`;
  return [
    isOverdue(metadata, systemClock())
      ? { what, state: 'doubtful', note: `${note}: download them anew` }
      : { what, state: 'good', note },
  ];
}

function ofMasterKey(config: Config): Finding[] {
  if (config.secretKey !== null)
    return [{ what: 'master key', state: 'good', note: 'from ROOST_SECRET_KEY' }];
  const file = join(config.dataFolder, 'secret.key');
  if (!existsSync(file)) {
    const isNew = !existsSync(join(config.dataFolder, 'roost.db'));
    const note = isNew ? 'roost serve makes one at its first start' : `${file} is missing; put it back`;
    return [{ what: 'master key', state: isNew ? 'doubtful' : 'bad', note }];
  }
  const mode = statSync(file).mode & 0o077;
  if (mode !== 0)
    return [{ what: 'master key', state: 'bad', note: `others can read ${file}: chmod 600 it` }];
  return [{ what: 'master key', state: 'good', note: file }];
}

/** A second of difference is of no account, half a minute makes codes end before or after their time. */
const DOUBTFUL_CLOCK_MS = 2_000;
const WRONG_CLOCK_MS = 30_000;

async function ofDatabase(surroundings: Surroundings, config: Config): Promise<Finding[]> {
  try {
    const steps = await withDatabase(surroundings, 'read', (database) => database.steps());
    const left = steps.filter(({ state }) => state === 'outstanding').length;
    const schema: Finding =
      left === 0
        ? { what: 'database', state: 'good', note: config.databaseUrl === null ? 'SQLite' : 'PostgreSQL' }
        : {
            what: 'database',
            state: 'doubtful',
            note: `${left} steps of its schema are outstanding: roost migrate`,
          };
    if (left > 0) return [schema];
    return [schema, ...(await ofContents(surroundings, config))];
  } catch (error) {
    const lines = told(error);
    const isNew = lines.some((line) => /there is no database/.test(line));
    return lines.map((note) => ({ what: 'database', state: isNew ? 'doubtful' : 'bad', note }));
  }
}

function ofContents(surroundings: Surroundings, config: Config): Promise<Finding[]> {
  return withStore(surroundings, async (store) => {
    const keys = (await store.read.accessKeys()).filter((key) => isInForce(key, store.nowMs()));
    const live = keys.filter(({ mode }) => mode === 'live').length;
    const accessKeys: Finding =
      keys.length === 0
        ? { what: 'access keys', state: 'bad', note: 'there is none in force: roost keys create' }
        : { what: 'access keys', state: 'good', note: `in force: ${live} live, ${keys.length - live} test` };
    const masterKey = config.secretKey ?? findMasterKey(config.dataFolder);
    const fits = masterKey !== null && (await isMadeUnder(store, masterKey));
    const key: Finding = fits
      ? { what: 'key and database', state: 'good', note: 'they belong together' }
      : { what: 'key and database', state: 'bad', note: 'the database was made under another master key' };
    const apartMs = Math.abs(store.nowMs() - systemClock());
    const note = `${(apartMs / 1000).toFixed(1)} s apart from the database`;
    const state = apartMs > WRONG_CLOCK_MS ? 'bad' : apartMs > DOUBTFUL_CLOCK_MS ? 'doubtful' : 'good';
    return [key, accessKeys, { what: 'clock', state, note }];
  });
}

const PATIENCE_MS = 5_000;

async function ofPublicUrl({ publicUrl }: Config): Promise<Finding[]> {
  if (publicUrl === null) {
    const note = 'ROOST_PUBLIC_URL is not set: links show the address by which a client came';
    return [{ what: 'public address', state: 'doubtful', note }];
  }
  const found: Finding[] = [];
  if (publicUrl.startsWith('http:')) {
    found.push({ what: 'public address', state: 'doubtful', note: `${publicUrl} is not https` });
  }
  const answer = await fetch(`${publicUrl}/health`, {
    redirect: 'manual',
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).then(
    ({ status }) => (status === 200 ? null : `answers ${status}`),
    () => 'does not answer',
  );
  if (answer !== null) {
    const note = `${publicUrl}/health ${answer} from here; receipts may not come in`;
    return [...found, { what: 'public address', state: 'doubtful', note }];
  }
  return [...found, { what: 'public address', state: 'good', note: publicUrl }];
}
