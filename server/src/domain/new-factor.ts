import { isProblem, type Problem } from '../kernel/failure.ts';
import type { Algorithm, CodeDigits } from './factor/hotp.ts';
import { isMigration, readMigration } from './factor/migration.ts';
import { type OtpauthKey, readOtpauth } from './factor/otpauth.ts';
import { type TotpSettings, USUAL_TOTP } from './factor/totp.ts';
import type { Attachment, ResidentKey } from './factor/webauthn.ts';
import type { UserVerification } from './factor/webauthn-policy.ts';
import { type FactorKind, isSentKind, type SentKind, TOKEN_KINDS, type TokenKind } from './factor.ts';
import { type Given, type NewVerification, readNewVerification } from './new-verification.ts';
import type { Policy } from './policy.ts';

/** A request to enrol a factor, understood. */
export type NewFactor = { readonly name: string | null } & (
  | {
      readonly kind: 'totp';
      /** As the app will show it: whose code it is, and for what account. */
      readonly issuer: string;
      readonly account: string;
      readonly settings: TotpSettings;
      /** A secret that an authenticator holds already; null when one is to be made. */
      readonly secret: Uint8Array | null;
    }
  | { readonly kind: 'recovery' }
  | {
      readonly kind: 'webauthn';
      /** As the authenticator will show it. */
      readonly account: string;
      readonly residentKey: ResidentKey;
      readonly attachment: Attachment | null;
      readonly userVerification: UserVerification;
      /** What the caller calls its user's session; null when it names none. */
      readonly session: string | null;
    }
  /** A hardware token out of the stock. */
  | { readonly kind: 'token'; readonly of: TokenKind; readonly serial: string }
  | { readonly kind: SentKind; readonly message: NewVerification }
  /** A phone or mailbox that was proved just now, by a verification. */
  | { readonly kind: 'proved'; readonly of: SentKind; readonly verificationId: string }
);

/** A request to enrol a factor, of the right types. */
export type FactorRequest = {
  readonly kind: FactorKind;
  readonly name?: string;
  readonly issuer?: string;
  readonly account?: string;
  readonly algorithm?: Algorithm;
  readonly digits?: CodeDigits;
  readonly period?: 30 | 60;
  readonly mostDriftSteps?: number;
  readonly uri?: string;
  readonly serial?: string;
  readonly residentKey?: ResidentKey;
  readonly attachment?: Attachment;
  readonly userVerification?: UserVerification;
  readonly session?: string;
  readonly verification?: string;
  readonly clientIp?: string;
  readonly device?: string;
} & MessageRequest & { readonly recipient?: string; readonly countryCode?: string };

/** How the message around a code is to read. */
export type MessageRequest = {
  readonly originator?: string;
  readonly template?: string;
  readonly language?: string;
  readonly subject?: string;
  readonly appHost?: string;
  readonly appHash?: string;
};

/** What each kind takes besides `kind` and `name`. */
const FIELDS: {
  readonly [kind in
    | 'totp'
    | 'token'
    | 'webauthn'
    | 'recovery'
    | 'sent'
    | 'proved']: readonly (keyof FactorRequest)[];
} = {
  totp: ['issuer', 'account', 'algorithm', 'digits', 'period', 'mostDriftSteps', 'uri'],
  token: ['serial'],
  webauthn: ['account', 'residentKey', 'attachment', 'userVerification', 'session'],
  recovery: [],
  sent: [
    ...(['recipient', 'countryCode', 'originator', 'template', 'language', 'subject'] as const),
    ...(['appHost', 'appHash', 'clientIp', 'device'] as const),
  ],
  proved: ['verification'],
};
const USUAL_ISSUER = 'Roost';
/** A code that was sent for a factor or a challenge is good for so long, at most. */
export const SENT_CODE_SECONDS = 300;

/** Reads a request, or tells every problem that it has. `user` names the account when nothing else does. */
export function readNewFactor(
  request: FactorRequest,
  user: string,
  policy: Policy,
): NewFactor | readonly Problem[] {
  const { kind } = request;
  if (!policy.factorKinds.includes(kind)) {
    return [
      invalid('kind', `a factor of kind ${kind} is not allowed here; use ${policy.factorKinds.join(', ')}`),
    ];
  }
  const name = request.name?.trim() || null;
  const isToken = isTokenKind(kind) && (kind !== 'totp' || request.serial !== undefined);
  const { verification } = request;
  const fields = isToken
    ? FIELDS.token
    : isSentKind(kind)
      ? FIELDS[verification === undefined ? 'sent' : 'proved']
      : FIELDS[isTokenKind(kind) ? 'totp' : kind];
  const taken: readonly string[] = ['kind', 'name', ...fields];
  const odd = Object.keys(request).filter((field) => !taken.includes(field));
  if (odd.length > 0) return odd.map((field) => invalid(field, `a factor of kind ${kind} has no ${field}`));
  if (isToken) {
    const { serial } = request;
    return serial === undefined ? [needsSerial()] : { name, kind: 'token', of: kind, serial };
  }
  if (kind === 'recovery') return { name, kind };
  if (kind === 'webauthn') {
    const { account = user, residentKey = 'preferred', attachment = null, session = null } = request;
    const { userVerification = policy.webauthn.userVerification } = request;
    return { name, kind, account, residentKey, attachment, userVerification, session };
  }
  if (!isSentKind(kind)) {
    const totp = readTotp(request, user);
    if (isProblem(totp)) return [totp];
    const most = policy.longestPeriodSeconds;
    if (totp.settings.periodSeconds > most) return [invalid('period', `period must be at most ${most} here`)];
    return { name, kind: 'totp', ...totp };
  }
  if (verification !== undefined) return { name, kind: 'proved', of: kind, verificationId: verification };
  const message = readMessage(request, kind, request.recipient, policy);
  return isProblems(message) ? message : { name, kind, message };
}

/** The message that carries a code of a factor, or every problem that it has. */
export function readMessage(
  request: MessageRequest & { readonly countryCode?: string },
  kind: SentKind,
  recipient: string | undefined,
  policy: Policy,
): NewVerification | readonly Problem[] {
  const { originator, template, language, subject, countryCode, appHost, appHash } = request;
  const given: Given = new Map(
    Object.entries({
      ...{ recipient, originator, template, language, subject, countrycode: countryCode },
      ...{ apphost: appHost, apphash: appHash },
      ...{ type: kind, datacoding: 'auto', timeout: SENT_CODE_SECONDS },
    }),
  );
  return readNewVerification(given, policy);
}

type Totp = Omit<Extract<NewFactor, { kind: 'totp' }>, 'kind' | 'name'>;

function readTotp(request: FactorRequest, user: string): Totp | Problem {
  const { uri, issuer = USUAL_ISSUER, account = user, mostDriftSteps = 0 } = request;
  if (uri !== undefined) return readImported(uri, request, user);
  const settings: TotpSettings = {
    algorithm: request.algorithm ?? USUAL_TOTP.algorithm,
    digits: request.digits ?? USUAL_TOTP.digits,
    periodSeconds: request.period ?? USUAL_TOTP.periodSeconds,
    mostDriftSteps,
  };
  return { issuer, account, settings, secret: null };
}

/** An address says all of the key, so nothing that it says may be said again. */
function readImported(uri: string, request: FactorRequest, user: string): Totp | Problem {
  const twice = (['algorithm', 'digits', 'period'] as const).find((field) => request[field] !== undefined);
  if (twice !== undefined) return invalid(twice, `${twice} is said by uri; leave it out`);
  const key: OtpauthKey | Problem = isMigration(uri) ? readOnlyKey(uri) : readOtpauth(uri);
  if ('message' in key) return key;
  if (key.kind !== 'totp') return invalid('uri', 'a counter-based key cannot be enrolled as totp');
  return {
    issuer: request.issuer ?? key.issuer ?? USUAL_ISSUER,
    account: request.account ?? (key.account || user),
    settings: { ...key.form, periodSeconds: key.periodSeconds, mostDriftSteps: request.mostDriftSteps ?? 0 },
    secret: key.secret,
  };
}

/** The key of a migration code that holds one alone: a factor is of one. */
function readOnlyKey(uri: string): OtpauthKey | Problem {
  const read = readMigration(uri);
  if (isProblem(read)) return read;
  const [key, ...more] = read.keys;
  if (key !== undefined && more.length === 0) return key;
  return invalid(
    'uri',
    `the migration address holds ${read.keys.length} keys; export the one of this user alone`,
  );
}

const isTokenKind = (kind: FactorKind): kind is TokenKind => TOKEN_KINDS.some((token) => token === kind);

export const isProblems = (value: unknown): value is readonly Problem[] => Array.isArray(value);

const needsSerial = (): Problem => ({
  code: 'missing_parameter',
  message: 'serial is required: the number on a token that is in the stock',
  parameter: 'serial',
});

const invalid = (parameter: string, message: string): Problem => ({
  code: 'invalid_parameter',
  message,
  parameter,
});
