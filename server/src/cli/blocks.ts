import { type Block, liftBlock, listBlocks } from '../app/guard-blocks.ts';
import { Failure } from '../kernel/failure.ts';
import { type Command, NO_OPTIONS } from './command.ts';
import { auditOf, counted, NOT_AUDITED, rulesOf, withStore, withStoreAlone } from './store-tools.ts';

export const blocksList: Command = {
  does: 'Lists what the guard holds back now: countries and blocks of numbers whose codes do not come back',
  words: [],
  ...NO_OPTIONS,
  more: [
    'Each line: its name (which roost blocks lift takes), the rule, whether it refuses, since when and until when, and how',
    'many of the codes sent there came back. A block of numbers is named by a keyed hash. May run while Roost serves.',
  ],
  examples: ['roost blocks list', 'roost blocks list --json'],
  run: (surroundings) =>
    withStore(surroundings, async (store) => {
      const blocks = await listBlocks(store, await rulesOf(surroundings, store));
      return {
        json: { blocks: blocks.map(shown) },
        text:
          blocks.length === 0
            ? ['Nothing is held back.']
            : [...blocks.map(lineOf), counted(blocks.length, 'block')],
      };
    }),
};

export const blocksLift: Command = {
  does: 'Opens by hand what the guard holds back',
  words: ['NAME'],
  ...NO_OPTIONS,
  more: [
    'NAME is what roost blocks list shows, in quotes. What was counted before is forgotten for it: only what comes after',
    'closes it again. On SQLite Roost must not be running, since it knows its counters by heart; the console lifts them then.',
  ],
  examples: ['roost blocks lift "live default country LV"'],
  run: (surroundings, { words: [name = ''] }) =>
    withStoreAlone(surroundings, 'lift it at /console/guard, or stop Roost first', async (store) => {
      const audit = auditOf(surroundings, store);
      await liftBlock(store, await rulesOf(surroundings, store), name).catch((error: unknown) => {
        if (!(error instanceof Failure)) throw error;
        throw new Error(`there is no block ${JSON.stringify(name)}; roost blocks list shows them all`);
      });
      const entry = { actor: null, action: 'guard.lifted', object: name, result: 'lifted' };
      if (audit !== null) await store.transaction(async (tx) => audit.note(tx, entry));
      return {
        json: { lifted: name },
        text: [`Lifted: ${name}.`, ...(audit === null ? [NOT_AUDITED] : [])],
      };
    }),
};

function shown({ subject, on, projectId, mode, what, rule, isEnforced, ...more }: Block) {
  const { sinceMs, untilMs, times, sends, verified } = more;
  return {
    ...{ name: subject, of: on, what, project: projectId, mode, rule, refuses: isEnforced },
    ...{
      since: new Date(sinceMs).toISOString(),
      until: new Date(untilMs).toISOString(),
      times,
      sends,
      verified,
    },
  };
}

function lineOf(block: Block): string {
  const { name, rule, refuses, since, until, sends, verified } = shown(block);
  const how = refuses ? 'refuses' : 'is only noted';
  return [name, rule, how, `since ${since}`, `until ${until}`, `${verified} of ${sends} verified`].join('  ');
}
