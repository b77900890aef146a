import { type Algorithm, algorithm, digits, TOKEN_KINDS, type TokenKind } from './factor.ts';
import { listOf, moment, objectOf, oneOf, orNull, type Reader, readAnswer, text } from './reading.ts';
import type { Transport } from './transport.ts';

/** A hardware token that you own. */
export type Token = {
  readonly serial: string;
  readonly kind: TokenKind;
  readonly state: 'stock' | 'assigned' | 'lost';
  /** Of those that show codes of so many digits; null for the others. */
  readonly algorithm: Algorithm | null;
  readonly digits: 6 | 8 | null;
  /** What a token with a keypad computes with (RFC 6287). */
  readonly suite: string | null;
  /** The factor that it is, while it is assigned. */
  readonly factor: string | null;
  readonly importedAt: Date;
};
/** A file of tokens. It holds their secrets. */
export type TokenFile = { readonly data: string } & (
  | { readonly format: 'csv' | 'otpauth' | 'yubikey'; readonly key?: never; readonly password?: never }
  | {
      readonly format: 'pskc';
      /** The AES key that its secrets are sealed under, hexadecimal. */
      readonly key?: string;
      readonly password?: never;
    }
  | {
      readonly format: 'pskc';
      /** The password that its secrets are sealed under. */
      readonly password?: string;
      readonly key?: never;
    }
);
/** Hardware tokens: in the drawer, in somebody's hands, or lost. `factors.enrol` with a serial gives one out. */
export type Tokens = {
  /** Puts all tokens of a file into the stock, or none of them. A body holds at most 64 KiB. */
  import(file: TokenFile): Promise<readonly Token[]>;
  /** Those in this state, by serial number; the stock unless given. */
  list(state?: Token['state']): Promise<readonly Token[]>;
  /** Reports it lost: it proves nothing any more. */
  reportLost(serial: string): Promise<Token>;
  /** Forgets a token, with its secret. */
  delete(serial: string): Promise<void>;
};

export function createTokens(send: Transport): Tokens {
  return {
    async import(file) {
      const answer = await send({ method: 'POST', path: '/v1/tokens/import', body: file });
      return readAnswer(answer, 'list of tokens', listed).tokens;
    },
    async list(state = 'stock') {
      const answer = await send({ method: 'GET', path: `/v1/tokens?${new URLSearchParams({ state })}` });
      return readAnswer(answer, 'list of tokens', listed).tokens;
    },
    async reportLost(serial) {
      return readAnswer(await send({ method: 'POST', path: `${pathOf(serial)}/lost` }), 'token', token);
    },
    async delete(serial) {
      await send({ method: 'DELETE', path: pathOf(serial) });
    },
  };
}

const token: Reader<Token> = objectOf({
  ...{ serial: text, kind: oneOf(...TOKEN_KINDS), state: oneOf('stock', 'assigned', 'lost') },
  ...{ algorithm: orNull(algorithm), digits: orNull(digits), suite: orNull(text) },
  ...{ factor: orNull(text), importedAt: moment },
});
const listed = objectOf({ tokens: listOf(token) });

function pathOf(serial: string): string {
  const isSerial = typeof serial === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(serial);
  if (isSerial && !/^\.{1,2}$/.test(serial)) return `/v1/tokens/${serial}`;
  throw new TypeError('serial must be the number of a token: 1 to 64 letters, digits and . _ -');
}
