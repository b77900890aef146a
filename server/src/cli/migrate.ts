import { systemClock } from '../kernel/clock.ts';
import type { Command } from './command.ts';
import { counted, withDatabase } from './store-tools.ts';

export const migrate: Command = {
  does: 'Brings the tables of the store up to date',
  words: [],
  options: { 'dry-run': { type: 'boolean' } },
  optionWords: [['--dry-run', 'only shows which steps are outstanding']],
  more: ['roost serve does this by itself when it starts. Take a backup first: steps go forward only.'],
  examples: ['roost migrate --dry-run', 'roost migrate'],
  run: (surroundings, { options }) =>
    withDatabase(surroundings, options['dry-run'] === true ? 'read' : 'change', async (database) => {
      const isDryRun = options['dry-run'] === true;
      const steps = await database.steps();
      const outstanding = steps.filter(({ state }) => state === 'outstanding');
      if (!isDryRun && outstanding.length > 0) await database.migrate(systemClock());
      const lines = outstanding.map(({ number, name }) => `  step ${number}: ${name}`);
      const summary =
        outstanding.length === 0
          ? `The store is up to date (step ${steps.at(-1)?.number ?? 0}).`
          : `${counted(outstanding.length, 'step')} ${isDryRun ? 'outstanding' : 'taken'}:`;
      return {
        json: {
          dryRun: isDryRun,
          [isDryRun ? 'outstanding' : 'taken']: outstanding.map(({ number, name }) => ({ number, name })),
        },
        text: [summary, ...lines],
      };
    }),
};
