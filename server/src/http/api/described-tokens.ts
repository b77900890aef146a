import { Type } from 'typebox';
import { ALGORITHMS, CODE_DIGITS } from '../../domain/factor/hotp.ts';
import { TOKEN_KINDS } from '../../domain/factor.ts';
import { SERIAL, TOKEN_FORMATS } from '../../domain/token.ts';
import { nullable } from '../described.ts';
import { closed, id, moment, text } from './pieces.ts';

/** Hardware tokens of the stock. */

export const OfToken = Type.Object({ serial: text('Serial number of the token.', { pattern: SERIAL }) });
const TokenState = Type.Enum(['stock', 'assigned', 'lost']);
export const WhichTokens = Type.Object({ state: Type.Optional(TokenState) }, closed);
export const TokenImport = Type.Object(
  {
    format: Type.Enum([...TOKEN_FORMATS]),
    data: text('The file. It holds secrets.', { minLength: 1 }),
    key: Type.Optional(
      text('pskc: the AES key that its secrets are sealed under, hexadecimal.', {
        pattern: '^(?:[0-9A-Fa-f]{32}|[0-9A-Fa-f]{48}|[0-9A-Fa-f]{64})$',
      }),
    ),
    password: Type.Optional(
      text('pskc: the password that its secrets are sealed under.', { maxLength: 256 }),
    ),
  },
  { ...closed, title: 'TokenImport' },
);
export const Token = Type.Object(
  {
    serial: Type.String(),
    kind: Type.Enum([...TOKEN_KINDS]),
    state: TokenState,
    algorithm: Type.Optional(Type.Enum([...ALGORITHMS])),
    digits: Type.Optional(Type.Enum([...CODE_DIGITS])),
    suite: Type.Optional(Type.String({ description: 'ocra: what the token computes with.' })),
    factor: nullable(id('The factor that it is, while it is assigned.')),
    importedAt: moment('When it was put into the stock.'),
  },
  { ...closed, title: 'Token' },
);
export const Tokens = Type.Object({ tokens: Type.Array(Token) }, { ...closed, title: 'Tokens' });
