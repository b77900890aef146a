import { countryOfListed, findListed, type Listed, readTyped, stateAt } from '../app/insight/search.ts';
import { readStory } from '../app/insight/story.ts';
import type { Wanted } from '../app/insight/wanted.ts';
import { createVault, type Vault } from '../app/vault.ts';
import { CHANNELS } from '../domain/message.ts';
import { MODES } from '../domain/scope.ts';
import { Failure } from '../kernel/failure.ts';
import { isId } from '../kernel/ids.ts';
import { maskRecipient } from '../kernel/mask.ts';
import { systemRandom } from '../kernel/random.ts';
import { type Command, type Given, NO_OPTIONS, type Told, WrongUsage } from './command.ts';
import { existingMasterKey, readSettings, withStore } from './store-tools.ts';
import type { Surroundings } from './surroundings.ts';
import { storyOf } from './verification-story.ts';

const MOST = 1_000;
const STATES = ['open', 'verified', 'failed', 'expired', 'deleted', 'refused'] as const;

const TEXT = { type: 'string' } as const;
const FILTERS: Pick<Command, 'options' | 'optionWords'> = {
  options: {
    ...{ limit: TEXT, state: TEXT, mode: TEXT, channel: TEXT },
    ...{ provider: TEXT, country: TEXT, project: TEXT, reason: TEXT },
  },
  optionWords: [
    ['--limit 20', `how many at most, up to ${MOST}: the newest of them (20)`],
    ['--state STATE', `one of ${STATES.join(', ')}; refused are those that the guard did not let out`],
    ['--mode test|live', 'those of test keys, or of live keys'],
    ['--channel sms', `one of ${CHANNELS.join(', ')}`],
    ['--provider NAME', 'those that it carried last'],
    ['--country NL', 'two letters'],
    ['--project NAME', 'those of one project'],
    ['--reason TEXT', 'those that failed for a reason with these words, or were refused by this rule'],
  ],
};

const MORE = [
  'Each line: when, live or test, state, channel, provider, whom it was for (most of it hidden), id. The newest last.',
  'May run while Roost serves. A search that has looked at some ten thousand rows says how far back it came.',
];

export const verificationsList: Command = {
  does: 'Lists verifications, and what the guard refused, the newest last',
  words: [],
  ...FILTERS,
  more: MORE,
  examples: [
    'roost verifications list',
    'roost verifications list --state failed --mode live --limit 100 --json',
  ],
  run: (surroundings, given) => find(surroundings, given, null),
};

export const verificationsSearch: Command = {
  does: 'Finds verifications by recipient, id or reference',
  words: ['TEXT'],
  ...FILTERS,
  more: [
    'TEXT is a phone number or e-mail address in any spelling, the id of a verification or message, or a reference of yours.',
    'Ends with 1 when nothing is found.',
    ...MORE,
  ],
  examples: ['roost verifications search +31612345678', 'roost verifications search order-1234 --json'],
  run: (surroundings, given) => find(surroundings, given, given.words[0] ?? ''),
};

export const verificationsShow: Command = {
  does: 'Tells all about one verification: what happened, its messages, why it was allowed, its webhooks',
  words: ['ID'],
  ...NO_OPTIONS,
  more: [
    'ID is that of a verification, or of a refusal (Roost-Decision). The recipient is masked, and no code is kept.',
  ],
  examples: ['roost verifications show 8f14e45fceea167a5a36dedd4bea2543'],
  run(surroundings, { words: [id = ''] }) {
    if (!isId(id.toLowerCase())) throw new WrongUsage('ID: give 32 hexadecimal characters');
    const vault = vaultOf(surroundings);
    return withStore(surroundings, async (store) => {
      const story = await readStory({ store, vault }, id.toLowerCase()).catch((error: unknown) => {
        if (error instanceof Failure) throw new Error(error.message);
        throw error;
      });
      return storyOf(story);
    });
  },
};

const vaultOf = (surroundings: Surroundings): Vault =>
  createVault(existingMasterKey(readSettings(surroundings)), systemRandom);

async function find(surroundings: Surroundings, given: Given, typed: string | null): Promise<Told> {
  const limit = Number(given.options.limit ?? 20);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST)
    throw new WrongUsage(`--limit: set 1 to ${MOST}`);
  const conditions = conditionsOf(given);
  const vault = vaultOf(surroundings);
  return withStore(surroundings, async (store) => {
    const deps = { vault, store: { read: store.read, nowMs: () => store.nowMs() } };
    const found = typed === null ? null : await readTyped(deps, typed);
    if (found?.kind === 'id') return storyOf(await readStory({ store, vault }, found.key.id));
    const searches: Partial<Wanted>[] =
      found === null
        ? [{}]
        : [
            ...(found.recipientKey === null ? [] : [{ recipientKey: found.recipientKey }]),
            { reference: found.reference },
          ];
    const rows: Listed[] = [];
    let lookedBackToMs: number | null = null;
    for (const search of searches) {
      const part = await pages(deps, { ...conditions, ...search }, limit);
      rows.push(...part.rows);
      lookedBackToMs = later(lookedBackToMs, part.lookedBackToMs);
    }
    const newest = rows.sort((a, b) => (a.place < b.place ? 1 : -1)).slice(0, limit);
    const shown = newest
      .map((row) => shownRow(row, vault, store.nowMs()))
      .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
    return toldRows(shown, lookedBackToMs, typed !== null);
  });
}

const later = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.max(a, b);

async function pages(deps: Parameters<typeof findListed>[0], wanted: Wanted, limit: number) {
  const rows: Listed[] = [];
  let before: Wanted['before'] = null;
  for (;;) {
    const page = await findListed(deps, { ...wanted, before });
    rows.push(...page.rows);
    if (page.next === null || rows.length >= limit || page.lookedBackToMs !== null)
      return { rows, lookedBackToMs: rows.length >= limit ? null : page.lookedBackToMs };
    before = page.next;
  }
}

function conditionsOf({ options }: Given): Wanted {
  const country = options.country;
  if (country !== undefined && !/^[a-z]{2}$/i.test(String(country)))
    throw new WrongUsage('--country: set two letters, such as NL');
  const text = (name: string) => (typeof options[name] === 'string' ? options[name] : null);
  return {
    state: oneOf(options, 'state', STATES),
    mode: oneOf(options, 'mode', MODES),
    channel: oneOf(options, 'channel', CHANNELS),
    projectId: text('project'),
    provider: text('provider'),
    country: country === undefined ? null : String(country).toUpperCase(),
    reason: text('reason'),
    ...{ recipientKey: null, reference: null, fromMs: null, toMs: null, before: null },
  };
}

function oneOf<T extends string>(options: Given['options'], name: string, all: readonly T[]): T | null {
  const given = options[name];
  if (given === undefined) return null;
  const found = all.find((one) => one === given);
  if (found === undefined) throw new WrongUsage(`--${name}: set one of ${all.join(', ')}`);
  return found;
}

type Shown = ReturnType<typeof shownRow>;

function shownRow(row: Listed, vault: Vault, nowMs: number) {
  const country = countryOfListed(row);
  const where = { country: country === 'ZZ' ? null : country };
  if (row.kind === 'refusal') {
    const { id, projectId, mode, atMs, channel, recipient, rule } = row.refusal;
    return {
      ...{
        id,
        at: new Date(atMs).toISOString(),
        project: projectId,
        mode,
        channel,
        state: 'refused' as const,
      },
      ...{ ...where, provider: null, recipient: recipient as string | null, reference: null, reason: rule },
    };
  }
  const { verification: v, message } = row;
  const state = stateAt(v, nowMs);
  const masked = v.sealedRecipient === null ? null : maskRecipient(vault.openRecipient(v));
  return {
    ...{ id: v.id, at: new Date(v.createdAtMs).toISOString(), project: v.projectId, mode: v.mode },
    ...{ channel: v.channel, state, ...where, provider: message?.provider ?? null, recipient: masked },
    ...{ reference: v.reference, reason: v.state === 'open' ? null : v.reason },
  };
}

function toldRows(rows: readonly Shown[], lookedBackToMs: number | null, isSearch: boolean): Told {
  const lookedBackTo = lookedBackToMs === null ? null : new Date(lookedBackToMs).toISOString();
  const lines = rows.map(({ at, mode, state, channel, provider, recipient, id, reason }) =>
    [
      ...[at, mode, state.padEnd(8), channel.padEnd(5), (provider ?? '-').padEnd(10)],
      ...[(recipient ?? 'erased').padEnd(16), id, ...(reason === null ? [] : [`— ${reason}`])],
    ].join('  '),
  );
  return {
    json: { verifications: rows, lookedBackTo },
    text: [
      ...(lines.length === 0 ? [isSearch ? 'Nothing is found.' : 'None.'] : lines),
      ...(lookedBackTo === null ? [] : [`Looked back to ${lookedBackTo}; there may be more before that.`]),
    ],
    ...(isSearch && rows.length === 0 ? { exitCode: 1 } : {}),
  };
}
