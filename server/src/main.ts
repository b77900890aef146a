import { runCommand } from './cli/run.ts';
import { composeRoost } from './compose.ts';
import { readConfig } from './config.ts';

await runCommand(process.argv.slice(2), {
  env: process.env,
  folder: process.cwd(),
  readConfig,
  composeRoost,
  print: (text) => process.stdout.write(`${text}\n`),
  complain: (text) => process.stderr.write(`${text}\n`),
});
