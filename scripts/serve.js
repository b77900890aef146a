import { nodeCommand } from './command.js';

await nodeCommand('server/src/main.js', 'serve');
