// Sends a code and checks it with the MessageBird SDK for Node, as it is published.
//   ROOST_ACCESS_KEY=test_… node --import ./examples/messagebird-node/shim.js examples/messagebird-node/verify.js
import { promisify } from 'node:util';
import messagebird from 'messagebird';

const { verify } = messagebird.initClient(process.env.ROOST_ACCESS_KEY ?? '');
const create = promisify(verify.create);
const check = promisify(verify.verify);

// With a test key Roost tells the code on request; in earnest a person reads it and types it.
const { id, token } = await create('31612345680', { timeout: 300, returnToken: true });
console.log(`A code was sent for the verification ${id}.`);

const { status } = await check(id, token);
console.log(`The number is ${status}.`);
