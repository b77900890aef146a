import { createAudit } from '../app/audit.ts';
import { exportRecipient } from '../app/erasure/export.ts';
import { createSafe } from '../app/safe.ts';
import { createVault } from '../app/vault.ts';
import { MODES } from '../domain/scope.ts';
import { systemRandom } from '../kernel/random.ts';
import type { Command } from './command.ts';
import { projectOption, subjectIn } from './erase.ts';
import { COMMAND_LINE, existingMasterKey, readSettings, withStore } from './store-tools.ts';

export const exportCommand: Command = {
  does: 'Tells everything that is kept about a phone number or mailbox',
  words: ['RECIPIENT'],
  ...projectOption,
  more: [
    'As JSON that people can read, the number and the texts in full: to be handed to whom it is about, and to nobody',
    'else. With --json on one line. Codes and keys are not in it. May run while Roost serves.',
  ],
  examples: ['roost export +31612345678 > answer.json', 'roost export ann@example.com --json'],
  async run(surroundings, { words: [typed = ''], options: { project = 'default' } }) {
    const recipient = subjectIn(typed);
    const masterKey = existingMasterKey(readSettings(surroundings));
    const exported = await withStore(surroundings, (store) => {
      const vault = createVault(masterKey, systemRandom);
      const safe = createSafe(masterKey, systemRandom);
      const deps = { store, vault, safe, audit: createAudit({ store, masterKey, node: COMMAND_LINE }) };
      return exportRecipient(deps, null, { projectId: String(project), modes: MODES, recipient });
    });
    return { json: exported, text: JSON.stringify(exported, null, 2).split('\n') };
  },
};
