// Sends a code and checks it with @roost/client, a wrong guess first.
//   ROOST_ACCESS_KEY=test_… node examples/client.ts
import { Roost, RoostError } from '@roost/client';

const roost = new Roost({
  url: process.env.ROOST_URL ?? 'http://localhost:8080',
  accessKey: process.env.ROOST_ACCESS_KEY ?? '',
});

const recipient = '+31 6 1234 5679';
const last = (await roost.sandbox.messages({ recipient })).at(-1);
const { id } = await roost.verify.create({ recipient, timeout: 300 });
console.log(`A code was sent for the verification ${id}.`);

// In earnest a person reads the code and types it; the sandbox shows it to a program.
const after = last === undefined ? {} : { after: last.id };
const [message] = await roost.sandbox.messages({ recipient, ...after, wait: 10 });
const code = message?.token ?? '';

try {
  await roost.verify.check(id, code === '000000' ? '000001' : '000000');
} catch (error) {
  if (!(error instanceof RoostError) || error.kind !== 'refused') throw error;
  console.log(`${error.message} ${error.attemptsLeft} guesses left.`);
}

const { status } = await roost.verify.check(id, code);
console.log(`The number is ${status}.`);
