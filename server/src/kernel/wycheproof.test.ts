import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { isSignedBy, publicKeyFrom } from './ed25519.ts';
import { equalSecret, type HashName, hkdf, hmac } from './hmac.ts';
import { openBytes, sealBytes } from './seal.ts';

type Vector = {
  readonly [name in 'key' | 'msg' | 'tag' | 'iv' | 'aad' | 'ct' | 'sig' | 'comment']: string;
} & { readonly [name in 'ikm' | 'salt' | 'info' | 'okm']: string } & {
  readonly tcId: number;
  readonly size: number;
  readonly result: 'valid' | 'invalid';
};
type Group = {
  readonly keySize: number;
  readonly tagSize: number;
  readonly ivSize: number;
  readonly publicKey: { readonly pk: string };
  readonly tests: readonly Vector[];
};

function vectorsOf(name: string): { readonly groups: readonly Group[]; readonly count: number } {
  const file = new URL(`../../test/fixtures/wycheproof/${name}_test.json`, import.meta.url);
  const { testGroups, numberOfTests } = JSON.parse(readFileSync(file, 'utf8'));
  return { groups: testGroups, count: numberOfTests };
}

const hex = (text: string) => Buffer.from(text, 'hex');

for (const [name, hash, count] of [
  ['hmac_sha1', 'SHA1', 170],
  ['hmac_sha256', 'SHA256', 174],
  ['hmac_sha512', 'SHA512', 174],
] as const satisfies readonly (readonly [string, HashName, number])[]) {
  test(`all ${count} vectors of Wycheproof for HMAC-${hash} are judged as they should be`, () => {
    const { groups } = vectorsOf(name);
    let seen = 0;
    for (const { tests, tagSize } of groups) {
      for (const { key, msg, tag, result, tcId, comment } of tests) {
        const mac = hmac(hash, hex(key), hex(msg)).subarray(0, tagSize / 8);
        assert.equal(equalSecret(mac, hex(tag)), result === 'valid', `${tcId}: ${comment}`);
        seen += 1;
      }
    }
    assert.equal(seen, count);
  });
}

/** A vector in the form in which this product keeps what it has sealed. */
const sealedOf = ({ iv, ct, tag }: Vector) => Buffer.concat([Buffer.of(1), hex(iv), hex(ct), hex(tag)]);

test('of the 316 vectors of Wycheproof for AES-GCM, those of our key and nonce size seal and open as they should', () => {
  const { groups, count } = vectorsOf('aes_gcm');
  assert.equal(count, 316);
  let seen = 0;
  for (const { tests } of groups.filter(({ keySize, ivSize }) => keySize === 256 && ivSize === 96)) {
    for (const vector of tests) {
      const { key, msg, iv, aad, result, tcId, comment } = vector;
      const open = () => openBytes(hex(key), sealedOf(vector), hex(aad));
      if (result === 'valid') {
        assert.deepEqual(open(), hex(msg), `${tcId}: ${comment}`);
        assert.deepEqual(sealBytes(hex(key), hex(iv), hex(msg), hex(aad)), sealedOf(vector), comment);
      } else {
        assert.throws(open, `${tcId}: ${comment}`);
      }
      seen += 1;
    }
  }
  assert.equal(seen, 66);
});

test('all other vectors are refused: keys and nonces of another size are not ours', () => {
  const { groups } = vectorsOf('aes_gcm');
  let seen = 0;
  for (const { tests } of groups.filter(({ keySize, ivSize }) => keySize !== 256 || ivSize !== 96)) {
    for (const vector of tests) {
      assert.throws(() => openBytes(hex(vector.key), sealedOf(vector), hex(vector.aad)), `${vector.tcId}`);
      seen += 1;
    }
  }
  assert.equal(seen, 250);
});

test('all 86 vectors of Wycheproof for HKDF-SHA-256 give the keys that they should, and more bytes than there are is refused', () => {
  const { groups, count } = vectorsOf('hkdf_sha256');
  assert.equal(count, 86);
  let seen = 0;
  for (const { tests } of groups) {
    for (const { ikm, salt, info, size, okm, result, tcId, comment } of tests) {
      const derive = () => hkdf(hex(ikm), hex(salt), hex(info), size);
      if (result === 'valid') assert.deepEqual(derive(), hex(okm), `${tcId}: ${comment}`);
      else assert.throws(derive, `${tcId}: ${comment}`);
      seen += 1;
    }
  }
  assert.equal(seen, count);
});

// Forged in all the ways that a lax verifier takes: S beyond the order, other encodings of R and A, shortened, lengthened.
test('all 151 vectors of Wycheproof for Ed25519 are judged as they should be', () => {
  const { groups, count } = vectorsOf('ed25519');
  assert.equal(count, 151);
  let seen = 0;
  for (const { tests, publicKey } of groups) {
    const key = publicKeyFrom(hex(publicKey.pk));
    assert.ok(key !== null);
    for (const { msg, sig, result, tcId, comment } of tests) {
      assert.equal(isSignedBy(key, hex(msg), hex(sig)), result === 'valid', `${tcId}: ${comment}`);
      seen += 1;
    }
  }
  assert.equal(seen, count);
});
