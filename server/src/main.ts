import { runCommand } from './cli/run.ts';
import { readConfig } from './config.ts';

// The house is built only for commands that need it: a health check must cost little.
const house = () => import('./compose.ts');

await runCommand(process.argv.slice(2), {
  env: process.env,
  folder: process.cwd(),
  readConfig,
  composeRoost: async (...given) => (await house()).composeRoost(...given),
  openStore: async (...given) => (await house()).openStore(...given),
  openDatabase: async (...given) => (await house()).openDatabase(...given),
  print: (text) => process.stdout.write(`${text}\n`),
  complain: (text) => process.stderr.write(`${text}\n`),
  write: (bytes) =>
    new Promise((taken, fail) => process.stdout.write(bytes, (error) => (error ? fail(error) : taken()))),
});
