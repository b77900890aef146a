import assert from 'node:assert/strict';
import { createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Check } from 'typebox/schema';
import { ConfigProblems, readConfig } from '../../src/config.ts';
import { startRoost } from '../support/roost.ts';
import { attester, maker, type RegistrationTwists, register, signerOf } from './authenticator.ts';
import { factorsOf, refusalOf } from './factors.ts';
import { base64, blobOf, encoded, entryOf, fileWith, HOST, ids, textOf } from './metadata.ts';
import { beginPasskey, configured, confirmPasskey } from './passkeys.ts';

test('models are taken as the metadata say: known ones with their maker’s certificate, none that was revoked or compromised', async (t) => {
  const [root, between] = [maker(), maker()];
  const makers = { good: maker(), other: maker() };
  const u2f = attester({ by: makers.good });
  const point = createPublicKey(u2f.privateKey).export({ format: 'der', type: 'spki' }).subarray(-65);
  const u2fEntry = {
    ...entryOf(ids(9), 'A U2F key', [makers.good], ['FIDO_CERTIFIED']),
    aaguid: undefined,
    attestationCertificateKeyIdentifiers: [createHash('sha1').update(point).digest('hex')],
  };
  const fatal = [
    ...['REVOKED', 'USER_VERIFICATION_BYPASS', 'ATTESTATION_KEY_COMPROMISE'],
    ...['USER_KEY_REMOTE_COMPROMISE', 'USER_KEY_PHYSICAL_COMPROMISE'],
  ];
  const entries = [
    entryOf(ids(1), 'A good “key”', [makers.good], ['FIDO_CERTIFIED', 'UPDATE_AVAILABLE']),
    ...fatal.map((status, i) =>
      entryOf(ids(0x20 + i), `A bad key ${i}`, [makers.good], ['FIDO_CERTIFIED', status, 'UPDATE_AVAILABLE']),
    ),
    u2fEntry,
    { aaid: '4e4e#4005', metadataStatement: { description: 'UAF, which is none of ours' } },
  ];
  const file = fileWith(t, blobOf(entries, { by: signerOf(HOST, { by: root }), chain: [] }));
  const metadata = { file, roots: [base64(between), base64(root)] };
  const attestationRoots = [base64(makers.other)];
  const roost = await startRoost(t, {
    env: configured(t, { attestation: 'direct', metadata, attestationRoots }),
  });
  const attempt = async (twists: RegistrationTwists) => {
    const { id, publicKey } = await beginPasskey(roost, 'ann');
    return confirmPasskey(roost, 'ann', id, register(publicKey, { attestation: 'packed', ...twists }).answer);
  };
  const attestedBy = attester({ by: makers.good });
  const good = await attempt({ aaguid: ids(1), attestedBy });
  assert.equal(good.status, 200, good.text);
  assert.equal(good.body.passkey.model, 'A good “key”');
  const listed = await roost.call('GET', factorsOf('ann'));
  assert.equal(listed.body.factors[0].passkey.model, 'A good “key”');
  const key = await attempt({ attestation: 'fido-u2f', attestedBy: u2f });
  assert.equal(key.body.passkey?.model, 'A U2F key', key.text);
  const vouched = await attempt({ aaguid: ids(5), attestedBy: attester({ by: makers.other }) });
  assert.deepEqual([vouched.status, vouched.body.passkey?.model], [200, null], 'by attestationRoots');
  const refusals: (readonly [RegistrationTwists, RegExp])[] = [
    [{ aaguid: ids(5), attestedBy }, /its model 05050505-.* is not in policy\.webauthn\.metadata/],
    [{ aaguid: ids(1), attestedBy: attester() }, /who vouches for it is not the maker of its model, A good/],
    [{ attestation: 'fido-u2f', attestedBy: attester() }, /is not in policy\.webauthn\.metadata/],
    [{ aaguid: ids(1), attestation: 'packed-self' }, /nobody vouches/],
    [{ aaguid: ids(1), attestation: 'none' }, /nobody vouches/],
    ...fatal.map(
      (status, i) =>
        [
          { aaguid: ids(0x20 + i), attestedBy },
          new RegExp(`its model, A bad key ${i}, is reported as ${status}`),
        ] as const,
    ),
  ];
  for (const [twists, words] of refusals) {
    const refused = await attempt(twists);
    assert.equal(refusalOf(refused), 'wrong_code', refused.text);
    assert.match(refused.text, words);
  }
});

// The real root vouches for many: whoever has any certificate below it could sign metadata of their own.
test('metadata that nobody trusted has signed stop the start, with a line that says why', (t) => {
  const root = maker();
  const between = maker({ by: root });
  const entries = [entryOf(ids(1), 'A key', [root], [])];
  const by = signerOf(HOST, { by: between });
  const signed = blobOf(entries, { by, chain: [between] });
  const [head = '', body = '', tail = ''] = signed.split('.');
  const swapped = encoded({ no: 8, nextUpdate: '2027-01-01', entries: [] });
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const blobs: { readonly [name: string]: readonly [blob: string, words: RegExp | null] } = {
    good: [signed, null],
    'with a line end': [`${signed}\n`, null],
    'with the root in it': [blobOf(entries, { by, chain: [between, root] }), null],
    'of another host': [
      blobOf(entries, { by: signerOf('shop.example', { by: root }), chain: [] }),
      /is not of mds\.fidoalliance\.org$/,
    ],
    'of a stranger': [blobOf(entries, { by: signerOf(HOST), chain: [] }), /leads to none of the roots/],
    'of a stranger with the root behind': [
      blobOf(entries, { by: signerOf(HOST), chain: [root] }),
      /leads to none of the roots/,
    ],
    'without the one between': [blobOf(entries, { by, chain: [] }), /leads to none of the roots/],
    'whose time is over': [
      blobOf(entries, { by: signerOf(HOST, { by: root, until: '210101000000Z' }), chain: [] }),
      /or is over$/,
    ],
    'with another payload': [`${head}.${swapped}.${tail}`, /is not signed by what it names/],
    'cut off': [`${head}.${body}.${tail.slice(0, -9)}`, /is not signed by what it names/],
    unsigned: [`${head}.${body}.`, /is not signed by what it names/],
    'signed with another key': [
      blobOf(entries, { by: { ...by, privateKey: signerOf(HOST).privateKey }, chain: [between] }),
      /is not signed by what it names/,
    ],
    'that says another algorithm': [
      blobOf(entries, { by, chain: [between], alg: 'RS256' }),
      /is not signed by what it names/,
    ],
    'that says no algorithm': [blobOf(entries, { by, chain: [between], alg: 'none' }), /is not signed/],
    'signed with RSA by a certificate that is not': [
      `${encoded({ alg: 'RS256', x5c: [base64(by), base64(between)] })}.${body}.${sign('sha256', Buffer.from(`${head}.${body}`), rsa.privateKey).toString('base64url')}`,
      /is not signed by what it names/,
    ],
    'without certificates': [`${encoded({ alg: 'ES256' })}.${body}.${tail}`, /names no certificates/],
    'that is none': ['{"entries":[]}', /is no BLOB/],
    empty: ['', /is no BLOB/],
  };
  for (const [name, [blob, words]] of Object.entries(blobs)) {
    const metadata = { file: fileWith(t, blob), roots: [base64(root)] };
    const env = configured(t, { attestation: 'direct', metadata });
    if (words === null) {
      const { policy } = readConfig(env, '/');
      assert.equal(policy.webauthn.metadata?.models.get(textOf(ids(1)))?.description, 'A key', name);
    } else assert.throws(() => readConfig(env, '/'), isProblem(words), name);
  }
});

const isProblem = (words: RegExp) => (error: unknown) =>
  error instanceof ConfigProblems && error.problems.length === 1 && words.test(error.problems[0] ?? '');

test('a setting of the metadata that cannot be is told; a relative file begins at the working folder', (t) => {
  const root = maker();
  const roots = [base64(root)];
  const file = fileWith(t, blobOf([], { by: signerOf('mds.bank.example', { by: root }), chain: [] }));
  const direct = { attestation: 'direct' };
  const signer = 'mds.bank.example';
  const schema = JSON.parse(readFileSync(new URL('../../../roost.schema.json', import.meta.url), 'utf8'));
  const wrong: readonly (readonly [webauthn: object, words: RegExp, isRight?: 'for the schema'])[] = [
    [{ ...direct, metadata: 'mds.jwt' }, /metadata: set an object/],
    [{ ...direct, metadata: { roots } }, /metadata\.file: set the path/],
    [{ ...direct, metadata: { file, signer } }, /metadata\.roots: set the certificates/],
    [{ ...direct, metadata: { file, roots: [], signer } }, /metadata\.roots: set the certificates/],
    [{ ...direct, metadata: { file, roots, signer: 'https://mds' } }, /metadata\.signer: set a host/],
    [{ ...direct, metadata: { file, roots, signer, url: 'x' } }, /metadata\.url: there is no such setting/],
    [{ ...direct, metadata: { file: '/none', roots } }, /file: \/none cannot be read/, 'for the schema'],
    [{ metadata: { file, roots, signer } }, /metadata: set attestation to direct too/],
  ];
  for (const [webauthn, words, isRight] of wrong) {
    assert.throws(() => readConfig(configured(t, webauthn), '/'), isProblem(words), String(words));
    assert.equal(Check(schema, { policy: { webauthn } }), isRight !== undefined, String(words));
  }
  const right = { ...direct, metadata: { file: 'mds.jwt', roots, signer } };
  assert.ok(Check(schema, { policy: { webauthn: right } }));
  assert.equal(readConfig(configured(t, right), join(file, '..')).policy.webauthn.metadata?.number, 7);
});
