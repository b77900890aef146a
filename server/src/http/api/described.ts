import { Type } from 'typebox';
import { CHALLENGE_SECONDS } from '../../domain/challenge.ts';
import { ALGORITHMS, CODE_DIGITS } from '../../domain/factor/hotp.ts';
import { MOST_DRIFT_STEPS, PERIODS } from '../../domain/factor/totp.ts';
import { ATTACHMENTS, RESIDENT_KEYS } from '../../domain/factor/webauthn.ts';
import { FACTOR_KINDS, TOKEN_KINDS } from '../../domain/factor.ts';
import { CHANNELS } from '../../domain/message.ts';
import { SERIAL, TOKEN_FORMATS } from '../../domain/token.ts';
import { MOST_PAYEE, MOST_REFERENCE, MOST_TEXT } from '../../domain/transaction.ts';
import { USER_NAME } from '../../domain/user.ts';
import { answer, nothing, nullable } from '../described.ts';
import { Assertion, Registration } from '../passkey-schemas.ts';
import { Decision, Decisions } from './described-decisions.ts';
import {
  CreationOptions,
  Passkey,
  RequestOptions,
  SignedApproval,
  UserVerification,
} from './described-passkeys.ts';
import { Proved } from './described-proofs.ts';
import { closed, id, line, moment, text } from './pieces.ts';

/** What this wire takes and gives. Requests are held to these schemas; answers are made to them. */

const User = text('Your own id of the user: 1 to 128 letters, digits and . _ ~ @ : + -', {
  pattern: USER_NAME,
});
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
export const OfChallenge = Type.Object({ id: Type.String({ description: 'Id of the challenge.' }) });

const Name = line('What its owner calls it.', 64);
const Wording = {
  originator: Type.Optional(text('Sender of the message, as in Verify.')),
  template: Type.Optional(text('Text of the message; must contain %token exactly once.')),
  language: Type.Optional(text('Language of a spoken code (tts).')),
  subject: Type.Optional(text('Subject of an e-mail.')),
  appHost: Type.Optional(text('sms: as in Verify, a host that the policy lists.', { maxLength: 260 })),
  appHash: Type.Optional(text('sms: as in Verify, a hash that the policy lists.', { maxLength: 11 })),
};
/** From where a user asks or answers. */
const Place = {
  clientIp: Type.Optional(text("The user's address, as your service sees it.", { maxLength: 45 })),
  device: Type.Optional(
    text("What your service calls the user's device, such as the value of a cookie.", {
      ...{ minLength: 8, maxLength: 256 },
    }),
  ),
};
const returnToken = Type.Optional(
  Type.Boolean({ description: 'With a test key: put the code into the answer.' }),
);

const Session = text(
  "What your service calls the user's session. Said here, it must be said again with the answer.",
  {
    ...{ minLength: 8, maxLength: 256 },
  },
);
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

const Code = text('The code as it was typed. Spaces and hyphens do not matter.', { maxLength: 64 });
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
const Token = Type.Object(
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
const Tokens = Type.Object({ tokens: Type.Array(Token) }, { ...closed, title: 'Tokens' });

const Notice = Type.Optional(
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

const Factor = Type.Object(
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
const Factors = Type.Object({ factors: Type.Array(Factor) }, { ...closed, title: 'Factors' });

const Confirmed = Type.Object(
  { ...Factor.properties, notice: Notice },
  { ...closed, title: 'ConfirmedFactor' },
);

const Enrolled = Type.Object(
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
const Sent = Type.Object(
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

const Challenge = Type.Object(
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

const Evidence = Type.Object(
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
const Redeemed = Type.Object(
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

const Problem = Type.Object(
  {
    type: text('`urn:roost:problem:` and the code of the first error.'),
    title: text('What it is, in a few words.'),
    status: Type.Integer(),
    errors: Type.Array(
      Type.Object(
        {
          code: text('A stable name, such as `wrong_code`.'),
          message: text('What is wrong and what would be right, in one sentence.'),
          parameter: nullable(text('Which parameter it is about.')),
          hint: Type.Optional(Type.String()),
        },
        closed,
      ),
      { minItems: 1 },
    ),
    attemptsLeft: Type.Optional(
      Type.Integer({ description: 'After a wrong code: how many are still judged.' }),
    ),
    retryAt: Type.Optional(moment('When the same request may succeed.')),
    channelsLeft: Type.Optional(
      Type.Array(Type.Enum([...CHANNELS]), {
        description: 'After `sending_refused`: channels by which the same would be sent now.',
      }),
    ),
  },
  { ...closed, title: 'Problem' },
);

const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: Problem } },
});
const always = {
  401: problem('The access key is missing, wrong, or in the URL.'),
  403: problem('The access key lacks the scope that this needs, which the problem names.'),
  422: problem('What was sent cannot be used, or the code is wrong; every problem is listed.'),
  503: problem('Nothing can be kept now, or it is not known whether it was; see Retry-After.'),
};
const found = { 404: problem('There is no such thing, or it belongs to another project or mode.') };
/** What any route about one thing may refuse. */
export const shared = { ...always, ...found };
const spent = {
  409: problem('It has been used, confirmed or taken back.'),
  410: problem('It has expired.'),
  429: problem(
    'Too many wrong codes, or codes that are still valid; see Retry-After. Nothing was looked at.',
  ),
};

export const answers = {
  lint: always,
  enrolled: { 201: answer('Enrolled.', Enrolled), ...always, 429: spent[429] },
  factor: { 200: answer('The factor.', Factor), ...always, ...found },
  confirmed: { 200: answer('Confirmed.', Confirmed), ...always, ...found, ...spent },
  factors: { 200: answer('The factors of this user; none when the user is not known.', Factors), ...always },
  removed: {
    ...{ 204: nothing('Removed.'), ...always, ...found },
    409: problem('It is the last confirmed factor, and `keepOne` was asked for. It stays.'),
  },
  created: { 201: answer('Created.', Challenge), ...always },
  challenge: { 200: answer('The challenge.', Challenge), ...always, ...found },
  approved: { 200: answer('Approved.', Challenge), ...always, ...found, ...spent },
  evidence: { 200: answer('How it was approved.', Evidence), ...always, ...found },
  redeemed: {
    200: answer('Redeemed: act on it now.', Redeemed),
    ...always,
    409: problem('It has been redeemed before. Do nothing.'),
    410: spent[410],
  },
  proved: { 200: answer('The proof.', Proved), ...always, ...found, 410: spent[410] },
  decision: { 200: answer('The decision.', Decision), ...always, ...found },
  decisions: { 200: answer('One for each recipient, in their order.', Decisions), ...always, ...found },
  imported: { 201: answer('All of them are in the stock.', Tokens), ...always },
  tokens: { 200: answer('The tokens.', Tokens), ...always },
  token: { 200: answer('The token.', Token), ...always, ...found },
  sent: { 202: answer('The code is on its way.', Sent), ...always, ...found, ...spent },
};
