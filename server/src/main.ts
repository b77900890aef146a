import { linesOf } from './cli/lines.ts';
import { runCommand } from './cli/run.ts';
import { readConfig, readGuardRules } from './config.ts';

// Standard input is opened by the first question alone.
let asking: ReturnType<typeof linesOf> | null = null;

// The house is built only for commands that need it: a health check must cost little.
const house = () => import('./compose.ts');

await runCommand(process.argv.slice(2), {
  env: process.env,
  folder: process.cwd(),
  readConfig,
  readGuardRules,
  providerReaders: async () => (await house()).PROVIDER_KINDS,
  composeRoost: async (...given) => (await house()).composeRoost(...given),
  openStore: async (...given) => (await house()).openStore(...given),
  openDatabase: async (...given) => (await house()).openDatabase(...given),
  examineProviders: async (...given) => (await house()).examineProviders(...given),
  layersBelow: async (...given) => (await house()).layersBelow(...given),
  effectOfDraft: async (...given) => (await house()).effectOfDraft(...given),
  ask: (question) => {
    asking ??= linesOf(process.stdin, process.stderr);
    return asking(question);
  },
  print: (text) => process.stdout.write(`${text}\n`),
  complain: (text) => process.stderr.write(`${text}\n`),
  write: (bytes) =>
    new Promise((taken, fail) => process.stdout.write(bytes, (error) => (error ? fail(error) : taken()))),
});
// Whoever was asked need not go before this process can end.
if (asking !== null) process.stdin.destroy();
