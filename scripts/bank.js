import { nodeCommand } from './command.js';

await nodeCommand('birdbank/src/main.ts');
