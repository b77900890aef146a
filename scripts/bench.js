import path from 'node:path';
import { handOver } from '../server/src/own-node.js';
import { command } from './command.js';
import { ROOT, setUp } from './setup.js';

await command(async (node, args) => {
  await setUp(path.join(ROOT, 'bench'));
  return handOver(node, ['bench/run.ts', ...args], { cwd: ROOT });
});
