import { createAudit } from '../app/audit.ts';
import { readBackupKeys } from '../app/erasure/backup-keys.ts';
import { type Erased, eraseRecipient } from '../app/erasure/erase.ts';
import { createSafe } from '../app/safe.ts';
import { createVault } from '../app/vault.ts';
import { MODES } from '../domain/scope.ts';
import { readSubject } from '../domain/subject.ts';
import { addToErasureList } from '../kernel/erasure-list.ts';
import { createLog } from '../kernel/log.ts';
import { maskRecipient } from '../kernel/mask.ts';
import { systemRandom } from '../kernel/random.ts';
import { type Command, WrongUsage } from './command.ts';
import { COMMAND_LINE, existingMasterKey, readSettings, withStore } from './store-tools.ts';

/** Those of this project, or of the default one. */
export const projectOption = {
  options: { project: { type: 'string' } },
  optionWords: [['--project NAME', 'the project (default)']],
} as const;

export const erase: Command = {
  does: 'Erases everything that is kept about a phone number or mailbox',
  words: ['RECIPIENT'],
  ...projectOption,
  more: [
    'RECIPIENT is a number with its country code, or an e-mail address. Live and test rows go alike; users lose the',
    'factors that were this phone or mailbox. Wrong guesses count on until they are 30 days old, under a keyed hash',
    'that nothing else uses. May run while Roost serves; on a large store it takes a while.',
    'Backups keep what they hold: roost restore erases it again, by erasures.list in the data folder. Keep that file',
    'elsewhere too, but in no backup of the database. Of erasable backups (roost backup --keys) the keys are destroyed:',
    'run roost backup-keys after it, over every copy of them.',
  ],
  examples: ['roost erase +31612345678', 'roost erase ann@example.com --json'],
  async run(surroundings, { words: [typed = ''], options: { project = 'default' } }) {
    const recipient = subjectIn(typed);
    const config = readSettings(surroundings);
    const masterKey = existingMasterKey(config);
    let unlisted: string | null = null;
    let hasKeys = false;
    const erased = await withStore(surroundings, async (store) => {
      const deps = {
        ...{ store, vault: createVault(masterKey, systemRandom), safe: createSafe(masterKey, systemRandom) },
        ...{ audit: createAudit({ store, masterKey, node: COMMAND_LINE }), log: createLog('silent') },
        list: (lines: readonly string[]) => {
          try {
            addToErasureList(config.dataFolder, lines);
          } catch (error) {
            unlisted = (error as Error).message;
          }
        },
      };
      hasKeys = (await readBackupKeys(deps)) !== null;
      return eraseRecipient(deps, null, { projectId: String(project), modes: MODES, recipient });
    });
    const masked = maskRecipient(recipient.address);
    return {
      json: {
        ...{
          recipient: masked,
          erased: erased.counts,
          erasures: erased.erasures,
          listed: unlisted === null,
          destroyedBackupKeys: hasKeys,
        },
        lostFactors: erased.factors.map(({ user, kind, mode }) => ({ user, kind, mode })),
      },
      text: [
        ...linesOf(masked, erased, unlisted),
        ...(hasKeys
          ? ['Its keys of backups are destroyed: run roost backup-keys, over every copy of them.']
          : []),
      ],
    };
  },
};

function linesOf(masked: string, { counts, factors, named }: Erased, unlisted: string | null): string[] {
  const gone = Object.entries(counts).filter(([, count]) => count > 0);
  const what = gone.map(([name, count]) => `${count} ${name}`).join(', ');
  return [
    gone.length === 0 ? `Nothing is kept about ${masked}.` : `Erased about ${masked}: ${what}.`,
    ...factors.map(
      ({ user, kind, mode }) =>
        `The ${mode} user ${user} has lost the factor ${kind}: see that another is there.`,
    ),
    ...named.map(
      (mode) => `A ${mode} user has it as its name, which stays: names of users are your service's own.`,
    ),
    ...(unlisted === null ? [] : [`It is not in erasures.list (${unlisted}): restores will not know of it.`]),
  ];
}

/** @throws WrongUsage */
export function subjectIn(typed: string) {
  try {
    return readSubject(typed);
  } catch {
    throw new WrongUsage('RECIPIENT: give a number such as +31612345678, or an e-mail address');
  }
}
