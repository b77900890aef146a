import { nodeCommand } from './command.js';

await nodeCommand('--watch', '--watch-preserve-output', 'server/src/main.js', 'start');
