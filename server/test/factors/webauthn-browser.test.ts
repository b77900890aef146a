import assert from 'node:assert/strict';
import test from 'node:test';
import { startRoost } from '../support/roost.ts';
import { factorsOf } from './factors.ts';
import { configured } from './passkeys.ts';
import { openShop, plugIn, type Shop } from './shop.ts';

/** Enrols a passkey of the authenticator that is plugged in; answers what Roost said. */
const enrol = ({ page }: Shop, user: string, more: object = {}) =>
  page.evaluate(
    `(async () => {
      const { body } = await roost('POST', '/v1/users/${user}/factors', ${JSON.stringify({ kind: 'webauthn', ...more })});
      const credential = await passkeys.createPasskey(body.publicKey);
      return roost('POST', '/v1/users/${user}/factors/' + body.factor.id + '/confirm', { credential });
    })()`,
    // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  ) as Promise<{ status: number; body: any }>;

/** Opens a challenge and answers it by passkey; `check` is said with the answer. */
const use = ({ page }: Shop, asked: object, check: object = {}, more: object = {}) =>
  page.evaluate(
    `(async () => {
      const { body } = await roost('POST', '/v1/challenges', ${JSON.stringify({ purpose: 'sign-in', ...asked })});
      globalThis.shown = body.prompt;
      const credential = await passkeys.usePasskey(body.publicKey, ${JSON.stringify(more)});
      return roost('POST', '/v1/challenges/' + body.id + '/check', { credential, ...${JSON.stringify(check)} });
    })()`,
    // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  ) as Promise<{ status: number; body: any }>;

const PAYMENT = { amount: '1250.00', currency: 'EUR', payee: 'Vogel & Zoon BV' };

test('in a real browser a passkey is enrolled, is a second factor, signs in without a name and approves a payment', async (t) => {
  const roost = await startRoost(t);
  const shop = await openShop(t, roost);
  await plugIn(shop);
  const enrolled = await enrol(shop, 'ann', { name: 'My laptop', residentKey: 'required' });
  assert.equal(enrolled.status, 200, JSON.stringify(enrolled.body));
  assert.equal(enrolled.body.state, 'active');
  assert.equal(enrolled.body.passkey.discoverable, true);
  assert.deepEqual(enrolled.body.passkey.transports, ['internal']);

  const second = await use(shop, { user: 'ann' });
  assert.deepEqual(second.body.approvedBy, { factor: enrolled.body.id, kind: 'webauthn' });

  const passwordless = await use(shop, {});
  assert.equal(passwordless.status, 200, JSON.stringify(passwordless.body));
  assert.equal(passwordless.body.user, 'ann');

  const asked = { user: 'ann', purpose: 'payment', payment: PAYMENT };
  const paid = await use(shop, asked, { payment: PAYMENT });
  assert.equal(paid.status, 200, JSON.stringify(paid.body));
  assert.equal(await shop.page.evaluate('globalThis.shown'), 'EUR 1250.00 to Vogel & Zoon BV');
  const changed = await use(shop, asked, { payment: { ...PAYMENT, payee: 'Somebody Else' } });
  assert.equal(changed.status, 422);

  const [factor] = (await roost.call('GET', factorsOf('ann'))).body.factors;
  assert.ok(factor.passkey.counter > 0);
  assert.equal(factor.passkey.counterWentBackAt, null);
});

test('the browser offers the passkey in the field for the name, and another request takes its place', async (t) => {
  const roost = await startRoost(t);
  const shop = await openShop(t, roost);
  await plugIn(shop);
  await enrol(shop, 'ann', { residentKey: 'required' });
  assert.equal(await shop.page.evaluate('passkeys.isAutofillSupported()'), true);
  const offered = await use(shop, {}, {}, { autofill: true });
  assert.equal(offered.body.user, 'ann');
  const problem = await shop.page.evaluate(`(async () => {
    const { body } = await roost('POST', '/v1/challenges', { purpose: 'sign-in' });
    const other = await roost('POST', '/v1/challenges', { purpose: 'sign-in', user: 'ann' });
    const waiting = passkeys.usePasskey({ ...body.publicKey, rpId: 'localhost', allowCredentials: [{ id: 'AAAA', type: 'public-key' }] })
      .catch((error) => error.problem);
    await passkeys.usePasskey(other.body.publicKey);
    return waiting;
  })()`);
  assert.equal(problem, 'aborted');
});

test('a security key of the old kind is a second factor', async (t) => {
  const roost = await startRoost(t);
  const shop = await openShop(t, roost);
  await plugIn(shop, { protocol: 'u2f', transport: 'usb' });
  const enrolled = await enrol(shop, 'ann', { residentKey: 'discouraged', userVerification: 'discouraged' });
  assert.equal(enrolled.status, 200, JSON.stringify(enrolled.body));
  assert.equal(enrolled.body.passkey.discoverable, false);
  const used = await use(shop, { user: 'ann', userVerification: 'discouraged' });
  assert.equal(used.status, 200, JSON.stringify(used.body));
});

test('an authenticator is enrolled once for a user, and a user who declines is told apart', async (t) => {
  const roost = await startRoost(t);
  const shop = await openShop(t, roost);
  const authenticator = await plugIn(shop);
  await enrol(shop, 'ann');
  const again = await shop.page.evaluate(`(async () => {
    const { body } = await roost('POST', '/v1/users/ann/factors', { kind: 'webauthn' });
    return passkeys.createPasskey(body.publicKey).catch((error) => [error.name, error.problem]);
  })()`);
  assert.deepEqual(again, ['PasskeyError', 'registered-already']);

  await shop.cdp.send('WebAuthn.setUserVerified', { authenticatorId: authenticator, isUserVerified: false });
  const declined = await shop.page.evaluate(`(async () => {
    const { body } = await roost('POST', '/v1/challenges', { purpose: 'sign-in' });
    return passkeys.usePasskey(body.publicKey).catch((error) => error.problem);
  })()`);
  assert.equal(declined, 'declined');
  const elsewhere = await shop.page.evaluate(`passkeys
    .usePasskey({ challenge: 'AAAA', rpId: 'bank.example', allowCredentials: [] })
    .catch((error) => error.problem)`);
  assert.equal(elsewhere, 'wrong-site');
});

test('a browser without the newer parsers does the same', async (t) => {
  const roost = await startRoost(t);
  const shop = await openShop(t, roost);
  await plugIn(shop);
  await shop.page.evaluate(`
    delete PublicKeyCredential.parseCreationOptionsFromJSON;
    delete PublicKeyCredential.parseRequestOptionsFromJSON;
    delete PublicKeyCredential.prototype.toJSON;`);
  assert.equal((await enrol(shop, 'ann')).status, 200);
  assert.equal((await use(shop, { user: 'ann' })).status, 200);
  assert.equal((await use(shop, {})).body.user, 'ann');
});

// Stops a page of another origin, even one that its browser lets have the passkey, from signing somebody in.
test('a page of an origin that is not configured gets nowhere, whatever its browser allows', async (t) => {
  const roost = await startRoost(t, { env: configured(t, { origins: ['http://localhost:1'] }) });
  const shop = await openShop(t, roost);
  await plugIn(shop);
  const enrolled = await enrol(shop, 'ann');
  assert.equal(enrolled.status, 422);
  assert.equal(enrolled.body.errors[0].code, 'wrong_code');
  assert.match(enrolled.body.errors[0].message, /its origin http:\/\/localhost:\d+ is not among/);
});
