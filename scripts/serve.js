import { serverCommand } from './command.js';

await serverCommand('server/src/main.js', 'serve');
