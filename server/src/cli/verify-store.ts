import { createVault } from '../app/vault.ts';
import { RETENTION } from '../domain/retention.ts';
import type { Verification } from '../domain/verification.ts';
import { systemClock } from '../kernel/clock.ts';
import { systemRandom } from '../kernel/random.ts';
import { type Command, NO_OPTIONS } from './command.ts';
import { counted, existingMasterKey, fits, withDatabase } from './store-tools.ts';

export const verifyStore: Command = {
  does: 'Checks everything that is kept: the files, the tables, and every row against what must hold',
  words: [],
  ...NO_OPTIONS,
  more: [
    'Changes nothing, and may run while Roost serves. It reads every row, so it takes a while on a large store.',
    'Ends with 3 when something is wrong, and says what, how often, and at which ids.',
  ],
  examples: ['roost verify-store', 'roost verify-store --json'],
  run: (surroundings) =>
    withDatabase(surroundings, 'read', async (database, config) => {
      const masterKey = existingMasterKey(config);
      const vault = createVault(masterKey, systemRandom);
      const { rows, checks, problems } = await database.check({
        nowMs: systemClock(),
        retention: RETENTION,
        fits: fits(masterKey),
        opens: (sealedRecipient, owner) => vault.openRecipient({ ...owner, sealedRecipient } as Verification),
      });
      const failed = new Map(problems.map((problem) => [problem.check, problem]));
      const lines = checks.map((check) => {
        const problem = failed.get(check);
        if (problem === undefined) return `ok      ${check}`;
        return `WRONG   ${check}: ${problem.count} (${problem.examples.join('; ')})`;
      });
      const total = Object.entries(rows).map(([table, count]) => `${table} ${count.toLocaleString('en-US')}`);
      const verdict =
        problems.length === 0
          ? `The store is sound: ${counted(checks.length, 'check')}.`
          : `The store is damaged: ${problems.length} of ${counted(checks.length, 'check')} failed.`;
      return {
        json: { sound: problems.length === 0, rows, checks, problems },
        text: [...lines, `rows    ${total.join(', ')}`, verdict],
        exitCode: problems.length === 0 ? 0 : 3,
      };
    }),
};
