import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import test from 'node:test';
import fc from 'fast-check';
import { acceptYubikey, crcOf, fromModhex, readYubikeyOtp } from './yubikey.ts';

const KEY = Buffer.from('ecde18dbe76fbd0c33330f1c354871db', 'hex');
const UID = Buffer.from('8792ebfe26cc', 'hex');
const SECRET = Buffer.concat([KEY, UID]);

function seal(uses: number, touches: number, uid = UID, key = KEY): Buffer {
  const plain = Buffer.alloc(16);
  uid.copy(plain);
  plain.writeUInt16LE(uses, 6);
  plain.writeUInt8(touches, 11);
  plain.writeUInt16LE(~crcOf(plain.subarray(0, 14)) & 0xffff, 14);
  const cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
  return Buffer.concat([cipher.update(plain), cipher.final()]);
}

// Yubico's own example, from the manual of its validation protocol.
test('the example of Yubico opens: its identity, 19 uses and 17 touches', () => {
  const read = readYubikeyOtp('dteffujehknhfjbrjnlnldnhcujvddbikngjrtgh');
  assert.equal(read?.publicId, 'dteffuje');
  assert.deepEqual(acceptYubikey(SECRET, { counter: 0 }, read.sealed), { counter: 19 * 256 + 17 });
});

test('a one-time password is accepted once, and none that was made before it', () => {
  const memory = acceptYubikey(SECRET, { counter: -1 }, seal(3, 4));
  assert.deepEqual(memory, { counter: 3 * 256 + 4 });
  for (const [uses, touches] of [
    [3, 4],
    [3, 3],
    [2, 255],
  ] as const) {
    assert.equal(acceptYubikey(SECRET, memory, seal(uses, touches)), null);
  }
  assert.notEqual(acceptYubikey(SECRET, memory, seal(3, 5)), null);
  assert.notEqual(acceptYubikey(SECRET, memory, seal(4, 0)), null);
});

test('what another key or another YubiKey made, or what was changed, is refused', () => {
  const memory = { counter: -1 };
  assert.equal(acceptYubikey(SECRET, memory, seal(1, 1, Buffer.alloc(6))), null);
  assert.equal(acceptYubikey(SECRET, memory, seal(1, 1, UID, Buffer.alloc(16))), null);
  fc.assert(
    fc.property(fc.nat({ max: 127 }), (bit) => {
      const sealed = seal(1, 1);
      sealed.writeUInt8(sealed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      assert.equal(acceptYubikey(SECRET, memory, sealed), null);
    }),
  );
});

test('what is not modhex of the right length is no one-time password', () => {
  const good = 'dteffujehknhfjbrjnlnldnhcujvddbikngjrtgh';
  assert.notEqual(readYubikeyOtp(` ${good.toUpperCase()}\n`), null);
  for (const typed of ['', good.slice(8), good.slice(1), `${good}a`, `x${good.slice(1)}`, 'c'.repeat(50)]) {
    assert.equal(readYubikeyOtp(typed), null, typed);
  }
  assert.equal(fromModhex('cbdefghijklnrtuv')?.toString('hex'), '0123456789abcdef');
});
