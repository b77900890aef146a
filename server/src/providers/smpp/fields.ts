/** The fields of a PDU's body (SMPP 3.4, section 3.1), read in order and never past its end. */
export class BodyReader {
  readonly #body: Buffer;
  #at = 0;

  constructor(body: Buffer) {
    this.#body = body;
  }

  byte(): number {
    const value = this.#body[this.#at];
    if (value === undefined) throw new Unreadable('it ends too early');
    this.#at += 1;
    return value;
  }

  /** Text that ends with a zero byte and has at most `most` before it. Bytes are taken as ISO 8859-1. */
  text(most: number): string {
    const end = this.#body.indexOf(0, this.#at);
    if (end < 0 || end - this.#at > most) throw new Unreadable('a text in it has no end');
    const text = this.#body.toString('latin1', this.#at, end);
    this.#at = end + 1;
    return text;
  }

  bytes(count: number): Buffer {
    if (this.#at + count > this.#body.length) throw new Unreadable('it ends too early');
    const bytes = this.#body.subarray(this.#at, this.#at + count);
    this.#at += count;
    return bytes;
  }

  /** The optional parameters at the end, the first of each tag. */
  options(): ReadonlyMap<number, Buffer> {
    const options = new Map<number, Buffer>();
    while (this.#body.length - this.#at >= 4) {
      const tag = this.#body.readUInt16BE(this.#at);
      const length = this.#body.readUInt16BE(this.#at + 2);
      this.#at += 4;
      const value = this.bytes(length);
      if (!options.has(tag)) options.set(tag, value);
    }
    return options;
  }
}

/** A body that is not what its command says. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

/** Tags of optional parameters (section 5.3.2). */
export const TAG = {
  ...{ destAddrSubunit: 0x0005, receiptedMessageId: 0x001e, userMessageReference: 0x0204 },
  ...{ networkErrorCode: 0x0423, messagePayload: 0x0424, messageState: 0x0427 },
} as const;

/** Text with its zero byte. Neither what is no ASCII nor a zero byte of its own can stand in one. */
export function textField(text: string, most: number): Buffer {
  const plain = text.replace(/[^\x20-\x7e]/g, '?').slice(0, most);
  return Buffer.from(`${plain}\0`, 'latin1');
}

export const bytesField = (...bytes: readonly number[]): Buffer => Buffer.from(bytes);

export function optionField(tag: number, value: Uint8Array): Buffer {
  const field = Buffer.allocUnsafe(4 + value.length);
  field.writeUInt16BE(tag, 0);
  field.writeUInt16BE(value.length, 2);
  field.set(value, 4);
  return field;
}
