import { type Challenge, Roost, type RoostError, type Verification } from '../src/index.ts';

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
    appHost: 'bank.example',
    clientIp: '203.0.113.9',
    deviceToken: 'laptop-cookie',
  });
  await roost.verify.create({ recipient: '+31612345678', type: 'tts', voice: 'male', language: 'nl-nl' });
  await roost.verify.create({ recipient: '+31612345678', type: 'whatsapp', locale: 'nl' });
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
    case 'whatsapp':
      return created.recipient;
    default:
      return created satisfies never;
  }
}

export async function wrongFactorCalls(roost: Roost): Promise<void> {
  // @ts-expect-error: there is no such kind
  await roost.factors.enrol('ann', { kind: 'fax' });
  // @ts-expect-error: a user is named by text
  await roost.factors.enrol(42, { kind: 'totp' });
  // @ts-expect-error: the address says all of the key, so nothing of it may be said again
  await roost.factors.enrol('ann', { kind: 'totp', uri: 'otpauth://totp/x', digits: 8 });
  // @ts-expect-error: there are no codes of seven digits
  await roost.factors.enrol('ann', { kind: 'totp', digits: 7 });
  // @ts-expect-error: a counting token comes out of the stock
  await roost.factors.enrol('ann', { kind: 'hotp' });
  // @ts-expect-error: the stock knows what a token computes with
  await roost.factors.enrol('ann', { kind: 'totp', serial: 'T-1', algorithm: 'SHA256' });
  // @ts-expect-error: codes are sent to somewhere
  await roost.factors.enrol('ann', { kind: 'sms' });
  // @ts-expect-error: a text message has no subject
  await roost.factors.enrol('ann', { kind: 'sms', recipient: '+31612345678', subject: 'Your code' });
  // @ts-expect-error: a mailbox fills no code into pages
  await roost.factors.enrol('ann', { kind: 'email', recipient: 'a@example.com', appHost: 'bank.example' });
  // @ts-expect-error: only a voice has a language
  await roost.factors.enrol('ann', { kind: 'sms', recipient: '+31612345678', language: 'nl-nl' });
  // @ts-expect-error: recovery codes have no account
  await roost.factors.enrol('ann', { kind: 'recovery', account: 'ann' });
  const app = await roost.factors.enrol('ann', { kind: 'totp' });
  // @ts-expect-error: an app has no recovery codes
  app.codes satisfies readonly string[];
  // @ts-expect-error: as a number a code loses its leading zeros
  await roost.factors.confirm('ann', app.factor.id, 123456);
  // @ts-expect-error: two codes find a token again
  await roost.factors.resync('ann', app.factor.id, ['123456']);
}

export async function wrongChallengeCalls(roost: Roost, challenge: Challenge): Promise<void> {
  // @ts-expect-error: a purpose is needed
  await roost.challenges.create({ user: 'ann' });
  const payment = { amount: '12.50', currency: 'EUR', payee: 'Vogel BV' };
  const asked = { user: 'ann', purpose: 'payment' };
  // @ts-expect-error: codes of an authenticator app are not made for one payment
  await roost.challenges.create({ ...asked, transaction: { payment }, factors: ['totp'] });
  // @ts-expect-error: an amount is text, since numbers lose decimals
  await roost.challenges.create({ ...asked, transaction: { payment: { ...payment, amount: 12.5 } } });
  // @ts-expect-error: one challenge approves one thing
  await roost.challenges.create({ ...asked, transaction: { payment, transactionText: 'and this' } });
  // @ts-expect-error: a payment is a transaction
  await roost.challenges.create({ ...asked, payment });
  // @ts-expect-error: whose code it is must be said
  await roost.challenges.check(challenge.id, { code: '123456' });
  // @ts-expect-error: a challenge that is not known to be approved has no proof
  challenge.proof satisfies string;
  // @ts-expect-error: a proof is redeemed for a purpose
  await roost.proofs.redeem('proof', {});
  // @ts-expect-error: the secrets of a CSV file are not sealed
  await roost.tokens.import({ format: 'csv', data: '', password: 'x' });
  // @ts-expect-error: by a key or by a password, not by both
  await roost.tokens.import({ format: 'pskc', data: '', key: '00', password: 'x' });
  // @ts-expect-error: there is no such state
  await roost.tokens.list('sold');
}

/** `kind` and `state` tell results apart. */
export async function rightFactorCalls(roost: Roost): Promise<string> {
  const { secret, factor } = await roost.factors.enrol('ann', {
    kind: 'totp',
    issuer: 'BirdBank',
    digits: 8,
  });
  secret.qrSvg satisfies string;
  factor.period satisfies 30 | 60;
  const token = await roost.factors.enrol('ann', { kind: 'totp', serial: 'T-1', name: 'Blue one' });
  token.question satisfies string | null;
  await roost.factors.enrol('ann', { kind: 'tts', recipient: '+31612345678', language: 'nl-nl' });
  const asks = { appHost: 'bank.example', clientIp: '203.0.113.9', device: 'laptop-cookie' };
  await roost.factors.enrol('ann', { kind: 'sms', recipient: '+31612345678', ...asks });
  await roost.challenges.send('c', { factor: 'f', ...asks });
  const { codes } = await roost.factors.enrol('ann', { kind: 'recovery' });
  codes satisfies readonly string[];
  const transaction = { payment: { amount: '12.50', currency: 'EUR', payee: 'Vogel BV' } };
  const open = await roost.challenges.create({
    ...{ user: 'ann', purpose: 'payment', transaction },
    factors: ['sms', 'ocra'],
  });
  const approved = await roost.challenges.check(open.id, { factor: 'f', code: '123456', transaction });
  await roost.proofs.redeem(approved.proof, { purpose: 'payment', transaction });
  const challenge = await roost.challenges.read(open.id);
  switch (challenge.state) {
    case 'open':
      return challenge.factors.map(({ kind }) => kind).join();
    case 'approved':
      return challenge.approvedBy.factor;
    default:
      return challenge.reason ?? challenge.state;
  }
}

export async function wrongPasskeyCalls(roost: Roost): Promise<void> {
  // @ts-expect-error: a passkey is no authenticator app, so it has no digits
  await roost.factors.enrol('ann', { kind: 'webauthn', digits: 6 });
  const { factor } = await roost.factors.enrol('ann', { kind: 'webauthn' });
  // @ts-expect-error: a credential is what the browser gave, not text
  await roost.factors.confirm('ann', factor.id, { credential: 'abc' });
  // @ts-expect-error: without a user only a passkey may answer
  await roost.challenges.create({ purpose: 'sign-in', factors: ['totp'] });
  const transaction = { transactionText: 'Close the account' };
  // @ts-expect-error: what is approved is approved by somebody
  await roost.challenges.create({ purpose: 'close', transaction });
  const open = await roost.challenges.create({ purpose: 'sign-in' });
  // @ts-expect-error: nobody has said yet who they are
  open.user satisfies string;
  // @ts-expect-error: a code is of a factor
  await roost.challenges.check(open.id, { code: '123456' });
}
