import { Type } from 'typebox';
import { ALGORITHMS, CODE_DIGITS } from '../../domain/factor/hotp.ts';
import { MOST_DRIFT_STEPS, PERIODS } from '../../domain/factor/totp.ts';
import { ATTACHMENTS, RESIDENT_KEYS } from '../../domain/factor/webauthn.ts';
import { FACTOR_KINDS } from '../../domain/factor.ts';
import { SERIAL } from '../../domain/token.ts';
import { nullable } from '../described.ts';
import { Registration } from '../passkey-schemas.ts';
import { CreationOptions, Passkey, UserVerification } from './described-passkeys.ts';
import { Code, Place, returnToken, Session, User, Wording } from './described-users.ts';
import { closed, id, line, moment, text } from './pieces.ts';

/** What users have enrolled, and how they do. */

export const OfUser = Type.Object({ user: User });
export const OfFactor = Type.Object({ user: User, id: Type.String({ description: 'Id of the factor.' }) });
export const HowToRemove = Type.Object(
  {
    keepOne: Type.Optional(
      Type.Enum(['true', 'false'], {
        description:
          'Refuses (409, last_factor) to remove the last confirmed factor; recovery codes beside it are none. False unless given.',
      }),
    ),
  },
  closed,
);

const Name = line('What its owner calls it.', 64);
export const NewFactor = Type.Object(
  {
    kind: Type.Enum([...FACTOR_KINDS]),
    name: Type.Optional(Name),
    issuer: Type.Optional(line('totp: whose codes these are, as the app shows it. Default `Roost`.', 64)),
    account: Type.Optional(
      line('totp, webauthn: the account, as the app or authenticator shows it. Default: the user.', 64),
    ),
    algorithm: Type.Optional(Type.Enum([...ALGORITHMS], { description: 'totp. Default SHA1.' })),
    digits: Type.Optional(Type.Enum([...CODE_DIGITS], { description: 'totp. Default 6.' })),
    period: Type.Optional(Type.Enum([...PERIODS], { description: 'totp: seconds of a code. Default 30.' })),
    mostDriftSteps: Type.Optional(
      Type.Integer({
        ...{ minimum: 0, maximum: MOST_DRIFT_STEPS },
        description: 'totp: steps by which the clock of a token may be learned to be off. Default 0.',
      }),
    ),
    uri: Type.Optional(
      text(
        'totp: an otpauth:// address, or an otpauth-migration:// one of a single key, to take over instead of a new secret.',
      ),
    ),
    serial: Type.Optional(
      text('hotp, ocra, yubikey, totp: the number of a token that is in the stock.', { pattern: SERIAL }),
    ),
    recipient: Type.Optional(text('sms, tts: a phone number. email: an address.')),
    verification: Type.Optional(
      id('sms, tts, email: a verification that succeeded just now, instead of a recipient; no code is sent.'),
    ),
    countryCode: Type.Optional(text('Country of a number typed without its country code.')),
    residentKey: Type.Optional(
      Type.Enum([...RESIDENT_KEYS], {
        description: 'webauthn: whether the authenticator is to find it without a name. Default preferred.',
      }),
    ),
    attachment: Type.Optional(
      Type.Enum([...ATTACHMENTS], {
        description: 'webauthn: of this device, or one that moves. Default: either.',
      }),
    ),
    userVerification: Type.Optional(UserVerification),
    session: Type.Optional(Session),
    ...Wording,
    ...Place,
    returnToken,
  },
  { ...closed, title: 'NewFactor' },
);

export const Confirmation = Type.Object(
  {
    code: Type.Optional(Code),
    credential: Type.Optional(Registration),
    session: Type.Optional(Session),
  },
  { ...closed, title: 'Confirmation', description: 'Either a code or, for webauthn, a credential.' },
);
export const Renaming = Type.Object({ name: nullable(Name) }, { ...closed, title: 'Renaming' });

export const Resync = Type.Object(
  {
    codes: Type.Array(Code, { minItems: 2, maxItems: 2, description: 'Two codes that follow one another.' }),
  },
  { ...closed, title: 'Resync' },
);

export const Notice = Type.Optional(
  Type.Object(
    {
      event: Type.Enum(['factor_added', 'recovery_code_used']),
      sentTo: Type.Array(Type.String(), { description: 'Phones and mailboxes, most of each hidden.' }),
    },
    {
      ...closed,
      title: 'Notice',
      description: 'What the user is told, since somebody else may have done it.',
    },
  ),
);

export const Factor = Type.Object(
  {
    id: id('Id of the factor.'),
    kind: Type.Enum([...FACTOR_KINDS]),
    name: nullable(Type.String()),
    state: Type.Enum(['pending', 'active'], { description: 'Pending until confirmed by a first code.' }),
    createdAt: moment('When it was enrolled.'),
    confirmedAt: nullable(moment('When it was confirmed.')),
    lastUsedAt: nullable(moment('When it last answered a challenge.')),
    algorithm: Type.Optional(Type.Enum([...ALGORITHMS])),
    digits: Type.Optional(Type.Enum([...CODE_DIGITS])),
    period: Type.Optional(Type.Enum([...PERIODS])),
    serial: Type.Optional(Type.String({ description: 'Of a hardware token.' })),
    suite: Type.Optional(Type.String({ description: 'ocra: what the token computes with.' })),
    passkey: Type.Optional(Passkey),
    codesLeft: Type.Optional(Type.Integer({ description: 'recovery: codes not yet used.' })),
    recipient: Type.Optional(text('sms, tts, email: where codes go, most of it hidden.')),
  },
  { ...closed, title: 'Factor' },
);
export const Factors = Type.Object({ factors: Type.Array(Factor) }, { ...closed, title: 'Factors' });

export const Confirmed = Type.Object(
  { ...Factor.properties, notice: Notice },
  { ...closed, title: 'ConfirmedFactor' },
);

export const Enrolled = Type.Object(
  {
    factor: Factor,
    notice: Notice,
    secret: Type.Optional(
      Type.Object(
        {
          uri: text('The otpauth:// address. It holds the secret.'),
          migrationUri: nullable(
            text('The same as an otpauth-migration:// address; null where the period is not 30 s.'),
          ),
          base32: text('The secret, in groups of four, for people who type it.'),
          qrSvg: text('The address as a QR code: an SVG image.'),
        },
        { ...closed, description: 'totp: shown once, and never again.' },
      ),
    ),
    question: Type.Optional(text('ocra: what to type into the token, to confirm it by its answer.')),
    publicKey: Type.Optional(CreationOptions),
    codes: Type.Optional(
      Type.Array(Type.String(), { description: 'recovery: shown once, and never again.' }),
    ),
    token: Type.Optional(text('The code that was sent: only with returnToken and a test key.')),
  },
  { ...closed, title: 'EnrolledFactor' },
);
