import { Type } from 'typebox';
import { CHALLENGE_SECONDS } from '../../domain/challenge.ts';
import { FACTOR_KINDS } from '../../domain/factor.ts';
import { MOST_PAYEE, MOST_REFERENCE, MOST_TEXT } from '../../domain/transaction.ts';
import { nullable } from '../described.ts';
import { Assertion } from '../passkey-schemas.ts';
import { Factor, Notice } from './described-factors.ts';
import { RequestOptions, SignedApproval, UserVerification } from './described-passkeys.ts';
import { Code, Place, returnToken, Session, User, Wording } from './described-users.ts';
import { closed, id, line, moment, text } from './pieces.ts';

/** Challenges, what approves them, and what is told of that afterwards. */

export const OfChallenge = Type.Object({ id: Type.String({ description: 'Id of the challenge.' }) });

const Payment = Type.Object(
  {
    amount: text('In decimals of the currency, such as `12.50`.', { maxLength: 20 }),
    currency: text('ISO 4217, such as EUR.', { pattern: '^[A-Z]{3}$' }),
    payee: text('Who is paid, as the user is to read it.', { maxLength: MOST_PAYEE * 2 }),
    reference: Type.Optional(nullable(text('What for.', { maxLength: MOST_REFERENCE * 2 }))),
  },
  { ...closed, title: 'Payment' },
);
const Transaction = {
  payment: Type.Optional(Payment),
  transactionText: Type.Optional(
    text('Any other transaction, in the words that the user approves.', { maxLength: MOST_TEXT * 2 }),
  ),
};

export const NewChallenge = Type.Object(
  {
    user: Type.Optional(User),
    purpose: text('What for, in your own words, such as `sign-in`.', {
      pattern: '^[a-z0-9][a-z0-9._:-]{0,63}$',
    }),
    audience: Type.Optional(line('Who is to be shown the proof. Default: the project.', 128)),
    factors: Type.Optional(
      Type.Array(Type.Enum([...FACTOR_KINDS]), {
        ...{ minItems: 1, uniqueItems: true, description: 'Kinds of factor that may answer. Default: all.' },
      }),
    ),
    validSeconds: Type.Optional(
      Type.Integer({
        ...{ minimum: CHALLENGE_SECONDS.least, maximum: CHALLENGE_SECONDS.most },
        description: 'How long it may be answered. Default 300.',
      }),
    ),
    userVerification: Type.Optional(UserVerification),
    session: Type.Optional(Session),
    ...Transaction,
  },
  {
    ...{ ...closed, title: 'NewChallenge' },
    description: 'Without a user, whoever has a passkey may answer, and it says who they are.',
  },
);

export const Sending = Type.Object(
  { factor: id('A factor of kind sms, tts or email.'), ...Wording, ...Place, returnToken },
  { ...closed, title: 'Sending' },
);
export const Sent = Type.Object(
  {
    expiresAt: moment('Until when the code is good.'),
    token: Type.Optional(text('The code: only with returnToken and a test key.')),
  },
  { ...closed, title: 'SentCode' },
);

export const Answer = Type.Object(
  {
    factor: Type.Optional(id('The factor that the code is of; a passkey says so itself.')),
    code: Type.Optional(Code),
    credential: Type.Optional(Assertion),
    session: Type.Optional(Session),
    ...Place,
    ...Transaction,
  },
  { ...closed, title: 'ChallengeAnswer', description: 'Either a code and its factor, or a credential.' },
);

export const Challenge = Type.Object(
  {
    id: id('Id of the challenge.'),
    user: nullable(User),
    purpose: Type.String(),
    audience: Type.String(),
    state: Type.Enum(['open', 'approved', 'failed', 'expired', 'canceled']),
    factors: Type.Array(Factor, { description: 'By which it may be answered, while it is open.' }),
    attemptsLeft: Type.Integer({ description: 'Wrong answers that are still judged, the last included.' }),
    createdAt: moment('When it was created.'),
    expiresAt: moment('Until when it may be answered.'),
    closedAt: nullable(moment('When it was answered or ended.')),
    approvedBy: nullable(
      Type.Object({ factor: id('Id of the factor.'), kind: Type.Enum([...FACTOR_KINDS]) }, closed),
    ),
    reason: nullable(text('Why it failed.')),
    ...Transaction,
    question: Type.Optional(text('What to type into a token with a keypad.')),
    publicKey: Type.Optional(RequestOptions),
    prompt: Type.Optional(text('What is to be approved, in words: show them where you ask for a passkey.')),
    notice: Notice,
    proof: nullable(text('Of an approved challenge: a signed statement (JWS), good for five minutes.')),
    redeemedAt: nullable(moment('When the proof was redeemed.')),
  },
  { ...closed, title: 'Challenge' },
);

export const Evidence = Type.Object(
  {
    challenge: id('Id of the challenge.'),
    user: User,
    purpose: Type.String(),
    ...Transaction,
    digest: text('SHA-256 of the transaction, 64 hexadecimal characters.'),
    text: nullable(text('The message that was sent, `%token` in the place of the code, or the prompt.')),
    sentAt: nullable(moment('When it was sent.')),
    recipient: nullable(text('Where it was sent, most of it hidden.')),
    factor: id('Id of the factor.'),
    kind: Type.Enum([...FACTOR_KINDS]),
    factorName: nullable(Type.String()),
    assertion: nullable(SignedApproval),
    approvedAt: moment('When it was approved.'),
    redeemedAt: nullable(moment('When its proof was redeemed.')),
    signed: text('All of this, signed (JWS), to be kept elsewhere.'),
  },
  { ...closed, title: 'Evidence' },
);

export const Redeeming = Type.Object(
  {
    proof: text('The proof.', { maxLength: 5_000 }),
    purpose: text('What it must have been made for.', { maxLength: 64 }),
    audience: Type.Optional(
      text('For whom it must have been made. Default: the project.', { maxLength: 128 }),
    ),
    recipient: Type.Optional(
      text('Of a proof of a verification: the number (E.164) or address that it must be about.', {
        maxLength: 320,
      }),
    ),
    ...Transaction,
  },
  { ...closed, title: 'Redeeming' },
);
export const Redeemed = Type.Object(
  {
    challenge: Type.Optional(id('Id of the challenge, of a proof about a user.')),
    user: Type.Optional(User),
    factor: Type.Optional(id('Id of the factor.')),
    verification: Type.Optional(id('Id of the verification, of a proof about a recipient.')),
    recipient: Type.Optional(text('The number or address that it is about.')),
    purpose: Type.String(),
    audience: Type.String(),
    amr: Type.Array(Type.String(), { description: 'By what it was proved (RFC 8176 where it has a name).' }),
    level: Type.Enum(['restricted', 'standard']),
    provedAt: moment('When it was proved.'),
    redeemedAt: moment('Now.'),
  },
  { ...closed, title: 'RedeemedProof' },
);
