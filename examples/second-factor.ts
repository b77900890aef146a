// A whole second factor for one customer: an authenticator app, recovery codes, a phone, and an approved payment.
//   ROOST_ACCESS_KEY=test_… node examples/second-factor.ts
import { createHmac } from 'node:crypto';
import { createProofVerifier, type Payment, Roost, RoostError } from '@roost/client';

const url = process.env.ROOST_URL ?? 'http://localhost:8080';
const roost = new Roost({ url, accessKey: process.env.ROOST_ACCESS_KEY ?? '' });

// #region enrol
/** What the customer scans, and what confirms that it was scanned. */
async function enrolApp(user: string, codeOf: (base32: string) => string): Promise<string> {
  const { factor, secret } = await roost.factors.enrol(user, { kind: 'totp', issuer: 'BirdBank' });
  // The page shows secret.qrSvg, and secret.base32 for those who type it; neither is shown again.
  await roost.factors.confirm(user, factor.id, codeOf(secret.base32));
  return secret.base32;
}
// #endregion

// #region signin
/** Asks who it is, after the password was right. Answers false when the code is not. */
async function signIn(user: string, factor: string, code: string): Promise<boolean> {
  const { id } = await roost.challenges.create({ user, purpose: 'sign-in' });
  try {
    const { proof } = await roost.challenges.check(id, { factor, code, clientIp: '203.0.113.9' });
    await roost.proofs.redeem(proof, { purpose: 'sign-in' });
    return true;
  } catch (error) {
    if (error instanceof RoostError && error.reason === 'wrong_code') return false;
    throw error; // used up, expired, too many tries: `error.message` says it in words for the customer
  }
}
// #endregion

// #region phone
/** A phone that was verified at the sign-up becomes a factor without a second code. */
async function enrolPhone(user: string, verification: string): Promise<string> {
  const { factor } = await roost.factors.enrol(user, { kind: 'sms', verification });
  return factor.id;
}
// #endregion

// #region payment
/** The customer reads amount and payee on the phone, and types the code that is made for them. */
async function approve(user: string, factor: string, payment: Payment, readCode: () => Promise<string>) {
  const transaction = { payment };
  const { id } = await roost.challenges.create({ user, purpose: 'payment', transaction });
  await roost.challenges.send(id, { factor });
  const { proof } = await roost.challenges.check(id, { factor, code: await readCode(), transaction });
  await roost.proofs.redeem(proof, { purpose: 'payment', transaction });
  // Execute the payment here, once; the evidence is for whoever asks later.
  return roost.challenges.evidence(id);
}
// #endregion

/** What an authenticator app does with the secret (RFC 6238), since nobody is here to read one. */
function codeOf(base32: string, steps = 0): string {
  const bits = [...base32.replaceAll(' ', '')].map((character) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(character).toString(2).padStart(5, '0'),
  );
  const key = Buffer.from(
    bits
      .join('')
      .match(/.{8}/g)
      ?.map((byte) => Number.parseInt(byte, 2)) ?? [],
  );
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac('sha1', key).update(counter).digest();
  const number = mac.readUInt32BE((mac.at(-1) ?? 0) & 0x0f) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

/** What the phone shows; in earnest a person reads it. */
async function latestCode(recipient: string, after: string | undefined): Promise<string> {
  const query = after === undefined ? { recipient } : { recipient, after };
  const messages = await roost.sandbox.messages({ ...query, wait: 10 });
  return messages.findLast(({ token }) => token !== '')?.token ?? '';
}

const user = `customer-${Date.now()}`;
const secret = await enrolApp(user, codeOf);
const { codes } = (await roost.factors.enrol(user, { kind: 'recovery' })) satisfies {
  codes: readonly string[];
};
console.log(`An authenticator app is confirmed, and ${codes.length} recovery codes are on paper.`);

const [app, recovery] = await roost.factors.list(user);
if (app === undefined || recovery === undefined) throw new Error('the factors are not there');
const wrong = await signIn(user, app.id, '000000');
const right = await signIn(user, app.id, codeOf(secret, 1)); // the first code is used up, so the next one
const last = await signIn(user, recovery.id, codes[0] ?? '');
console.log(`Signed in: by a wrong code ${wrong}, by the app ${right}, by a recovery code ${last}.`);

const recipient = `+3161${String(Date.now()).slice(-7)}`;
const { id, token } = await roost.verify.create({ recipient, timeout: 300, returnToken: true });
await roost.verify.check(id, token ?? '');
const phone = await enrolPhone(user, id);
const before = (await roost.sandbox.messages({ recipient })).at(-1)?.id;
const payment = { amount: '1250.00', currency: 'EUR', payee: 'Vogel & Zoon BV' };
const { text, signed } = await approve(user, phone, payment, () => latestCode(recipient, before));
const verifier = createProofVerifier({ url, audience: 'default', mode: 'test' });
const { transaction } = await verifier.verifyEvidence(signed);
console.log(`The phone showed: ${text}`);
console.log(`Approved: ${transaction.payment?.amount} to ${transaction.payment?.payee}.`);
