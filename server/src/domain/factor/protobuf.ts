/** One field of a message in the wire form of Protocol Buffers: numbers and bytes are all that is read here. */
export type Field = { readonly number: number } & (
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'bytes'; readonly value: Buffer }
);

const VARINT = 0;
const EIGHT_BYTES = 1;
const LENGTH = 2;
const FOUR_BYTES = 5;
const MOST_VARINT_BYTES = 10;

/** The fields of a message in their order, those of other kinds left out; null when it is none. */
export function readFields(message: Buffer): readonly Field[] | null {
  const fields: Field[] = [];
  let at = 0;
  while (at < message.length) {
    const tag = varintAt(message, at);
    if (tag === null) return null;
    const number = Number(tag.value >> 3n);
    const type = Number(tag.value & 7n);
    at = tag.next;
    if (number < 1) return null;
    if (type === VARINT) {
      const read = varintAt(message, at);
      if (read === null) return null;
      fields.push({ number, kind: 'number', value: Number(BigInt.asIntN(64, read.value)) });
      at = read.next;
    } else if (type === LENGTH) {
      const length = varintAt(message, at);
      if (length === null || length.value > BigInt(message.length - length.next)) return null;
      const end = length.next + Number(length.value);
      fields.push({ number, kind: 'bytes', value: message.subarray(length.next, end) });
      at = end;
    } else if (type === EIGHT_BYTES || type === FOUR_BYTES) {
      at += type === EIGHT_BYTES ? 8 : 4;
      if (at > message.length) return null;
    } else {
      return null;
    }
  }
  return fields;
}

/** Writes numbers from 0 below 2^53, and bytes. */
export function writeFields(fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.flatMap((field) => {
      if (field.kind === 'number') return [varint(field.number * 8 + VARINT), varint(field.value)];
      return [varint(field.number * 8 + LENGTH), varint(field.value.length), field.value];
    }),
  );
}

function varintAt(message: Buffer, from: number): { readonly value: bigint; readonly next: number } | null {
  let value = 0n;
  for (let i = 0; i < MOST_VARINT_BYTES; i += 1) {
    const byte = message[from + i];
    if (byte === undefined) return null;
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if (byte < 0x80) return { value, next: from + i + 1 };
  }
  return null;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = BigInt(value);
  while (left > 0x7fn) {
    bytes.push(Number(left & 0x7fn) | 0x80);
    left >>= 7n;
  }
  return Buffer.from([...bytes, Number(left)]);
}
