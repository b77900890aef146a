// Tries what goes wrong in earnest: a provider that refuses, and a code that is too old.
//   ROOST_ACCESS_KEY=test_… node examples/sandbox.ts
import { Roost, RoostError } from '@roost/client';

const roost = new Roost({
  url: process.env.ROOST_URL ?? 'http://localhost:8080',
  accessKey: process.env.ROOST_ACCESS_KEY ?? '',
});
const recipient = '+31 6 1234 5680';

// Every text is refused for an hour, or until it is healed.
await roost.sandbox.fail({ channel: 'sms', kind: 'refused' });
try {
  const { id } = await roost.verify.create({ recipient, timeout: 300 });
  let { status } = await roost.verify.read(id);
  while (status === 'sent') {
    await new Promise((resolve) => setTimeout(resolve, 100));
    ({ status } = await roost.verify.read(id));
  }
  console.log(`With a provider that refuses, the verification is ${status}.`);
} finally {
  await roost.sandbox.heal('sms');
}

const last = (await roost.sandbox.messages({ recipient })).at(-1);
const { id } = await roost.verify.create({ recipient, timeout: 300 });
const after = last === undefined ? {} : { after: last.id };
const [message] = await roost.sandbox.messages({ recipient, ...after, wait: 10 });

// Five minutes pass for this verification alone.
await roost.sandbox.age(id, 300);
try {
  await roost.verify.check(id, message?.token ?? '');
} catch (error) {
  if (!(error instanceof RoostError) || error.kind !== 'refused') throw error;
  console.log(`Five minutes later: ${error.message}`);
}
