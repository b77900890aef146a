import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBase32 } from '../../server/src/domain/factor/base32.ts';
import { hotp } from '../../server/src/domain/factor/hotp.ts';
import { totp, USUAL_TOTP } from '../../server/src/domain/factor/totp.ts';
import { FAILURE_CODES } from '../../server/src/kernel/failure.ts';
import { type Scope, type StartedRoost, startRoost } from '../../server/test/support/roost.ts';
import { REASONS } from '../src/errors.ts';
import { createProofVerifier, type EnrolledApp, Roost, RoostError, type TotpFactor } from '../src/index.ts';
import { sendJson, startStub } from './stub.ts';

const STEP_MS = 30_000;
const SECRET = Buffer.from('12345678901234567890');
const TRANSACTION = { payment: { amount: '12.50', currency: 'EUR', payee: 'Vogel BV' } } as const;

type Started = { readonly server: StartedRoost; readonly roost: Roost };

async function start(t: Scope): Promise<Started> {
  const server = await startRoost(t);
  return { server, roost: new Roost({ url: server.url, accessKey: server.testKey }) };
}

/** What the app shows. */
function codeOf({ secret }: EnrolledApp, server: StartedRoost): string {
  const key = fromBase32(secret.base32);
  assert.ok(key !== null);
  return totp(USUAL_TOTP, key, server.clock());
}

async function enrolApp({ server, roost }: Started, user = 'ann'): Promise<EnrolledApp> {
  const app = await roost.factors.enrol(user, { kind: 'totp', issuer: 'BirdBank' });
  await roost.factors.confirm(user, app.factor.id, codeOf(app, server));
  server.clock.advance(STEP_MS);
  return app;
}

async function enrolPhone({ roost }: Started, user = 'ann'): Promise<string> {
  const wanted = { kind: 'sms', recipient: '+31612345678', returnToken: true } as const;
  const { factor, token } = await roost.factors.enrol(user, wanted);
  assert.ok(token !== null);
  await roost.factors.confirm(user, factor.id, token);
  return factor.id;
}

async function failure(call: Promise<unknown>): Promise<RoostError> {
  const error = await call.then(
    () => assert.fail('the call did not fail'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof RoostError, String(error));
  return error;
}

test('an app is enrolled, confirmed, listed, renamed and removed, with dates for times', async (t) => {
  const { server, roost } = await start(t);
  const app = await roost.factors.enrol('ann', { kind: 'totp', issuer: 'BirdBank', name: 'My phone' });
  assert.match(app.secret.uri, /^otpauth:\/\/totp\/BirdBank:ann\?/);
  assert.match(app.secret.qrSvg, /^<svg /);
  assert.deepEqual([app.factor.state, app.factor.digits, app.factor.serial], ['pending', 6, null]);
  assert.ok(app.factor.createdAt instanceof Date && app.factor.confirmedAt === null);
  const confirmed = await roost.factors.confirm('ann', app.factor.id, codeOf(app, server));
  assert.equal(confirmed.state, 'active');
  assert.equal((await roost.factors.rename('ann', app.factor.id, 'Old phone')).name, 'Old phone');
  const [listed] = await roost.factors.list('ann');
  const { notice, ...active } = confirmed;
  assert.deepEqual(notice, { event: 'factor_added', sentTo: [] });
  assert.deepEqual({ ...listed, name: null }, { ...active, name: null });
  assert.equal(await roost.factors.remove('ann', app.factor.id), undefined);
  assert.deepEqual(await roost.factors.list('ann'), []);
});

test('the last factor stays where one is to be kept, and the reason says so', async (t) => {
  const { server, roost } = await start(t);
  const app = await roost.factors.enrol('ann', { kind: 'totp' });
  await roost.factors.confirm('ann', app.factor.id, codeOf(app, server));
  const error = await failure(roost.factors.remove('ann', app.factor.id, { keepOne: true }));
  assert.deepEqual([error.kind, error.reason, error.status], ['refused', 'last_factor', 409]);
  assert.equal((await roost.factors.list('ann')).length, 1);
  await roost.factors.remove('ann', app.factor.id, { keepOne: false });
  assert.deepEqual(await roost.factors.list('ann'), []);
});

test('an authenticator that is in use is taken over by its address', async (t) => {
  const { server, roost } = await start(t);
  const uri = 'otpauth://totp/Old:ann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&algorithm=SHA256&digits=8';
  const { factor } = await roost.factors.enrol('ann', { kind: 'totp', uri });
  assert.deepEqual([factor.algorithm, factor.digits], ['SHA256', 8]);
  const settings = { ...USUAL_TOTP, algorithm: 'SHA256', digits: 8 } as const;
  const code = totp(settings, SECRET, server.clock());
  assert.equal((await roost.factors.confirm('ann', factor.id, code)).state, 'active');
});

test('recovery codes, phones and mailboxes are enrolled, each with what it shows once', async (t) => {
  const started = await start(t);
  const { roost } = started;
  const recovery = await roost.factors.enrol('ann', { kind: 'recovery' });
  assert.equal(recovery.codes.length, 10);
  assert.equal(recovery.factor.codesLeft, 10);
  await enrolPhone(started);
  const mailbox = await roost.factors.enrol('ann', { kind: 'email', recipient: 'ann@example.com' });
  assert.equal(mailbox.token, null, 'not asked for');
  const factors = await roost.factors.list('ann');
  assert.deepEqual(
    factors.map(({ kind }) => kind),
    ['recovery', 'sms', 'email'],
  );
  const phone = factors[1];
  assert.ok(phone?.kind === 'sms');
  assert.doesNotMatch(phone.recipient, /612345/);
});

test('tokens are imported, listed, given out, found again by two codes, and reported lost', async (t) => {
  const { roost } = await start(t);
  const data = `H-1,${SECRET.toString('hex')}\nK-1,${SECRET.toString('hex')},ocra,,,OCRA-1:HOTP-SHA1-6:QN08`;
  const imported = await roost.tokens.import({ format: 'csv', data });
  assert.deepEqual(
    imported.map(({ serial, kind, state, digits, suite }) => [serial, kind, state, digits, suite]),
    [
      ['H-1', 'hotp', 'stock', 6, null],
      ['K-1', 'ocra', 'stock', null, 'OCRA-1:HOTP-SHA1-6:QN08'],
    ],
  );
  const keypad = await roost.factors.enrol('ann', { kind: 'ocra', serial: 'K-1' });
  assert.match(keypad.question ?? '', /^\d{8}$/);
  const { factor, question } = await roost.factors.enrol('ann', { kind: 'hotp', serial: 'H-1' });
  assert.equal(question, null);
  const code = (counter: number) => hotp({ algorithm: 'SHA1', digits: 6 }, SECRET, counter);
  await roost.factors.confirm('ann', factor.id, code(0));
  const found = await roost.factors.resync('ann', factor.id, [code(40), code(41)]);
  assert.equal(found.serial, 'H-1');
  assert.deepEqual(await roost.tokens.list(), []);
  assert.equal((await roost.tokens.list('assigned')).length, 2);
  const lost = await roost.tokens.reportLost('H-1');
  assert.equal(lost.state, 'lost');
  assert.equal(await roost.tokens.delete('H-1'), undefined);
  assert.equal((await failure(roost.tokens.delete('H-1'))).kind, 'notFound');
});

test('a challenge is answered once, and its proof is verified offline and redeemed once', async (t) => {
  const started = await start(t);
  const { server, roost } = started;
  const app = await enrolApp(started);
  const open = await roost.challenges.create({ user: 'ann', purpose: 'sign-in', validSeconds: 60 });
  assert.deepEqual(
    open.factors.map(({ id }) => id),
    [app.factor.id],
  );
  assert.equal(open.expiresAt.getTime() - open.createdAt.getTime(), 60_000);
  const answer = { factor: app.factor.id, code: codeOf(app, server), device: 'cookie-of-ann' };
  const approved = await roost.challenges.check(open.id, answer);
  assert.deepEqual(approved.approvedBy, { factor: app.factor.id, kind: 'totp' });
  const verifier = createProofVerifier({
    ...{ url: server.url, audience: 'default', mode: 'test', now: server.clock },
  });
  assert.equal((await verifier.verify(approved.proof, { purpose: 'sign-in' })).user, 'ann');
  const redeemed = await roost.proofs.redeem(approved.proof, { purpose: 'sign-in' });
  assert.deepEqual([redeemed.user, redeemed.challenge, redeemed.level], ['ann', open.id, 'standard']);
  const again = await failure(roost.proofs.redeem(approved.proof, { purpose: 'sign-in' }));
  assert.deepEqual([again.kind, again.reason, again.status], ['refused', 'code_spent', 409]);
  const read = await roost.challenges.read(open.id);
  assert.ok(read.state === 'approved');
  assert.deepEqual(read.redeemedAt, redeemed.redeemedAt);
});

test('a payment is approved by the code that was sent for it, and leaves evidence', async (t) => {
  const started = await start(t);
  const { roost } = started;
  const factor = await enrolPhone(started);
  const asked = { user: 'ann', purpose: 'payment', transaction: TRANSACTION };
  const { id, transaction } = await roost.challenges.create({ ...asked, factors: ['sms'] });
  assert.deepEqual(transaction, { payment: { ...TRANSACTION.payment, reference: null } });
  const { token } = await roost.challenges.send(id, { factor, returnToken: true });
  assert.ok(token !== null);
  const { proof } = await roost.challenges.check(id, { factor, code: token, transaction: TRANSACTION });
  const dearer = { payment: { ...TRANSACTION.payment, amount: '99.00' } };
  const other = await failure(roost.proofs.redeem(proof, { purpose: 'payment', transaction: dearer }));
  assert.equal(other.reason, 'invalid_parameter');
  await roost.proofs.redeem(proof, { purpose: 'payment', transaction: TRANSACTION });
  const evidence = await roost.challenges.evidence(id);
  assert.deepEqual(evidence.transaction, transaction);
  assert.match(evidence.text ?? '', /%token approves: EUR 12\.50 to Vogel BV/);
  assert.ok(evidence.approvedAt instanceof Date && evidence.redeemedAt instanceof Date);
});

test('a challenge is taken back, and the refusals of /v1 come with their reason', async (t) => {
  const started = await start(t);
  const { server, roost } = started;
  const none = await failure(roost.challenges.create({ user: 'ann', purpose: 'sign-in' }));
  assert.deepEqual(
    [none.kind, none.reason, none.errors[0]?.parameter],
    ['refused', 'invalid_parameter', 'user'],
  );
  const app = await enrolApp(started);
  const factor = app.factor.id;
  const first = await roost.challenges.create({ user: 'ann', purpose: 'sign-in' });
  const canceled = await roost.challenges.cancel(first.id);
  assert.equal(canceled.state, 'canceled');
  const late = await failure(roost.challenges.check(first.id, { factor, code: codeOf(app, server) }));
  assert.equal(late.reason, 'code_spent');
  const { id } = await roost.challenges.create({ user: 'ann', purpose: 'sign-in' });
  const odd = await failure(roost.challenges.check(id, { factor, code: 'what?' }));
  assert.deepEqual([odd.reason, odd.attemptsLeft], ['malformed_code', null]);
  for (const attemptsLeft of [4, 3, 2, 1, 0]) {
    const wrong = await failure(roost.challenges.check(id, { factor, code: '000000' }));
    assert.deepEqual([wrong.kind, wrong.reason, wrong.attemptsLeft], ['refused', 'wrong_code', attemptsLeft]);
  }
  const next = await roost.challenges.create({ user: 'ann', purpose: 'sign-in' });
  const waits = await failure(roost.challenges.check(next.id, { factor, code: codeOf(app, server) }));
  assert.deepEqual([waits.kind, waits.reason], ['unavailable', 'budget_spent']);
  assert.ok((waits.retryAt?.getTime() ?? 0) > server.clock());
  assert.ok(waits.retryAfterSeconds !== null && waits.retryAfterSeconds <= 30);
  const ended = await roost.challenges.read(id);
  assert.deepEqual([ended.state, 'reason' in ended && ended.reason], ['failed', 'attempts used up']);
  server.clock.advance(600_000);
  assert.equal((await roost.challenges.read(next.id)).state, 'expired');
  const bad = new Roost({ url: server.url, accessKey: 'test_nobodynobodynobodynobody' });
  assert.equal((await failure(bad.factors.list('ann'))).kind, 'unauthorized');
  assert.equal((await failure(roost.challenges.evidence(id))).kind, 'notFound');
});

test('every problem of a request is told, each with its parameter', async (t) => {
  const { roost } = await start(t);
  const error = await failure(
    roost.factors.enrol('ann', { kind: 'sms', recipient: 'nobody', template: 'no code' }),
  );
  assert.equal(error.status, 422);
  assert.deepEqual(error.errors.map(({ parameter }) => parameter).sort(), ['recipient', 'template']);
  assert.ok(error.requestId !== null);
});

test('an id or a user that would reach another endpoint is refused before anything is sent', async (t) => {
  const { roost, heard } = await startStub(t, (response) => sendJson(response, 200, {}));
  for (const odd of ['', '.', '..', 'a/b', '%2e', 'x?y', 'é']) {
    const calls = [
      () => roost.factors.list(odd),
      () => roost.factors.enrol(odd, { kind: 'totp' }),
      () => roost.factors.remove('ann', odd),
      () => roost.challenges.read(odd),
      () => roost.challenges.check(odd, { factor: 'x', code: '123456' }),
      () => roost.tokens.delete(odd),
    ];
    for (const call of calls) await assert.rejects(call(), TypeError, odd);
  }
  assert.equal(heard.length, 0);
});

test('what is not quite an answer of /v1 is "unexpected", and a check without "approved" is no success', async (t) => {
  const about = {
    id: 'a'.repeat(32),
    user: 'ann',
    purpose: 'x',
    audience: 'x',
    attemptsLeft: 5,
    factors: [],
  };
  const times = { createdAt: '2024-01-02T03:04:05Z', expiresAt: '2024-01-02T03:04:05Z' };
  const bodies = [
    { factors: {} },
    { factors: [{ id: 'x' }] },
    { factors: [{ kind: 'fax' }] },
    '<h1>',
    'null',
    [],
  ];
  const checks = [{ ...about, ...times, state: 'open' }, { ...about, state: 'approved' }, {}];
  const left: unknown[] = [...bodies, ...checks];
  const { roost } = await startStub(t, (response) => sendJson(response, 200, left.shift()));
  for (const _ of bodies) assert.equal((await failure(roost.factors.list('ann'))).kind, 'unexpected');
  for (const _ of checks) {
    const check = roost.challenges.check(about.id, { factor: 'x', code: '123456' });
    assert.equal((await failure(check)).kind, 'unexpected');
  }
});

test('a refusal of some other program is "unexpected", whatever its status', async (t) => {
  const bodies = [
    { errors: [{ code: 'no_endpoint', message: 'x', parameter: null }] },
    { error: 'x' },
    '<h1>',
  ];
  const left: unknown[] = [...bodies];
  const { roost } = await startStub(t, (response) => sendJson(response, 404, left.shift()));
  for (const _ of bodies) {
    const error = await failure(roost.challenges.read('a'.repeat(32)));
    assert.deepEqual([error.kind, error.reason], ['unexpected', null]);
  }
});

test('the factors of a newer Roost are read for what this client knows of them', async (t) => {
  const factor: TotpFactor = {
    ...{
      id: 'a'.repeat(32),
      kind: 'totp',
      name: null,
      state: 'active',
      algorithm: 'SHA1',
      digits: 6,
      period: 30,
    },
    ...{ createdAt: new Date(0), confirmedAt: new Date(1), lastUsedAt: null, serial: null },
  };
  const { roost } = await startStub(t, (response) =>
    sendJson(response, 200, { factors: [{ ...factor, colour: 'blue' }], more: true }),
  );
  assert.deepEqual(await roost.factors.list('ann'), [factor]);
});

test('every reason that Roost can give has a name here, and no other', () => {
  assert.deepEqual([...REASONS].sort(), [...FAILURE_CODES].sort());
});

test('the options of a passkey are passed on whole, and what confirms it is judged by Roost', async (t) => {
  const started = await start(t);
  const { roost } = started;
  const made = await roost.factors.enrol('ann', {
    kind: 'webauthn',
    account: 'ann@example.com',
    name: 'Key',
  });
  assert.deepEqual([made.factor.kind, made.factor.passkey], ['webauthn', null]);
  assert.equal(made.publicKey.user.name, 'ann@example.com');
  assert.ok(made.publicKey.pubKeyCredParams.length > 0);
  const response = { clientDataJSON: 'e30', attestationObject: 'oA', transports: [] };
  const credential = { id: 'AA', rawId: 'AA', type: 'public-key', response } as const;
  const refused = await failure(
    roost.factors.confirm('ann', made.factor.id, {
      credential: { ...credential, clientExtensionResults: {} },
    }),
  );
  assert.equal(refused.kind, 'refused');
  const open = await roost.challenges.create({ purpose: 'sign-in' });
  assert.equal(open.user, null);
  assert.equal(typeof open.publicKey?.challenge, 'string');
});

test('a plain verification gives a proof that is verified and redeemed, and a phone that needs no second code', async (t) => {
  const { server, roost } = await start(t);
  const recipient = '+31612345678';
  const prove = async (): Promise<string> => {
    const { id, token } = await roost.verify.create({ recipient, returnToken: true });
    await roost.verify.check(id, token ?? '');
    return id;
  };
  const id = await prove();
  const { proof } = await roost.proofs.ofVerification(id, { purpose: 'sign-up' });
  const verifier = createProofVerifier({
    ...{ url: server.url, audience: 'default', mode: 'test', now: server.clock },
  });
  const told = await verifier.verifyRecipient(proof, { purpose: 'sign-up', recipient });
  assert.equal(told.verification, id);
  const redeemed = await roost.proofs.redeemRecipient(proof, { purpose: 'sign-up', recipient });
  assert.deepEqual([redeemed.verification, redeemed.recipient], [id, recipient]);
  const again = await failure(roost.proofs.redeemRecipient(proof, { purpose: 'sign-up', recipient }));
  assert.equal(again.reason, 'code_spent');
  const { factor } = await roost.factors.enrol('ann', { kind: 'sms', verification: await prove() });
  assert.equal(factor.state, 'active');
});

test('the use of a recovery code tells by whom the user was told of it', async (t) => {
  const started = await start(t);
  const { roost } = started;
  await enrolPhone(started);
  const { factor, codes, notice } = await roost.factors.enrol('ann', { kind: 'recovery' });
  assert.deepEqual(notice, { event: 'factor_added', sentTo: ['+31*******78'] });
  const { id } = await roost.challenges.create({ user: 'ann', purpose: 'sign-in' });
  const answered = await roost.challenges.check(id, { factor: factor.id, code: codes[0] ?? '' });
  assert.deepEqual(answered.notice, { event: 'recovery_code_used', sentTo: ['+31*******78'] });
});
