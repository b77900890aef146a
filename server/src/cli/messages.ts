import { setTimeout as sleep } from 'node:timers/promises';
import { listSent, type SentMessage } from '../app/delivery/sent.ts';
import { createSafe } from '../app/safe.ts';
import { createVault } from '../app/vault.ts';
import { systemRandom } from '../kernel/random.ts';
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
      const vault = createVault(masterKey, systemRandom);
      const safe = createSafe(masterKey, systemRandom);
      const list = (most: number) => listSent({ store, vault, safe }, PROJECT, most);
      const first = await list(limit);
      if (options.follow !== true) {
        return { json: { messages: first }, text: first.length === 0 ? ['None yet.'] : first.map(lineOf) };
      }
      const { print } = surroundings;
      const say = (shown: SentMessage) => print(isJson ? JSON.stringify(shown) : lineOf(shown));
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

const stateOf = ({ state, attempts }: SentMessage): string => `${state} ${attempts}`;

const lineOf = ({ at, mode, channel, provider, recipient, state, attempts, reason }: SentMessage): string =>
  [
    ...[at, mode, channel.padEnd(5), provider.padEnd(10), recipient.padEnd(16), state],
    ...(attempts > 1 ? [`(try ${attempts})`] : []),
    ...(reason === null ? [] : [`— ${reason}`]),
  ].join('  ');
