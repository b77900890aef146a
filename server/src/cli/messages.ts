import { setTimeout as sleep } from 'node:timers/promises';
import { createSafe } from '../app/safe.ts';
import { createVault } from '../app/vault.ts';
import type { Message } from '../domain/message.ts';
import { MODES } from '../domain/scope.ts';
import { maskRecipient } from '../kernel/mask.ts';
import { systemRandom } from '../kernel/random.ts';
import { tables } from '../store/store.ts';
import { type Command, WrongUsage } from './command.ts';
import { existingMasterKey, readSettings, withStore } from './store-tools.ts';

const PROJECT = 'default';
const MOST = 1_000;
const POLL_MS = 500;

export const messages: Command = {
  does: 'Lists what was sent and what became of it, the newest last',
  words: [],
  options: { follow: { type: 'boolean' }, limit: { type: 'string' } },
  optionWords: [
    ['--follow', 'goes on with what happens next, until Ctrl+C'],
    ['--limit 20', `how many to begin with, at most ${MOST} (20)`],
  ],
  more: [
    'Each line: when, live or test, the channel, the provider, whom it was for (most of it hidden), what became of it.',
    'May run while Roost serves. With --json and --follow each message is an object on a line of its own.',
  ],
  examples: ['roost messages', 'roost messages --follow', 'roost messages --limit 100 --json'],
  run(surroundings, { options, isJson }) {
    const limit = Number(options.limit ?? 20);
    if (!Number.isInteger(limit) || limit < 1 || limit > MOST)
      throw new WrongUsage(`--limit: set 1 to ${MOST}`);
    const masterKey = existingMasterKey(readSettings(surroundings));
    return withStore(surroundings, async (store) => {
      const list = newest(store, createVault(masterKey, systemRandom), createSafe(masterKey, systemRandom));
      const first = await list(limit);
      if (options.follow !== true) {
        return { json: { messages: first }, text: first.length === 0 ? ['None yet.'] : first.map(lineOf) };
      }
      const { print } = surroundings;
      const say = (shown: Shown) => print(isJson ? JSON.stringify(shown) : lineOf(shown));
      for (const each of first) say(each);
      const seen = new Map(first.map((each) => [each.id, stateOf(each)]));
      for (;;) {
        await sleep(POLL_MS);
        for (const each of await list(MOST_AT_ONCE)) {
          if (seen.get(each.id) !== stateOf(each)) say(each);
          seen.set(each.id, stateOf(each));
        }
      }
    });
  },
};

/** More than can change between two looks, as a person can follow it. */
const MOST_AT_ONCE = 200;

type Shown = {
  readonly id: string;
  readonly at: string;
  readonly mode: string;
  readonly channel: string;
  readonly provider: string;
  readonly recipient: string;
  readonly state: string;
  readonly attempts: number;
  readonly reason: string | null;
};

const stateOf = ({ state, attempts }: Shown): string => `${state} ${attempts}`;

const lineOf = ({ at, mode, channel, provider, recipient, state, attempts, reason }: Shown): string =>
  [
    ...[at, mode, channel.padEnd(5), provider.padEnd(10), recipient.padEnd(16), state],
    ...(attempts > 1 ? [`(try ${attempts})`] : []),
    ...(reason === null ? [] : [`— ${reason}`]),
  ].join('  ');

type Store = Parameters<Parameters<typeof withStore>[1]>[0];

function newest(
  store: Store,
  vault: ReturnType<typeof createVault>,
  safe: ReturnType<typeof createSafe>,
): (limit: number) => Promise<readonly Shown[]> {
  const recipientOf = async ({ projectId, mode, verificationId: id }: Message): Promise<string> => {
    const verification = await store.read.get(tables.verifications, { projectId, mode, id });
    if (verification !== null) {
      return verification.sealedRecipient === null ? '-' : maskRecipient(vault.openRecipient(verification));
    }
    const text = await store.read.get(tables.texts, { projectId, mode, id });
    if (text === null || text.sealedRecipient === null) return '-';
    return maskRecipient(safe.open('text recipient', text.sealedRecipient, text));
  };
  const shown = async (message: Message): Promise<Shown> => {
    const { id, mode, channel, provider, state, attempts, createdAtMs } = message;
    return {
      ...{ id, at: new Date(createdAtMs).toISOString(), mode, channel, provider },
      ...{ recipient: await recipientOf(message), state, attempts },
      reason: 'reason' in message ? message.reason : null,
    };
  };
  return async (limit) => {
    const pages = await Promise.all(
      MODES.map((mode) =>
        store.read.page(tables.messages, {
          scope: { projectId: PROJECT, mode },
          where: {},
          offset: 0,
          limit,
        }),
      ),
    );
    const found = pages
      .flatMap(({ items }) => items)
      .sort((a, b) => a.createdAtMs - b.createdAtMs)
      .slice(-limit);
    return Promise.all(found.map(shown));
  };
}
