import { SERVER_FLAGS } from '../server/src/own-node.js';
import { nodeCommand } from './command.js';

await nodeCommand(...SERVER_FLAGS, 'server/src/main.js', 'start');
