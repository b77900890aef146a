import assert from 'node:assert/strict';
import test from 'node:test';
import { startPostgres } from '../../../testing/postgres.ts';
import { ocra, readSuite } from '../../src/domain/factor/ocra.ts';
import type { FactorKind, SentKind } from '../../src/domain/factor.ts';
import { type Answer, type StartedRoost, startRoost } from '../support/roost.ts';
import { answer } from './authenticator.ts';
import { challenge, enrolApp, enrolRecovery, factorsOf, refusalOf, send } from './factors.ts';
import { ask, enrolPasskey } from './passkeys.ts';
import { KEY, touch, UID } from './yubikey.ts';

/** A right proof of one user: where it counts, and what is sent. */
type Proof = { readonly ids: readonly string[]; readonly factor: string; readonly json: object };
type Ready = { readonly factor: string; prove(roost: StartedRoost): Promise<Proof> };
/** Enrols and confirms a factor for the `turn`th user of its kind. */
type Setup = (roost: StartedRoost, user: string, turn: number) => Promise<Ready>;

const SEED = Buffer.from('12345678901234567890');
const SUITE = 'OCRA-1:HOTP-SHA1-6:QN08';
const MANY = 200;
/** Of codes that are good for any challenge of their user. */
const CHALLENGES = 20;

const challenges = (roost: StartedRoost, user: string, count: number): Promise<string[]> =>
  Promise.all(Array.from({ length: count }, () => challenge(roost, user)));

/** A code that is made for no challenge, so that it could count for each of many. */
const unbound =
  (user: string, factor: string, code: () => string): Ready['prove'] =>
  async (roost) => ({
    ids: await challenges(roost, user, CHALLENGES),
    factor,
    json: { factor, code: code() },
  });

async function give(
  roost: StartedRoost,
  user: string,
  kind: string,
  serial: string,
  data: string,
  first: (question: string) => string,
): Promise<string> {
  const stocked = await roost.call('POST', '/v1/tokens/import', { json: { format: 'csv', data } });
  assert.equal(stocked.status, 201, stocked.text);
  const { body } = await roost.call('POST', factorsOf(user), { json: { kind, serial } });
  const path = `${factorsOf(user)}/${body.factor.id}/confirm`;
  const confirmed = await roost.call('POST', path, { json: { code: first(body.question) } });
  assert.equal(confirmed.status, 200, confirmed.text);
  return body.factor.id;
}

function keypad(question: string): string {
  const suite = readSuite(SUITE);
  assert.ok(suite !== null);
  return ocra(suite, SEED, { question });
}

const sentBy =
  (kind: SentKind, addressOf: (turn: number) => string): Setup =>
  async (roost, user, turn) => {
    const json = { kind, recipient: addressOf(turn), returnToken: true };
    const { body, text } = await roost.call('POST', factorsOf(user), { json });
    const factor: string = body.factor?.id ?? assert.fail(text);
    const path = `${factorsOf(user)}/${factor}/confirm`;
    assert.equal((await roost.call('POST', path, { json: { code: body.token } })).status, 200);
    return {
      factor,
      async prove(on) {
        const id = await challenge(on, user);
        return { ids: [id], factor, json: { factor, code: await send(on, id, factor) } };
      },
    };
  };

/** A kind of factor that is new does not compile before it is here. */
const SETUPS: { readonly [kind in FactorKind]: Setup } = {
  async totp(roost, user) {
    const app = await enrolApp(roost, user);
    return { factor: app.id, prove: unbound(user, app.id, () => app.code(1)) };
  },
  async hotp(roost, user, turn) {
    const data = `H-${turn},${SEED.toString('hex')},hotp,6,0,SHA1`;
    const factor = await give(roost, user, 'hotp', `H-${turn}`, data, () => '755224');
    return { factor, prove: unbound(user, factor, () => '287082') };
  },
  async ocra(roost, user, turn) {
    const data = `O-${turn},${SEED.toString('hex')},ocra,,,${SUITE}`;
    const factor = await give(roost, user, 'ocra', `O-${turn}`, data, keypad);
    return {
      factor,
      async prove(on) {
        const id = await challenge(on, user);
        const { body } = await on.call('GET', `/v1/challenges/${id}`);
        return { ids: [id], factor, json: { factor, code: keypad(body.question) } };
      },
    };
  },
  async yubikey(roost, user, turn) {
    const serial = `cccccccccc${'cb'[turn] ?? 'd'}c`;
    const data = `${serial},${KEY}${UID},yubikey`;
    const factor = await give(roost, user, 'yubikey', serial, data, () => touch(1, 0, serial));
    return { factor, prove: unbound(user, factor, () => touch(1, 5, serial)) };
  },
  async recovery(roost, user) {
    const { id, codes } = await enrolRecovery(roost, user);
    return { factor: id, prove: unbound(user, id, () => codes[0] ?? '') };
  },
  async webauthn(roost, user) {
    const { id, credential } = await enrolPasskey(roost, user);
    return {
      factor: id,
      async prove(on) {
        const asked = await ask(on, { user });
        return { ids: [asked.id], factor: id, json: { credential: answer(asked.publicKey, credential) } };
      },
    };
  },
  sms: sentBy('sms', (turn) => `+3161234561${turn}`),
  tts: sentBy('tts', (turn) => `+3161234562${turn}`),
  whatsapp: sentBy('whatsapp', (turn) => `+3161234563${turn}`),
  email: sentBy('email', (turn) => `ann${turn}@bank.example`),
};

const present = (roost: StartedRoost, id: string, { json }: Proof): Promise<Answer> =>
  roost.call('POST', `/v1/challenges/${id}/check`, { json });

/** Of an assertion in the place of a registration the shape alone is refused. */
const REFUSALS = ['wrong_code', 'code_spent', 'malformed_code', 'missing_parameter'];

/** The same proof once more: for what it was given for, for something else, and where a factor is confirmed. */
async function refuseReplay(roost: StartedRoost, user: string, proof: Proof, where: string): Promise<void> {
  const { factor, ...confirmation } = proof.json as { factor?: string };
  assert.ok(factor === undefined || factor === proof.factor);
  const path = `${factorsOf(user)}/${proof.factor}/confirm`;
  const again = [
    await present(roost, proof.ids[0] ?? '', proof),
    await present(roost, await challenge(roost, user), proof),
    await roost.call('POST', path, { json: confirmation }),
  ];
  for (const each of again) assert.ok(REFUSALS.includes(refusalOf(each)), `${where}: ${each.text}`);
}

// Stops one kind of proof from being forgotten where all others are spent once (Parse Server needed three releases).
test('for every kind of factor: of 200 parallel right proofs on two nodes one is accepted, and none is again, on another node, another endpoint, or after a restart', async (t) => {
  const { url } = await startPostgres(t);
  const env = { DATABASE_URL: url, ROOST_SECRET_KEY: 'ccccccccccccccccccccA1B2c3D4e5F6g7H8i9J0kLm' };
  const nodes = [await startRoost(t, { env }), await startRoost(t, { env })] as const;
  const [first, second] = nodes;
  const used: { readonly user: string; readonly proof: Proof; readonly kind: string }[] = [];
  for (const [kind, setUp] of Object.entries(SETUPS)) {
    const raced = await (await setUp(first, `raced-${kind}`, 0)).prove(first);
    const answers = await Promise.all(
      Array.from({ length: MANY }, (_, i) =>
        present(nodes[i % 2] ?? first, raced.ids[(i >> 1) % raced.ids.length] ?? '', raced),
      ),
    );
    for (const { status, text } of answers) assert.ok(status < 500, `${kind}: ${text}`);
    assert.equal(answers.filter(({ status }) => status === 200).length, 1, kind);

    const user = `once-${kind}`;
    const proof = await (await setUp(first, user, 1)).prove(first);
    const right = await present(first, proof.ids[0] ?? '', proof);
    assert.equal(right.status, 200, `${kind}: ${right.text}`);
    await refuseReplay(second, user, proof, `${kind} on another node`);
    used.push({ user, proof, kind });
  }
  await Promise.all(nodes.map((node) => node.stop()));
  const restarted = await startRoost(t, { env });
  for (const { user, proof, kind } of used)
    await refuseReplay(restarted, user, proof, `${kind} after a restart`);
});
