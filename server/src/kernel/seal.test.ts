import assert from 'node:assert/strict';
import { createDecipheriv } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { systemRandom } from './random.ts';
import { sealer } from './seal.ts';

const KEY = Buffer.alloc(32, 3);
const { seal, open } = sealer(KEY, systemRandom);

test('what was sealed opens to itself, under its key and context alone', () => {
  const property = fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (plain, context) => {
    const sealed = seal(plain, context);
    assert.equal(open(sealed, context), plain);
    assert.throws(() => open(sealed, `${context}x`));
    assert.throws(() => sealer(Buffer.alloc(32, 4), systemRandom).open(sealed, context));
  });
  fc.assert(property, { numRuns: 300 });
});

test('a sealed value that was changed anywhere does not open', () => {
  const sealed = seal('+31612345678', 'verification|default|live|a');
  for (let i = 0; i < sealed.length; i += 1) {
    const changed = Uint8Array.from(sealed);
    changed[i] = (changed[i] ?? 0) ^ 1;
    assert.throws(() => open(changed, 'verification|default|live|a'), `byte ${i}`);
  }
  for (let length = 0; length < sealed.length; length += 1)
    assert.throws(() => open(sealed.subarray(0, length), 'verification|default|live|a'));
});

test('it is AES-256-GCM with a fresh 96-bit nonce each time', () => {
  const seen = new Set<string>();
  for (let i = 0; i < 1_000; i += 1) seen.add(Buffer.from(seal('x', 'c').subarray(1, 13)).toString('hex'));
  assert.equal(seen.size, 1_000);
  const sealed = Buffer.from(seal('123456', 'c'));
  const decipher = createDecipheriv('aes-256-gcm', KEY, sealed.subarray(1, 13));
  decipher.setAAD(Buffer.from('c'));
  decipher.setAuthTag(sealed.subarray(-16));
  assert.equal(
    decipher.update(sealed.subarray(13, -16), undefined, 'utf8') + decipher.final('utf8'),
    '123456',
  );
});
