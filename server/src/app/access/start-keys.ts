import { writeAccessKey } from '../../domain/access-key.ts';
import type { Mode } from '../../domain/scope.ts';
import { deriveKey, macOf } from '../../kernel/hmac.ts';

/**
 * The access key that `npm start` shows: drawn from the master key, so it is the same at each start and needs
 * to be stored nowhere.
 */
export function startKey(masterKey: Uint8Array, mode: Mode): string {
  const key = deriveKey(masterKey, `start key ${mode}`);
  let block: Buffer = Buffer.alloc(0);
  let blocks = 0;
  const nextByte = (): number => {
    if (block.length === 0) {
      block = macOf(key, [String(blocks)]);
      blocks += 1;
    }
    const byte = block.readUInt8(0);
    block = block.subarray(1);
    return byte;
  };
  return writeAccessKey(mode, (below) => {
    // Bytes past the last whole multiple are passed over: with them some letters would be likelier.
    const most = 256 - (256 % below);
    for (;;) {
      const byte = nextByte();
      if (byte < most) return byte % below;
    }
  });
}
