import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isSignedBy, publicKeyFrom } from '../src/ed25519.ts';

type Group = {
  readonly publicKeyJwk: { readonly x: string };
  readonly tests: readonly {
    readonly [name in 'msg' | 'sig' | 'comment' | 'result']: string;
  }[];
};

const VECTORS = new URL('../../server/test/fixtures/wycheproof/ed25519_test.json', import.meta.url);
const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));

test('the client judges all 151 vectors of Wycheproof for Ed25519 as they should be', async () => {
  const groups: readonly Group[] = JSON.parse(readFileSync(VECTORS, 'utf8')).testGroups;
  let seen = 0;
  for (const { publicKeyJwk, tests } of groups) {
    const key = await publicKeyFrom(publicKeyJwk.x);
    for (const { msg, sig, comment, result } of tests) {
      assert.equal(await isSignedBy(key, hex(msg), hex(sig)), result === 'valid', comment);
      seen += 1;
    }
  }
  assert.equal(seen, 151);
});
