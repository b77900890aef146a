import { Roost, type RoostError, type Verification } from '../src/index.ts';

// Never run: types.test.ts compiles it. A line under `@ts-expect-error` that does compile is an error.
export async function wrongCalls(roost: Roost, error: RoostError, verification: Verification): Promise<void> {
  // @ts-expect-error: a recipient is needed
  await roost.verify.create({ timeout: 300 });
  // @ts-expect-error: numbers lose their leading zeros, so a recipient is text
  await roost.verify.create({ recipient: 31612345678 });
  // @ts-expect-error: there is no such channel
  await roost.verify.create({ recipient: '+31612345678', type: 'fax' });
  // @ts-expect-error: a text message has no subject
  await roost.verify.create({ recipient: '+31612345678', subject: 'Your code' });
  // @ts-expect-error: a text message has no voice
  await roost.verify.create({ recipient: '+31612345678', type: 'sms', voice: 'female' });
  // @ts-expect-error: an e-mail has no country
  await roost.verify.create({ recipient: 'ann@example.com', type: 'email', countryCode: 'NL' });
  // @ts-expect-error: a misspelt parameter would be ignored by the server
  await roost.verify.create({ recipient: '+31612345678', timout: 300 });
  // @ts-expect-error: as a number a code loses its leading zeros
  await roost.verify.check(verification.id, 123456);
  // @ts-expect-error: a check needs a code; without one it would be a plain read
  await roost.verify.check(verification.id);
  // @ts-expect-error: only a create can tell whether the sandbox carries the message
  verification.sandbox satisfies boolean;
  // @ts-expect-error: there is no such kind
  if (error.kind === 'wrong') return;
  // @ts-expect-error: what came back is not to be changed
  verification.status = 'verified';
  // @ts-expect-error: an access key is needed
  new Roost({ url: 'http://localhost:8080' });
}

/** Right calls compile, and `type` tells the results apart. */
export async function rightCalls(roost: Roost): Promise<string> {
  await roost.verify.create({
    recipient: '06 12345678',
    countryCode: 'NL',
    datacoding: 'auto',
    maxAttempts: 3,
  });
  await roost.verify.create({ recipient: '+31612345678', type: 'tts', voice: 'male', language: 'nl-nl' });
  const created = await roost.verify.create({
    recipient: 'a@example.com',
    type: 'email',
    subject: 'Your code',
  });
  switch (created.type) {
    case 'email':
      return created.recipient;
    case 'sms':
    case 'flash':
    case 'tts':
      return created.recipient;
    default:
      return created satisfies never;
  }
}
