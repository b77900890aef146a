import {
  type Algorithm,
  type Factor,
  type HotpFactor,
  type Notice,
  type PasskeyFactor,
  type RecoveryFactor,
  readFactor,
  readFactors,
  readNotice,
  readPasskeyFactor,
  readRecovery,
  readSent,
  readTokenFactor,
  readTotp,
  type SentFactor,
  type SentKind,
  type TokenFactor,
  type TokenKind,
  type TotpFactor,
} from './factor.ts';
import {
  type CreationOptions,
  creationOptions,
  type InSession,
  type Registration,
  type UserVerification,
} from './passkey.ts';
import { codeIn, idIn, listOf, objectOf, orNull, type Reader, readAnswer, text, userIn } from './reading.ts';
import type { Answer, Transport } from './transport.ts';

type Named = {
  /** What its owner calls it: one line of at most 64 characters. */
  readonly name?: string;
};
type AppLabels = Named & {
  readonly kind: 'totp';
  /** Whose codes these are, as the app shows it; `Roost` unless given. */
  readonly issuer?: string;
  /** The account, as the app shows it; your id of the user unless given. */
  readonly account?: string;
  readonly serial?: never;
};
/** An authenticator app: with a new secret, or with one that it has already (`uri`). */
export type NewApp = AppLabels &
  (
    | {
        /** `SHA1` unless given, which every app has. */
        readonly algorithm?: Algorithm;
        /** 6 unless given. */
        readonly digits?: 6 | 8;
        /** Seconds of a code; 30 unless given. */
        readonly period?: 30 | 60;
        readonly uri?: never;
      }
    | {
        /**
         * The `otpauth://` address of an authenticator that is in use, or an `otpauth-migration://` one that holds
         * its key alone. It says all of the key.
         */
        readonly uri: string;
        readonly algorithm?: never;
        readonly digits?: never;
        readonly period?: never;
      }
  );
/** A hardware token out of the stock. */
export type NewToken = Named & {
  readonly kind: TokenKind;
  /** The number on the token. */
  readonly serial: string;
  readonly uri?: never;
  readonly algorithm?: never;
  readonly digits?: never;
  readonly period?: never;
};
/** Ten codes, each good once. They replace those that there were. */
export type NewRecoveryCodes = Named & { readonly kind: 'recovery' };
/** How a message with a code is to read. */
export type Wording = {
  /** Who the message says it is from. */
  readonly originator?: string;
  /** Text with `%token` in it exactly once; for a transaction also `%transaction`. */
  readonly template?: string;
};
/** The line by which a text message hands its code to a page or an app; one of the two. */
export type AppLine = {
  /** Host of your page, of those that the server's policy lists: browsers fill the code in there, and nowhere else. */
  readonly appHost?: string;
  /** Hash of your Android app, of those that the policy lists. */
  readonly appHash?: string;
};
/** From where a user asks or answers. */
export type Place = {
  /** The user's address, as you see it: strangers' wrong codes then do not keep the user out. */
  readonly clientIp?: string;
  /** What you call the user's device, such as the value of a cookie: 8 to 256 characters. */
  readonly device?: string;
};
type CodeWanted = {
  /** With a test key: put the code into the answer. A live key never gets it. */
  readonly returnToken?: boolean;
};
export type NewPhone = Named &
  Wording &
  Place &
  CodeWanted & {
    /** A phone number in any spelling that a person types. */
    readonly recipient: string;
    /** Country (ISO 3166-1 alpha-2) of a number that was typed without its country code. */
    readonly countryCode?: string;
  } & (
    | ({ readonly kind: 'sms'; readonly language?: never } & AppLine)
    | {
        readonly kind: 'whatsapp';
        readonly language?: never;
        readonly appHost?: never;
        readonly appHash?: never;
      }
    | {
        readonly kind: 'tts';
        readonly appHost?: never;
        readonly appHash?: never;
        /** Language of the voice, such as `en-gb`. */
        readonly language?: string;
      }
  );
export type NewMailbox = Named &
  Wording &
  Place &
  CodeWanted & {
    readonly kind: 'email';
    readonly recipient: string;
    readonly subject?: string;
    readonly countryCode?: never;
    readonly appHost?: never;
    readonly appHash?: never;
  };
/** The phone or mailbox that a verification has proved within the last half hour, which it is used up by. */
export type NewProved = Named & {
  readonly kind: SentKind;
  readonly verification: string;
  readonly recipient?: never;
};
/** A passkey or security key: a page asks the user's device for it. */
export type NewPasskey = Named &
  InSession & {
    readonly kind: 'webauthn';
    /** The account, as the authenticator shows it; your id of the user unless given. */
    readonly account?: string;
    /** Whether it is to be found without a name; `preferred` unless given. */
    readonly residentKey?: 'discouraged' | 'preferred' | 'required';
    /** Of this device, or one that moves; either unless given. */
    readonly attachment?: 'platform' | 'cross-platform';
    readonly userVerification?: UserVerification;
  };
export type NewFactor = NewApp | NewToken | NewPasskey | NewRecoveryCodes | NewPhone | NewMailbox | NewProved;

export type EnrolledApp = {
  readonly factor: TotpFactor;
  /** Shown to the user once, and never again. */
  readonly secret: {
    /** The `otpauth://` address. It holds the secret. */
    readonly uri: string;
    /** The same as an `otpauth-migration://` address; null where the period is not 30 s. */
    readonly migrationUri: string | null;
    /** In groups of four, for people who type it. */
    readonly base32: string;
    /** The address as a QR code: an SVG image. */
    readonly qrSvg: string;
  };
};
export type EnrolledToken = {
  readonly factor: TokenFactor;
  /** Of one with a keypad: what to type into it, to confirm it by its answer. */
  readonly question: string | null;
};
export type EnrolledPasskey = {
  readonly factor: PasskeyFactor;
  /** For `createPasskey` in the page; what that gives confirms the factor within five minutes. */
  readonly publicKey: CreationOptions;
};
export type EnrolledRecoveryCodes = {
  readonly factor: RecoveryFactor;
  readonly notice: Notice | null;
  /** Shown to the user once, and never again. */
  readonly codes: readonly string[];
};
export type EnrolledAddress = {
  readonly factor: SentFactor;
  /** The code that was sent: only when `returnToken` was asked for with a test key, otherwise null. */
  readonly token: string | null;
};
/** What confirms a passkey: what the page was given by `createPasskey`. */
export type PasskeyConfirmation = InSession & { readonly credential: Registration };
/** A factor that proves from now on who its user is. */
export type Confirmed<F extends Factor = Factor> = F & { readonly notice: Notice | null };
type Enrolled = EnrolledApp | EnrolledToken | EnrolledPasskey | EnrolledRecoveryCodes | EnrolledAddress;

/**
 * The factors of your users, whom you name by an id of your own. Enrolling or removing one is your decision: ask
 * for a fresh answer of another factor first. Every call rejects with a `RoostError` when it fails, and with a
 * `TypeError` when an id or a code cannot be one.
 */
export type Factors = {
  /** A new authenticator app. It proves nothing until `confirm` has taken its first code. */
  enrol(user: string, wanted: NewApp): Promise<EnrolledApp>;
  /** A hardware token out of the stock. It too is to be confirmed. */
  enrol(user: string, wanted: NewToken): Promise<EnrolledToken>;
  /** A passkey: its options go to the user's browser. */
  enrol(user: string, wanted: NewPasskey): Promise<EnrolledPasskey>;
  /** Recovery codes need no confirming. */
  enrol(user: string, wanted: NewRecoveryCodes): Promise<EnrolledRecoveryCodes>;
  /** A phone or a mailbox: a code is sent at once, and confirms it. */
  enrol(user: string, wanted: NewPhone | NewMailbox): Promise<EnrolledAddress>;
  /** A phone or a mailbox that was proved just now. It needs no confirming. */
  enrol(user: string, wanted: NewProved): Promise<EnrolledAddress>;
  /** Takes the first code as it was typed: from then on the factor proves who its user is. */
  confirm(user: string, id: string, code: string): Promise<Confirmed>;
  confirm(user: string, id: string, passkey: PasskeyConfirmation): Promise<Confirmed<PasskeyFactor>>;
  /** The oldest first; none for a user who is not known. */
  list(user: string): Promise<readonly Factor[]>;
  /** Null takes the name away. */
  rename(user: string, id: string, name: string | null): Promise<Factor>;
  /**
   * Removes it with its secret; a token goes back to the stock. With `keepOne` the last confirmed factor stays, recovery
   * codes beside it being none, also when two are removed at once.
   * @throws RoostError with the `reason` `last_factor` where it was to be kept
   */
  remove(user: string, id: string, how?: { readonly keepOne?: boolean }): Promise<void>;
  /** Finds a counting token again that was pressed too often, by two codes that follow one another. */
  resync(user: string, id: string, codes: readonly [string, string]): Promise<HotpFactor>;
};

const secret = objectOf({ uri: text, migrationUri: orNull(text), base32: text, qrSvg: text });
const enrolledApp = objectOf({ factor: readTotp, secret });
const enrolledToken = objectOf({ factor: readTokenFactor, question: orNull(text) });
const enrolledPasskey = objectOf({ factor: readPasskeyFactor, publicKey: creationOptions });
const enrolledCodes = objectOf({ factor: readRecovery, codes: listOf(text), notice: readNotice });
const enrolledAddress = objectOf({ factor: readSent, token: orNull(text) });
const noticed = objectOf({ notice: readNotice });
const listed = objectOf({ factors: readFactors });

export function createFactors(send: Transport): Factors {
  async function enrol(user: string, wanted: NewFactor): Promise<Enrolled> {
    const answer = await send({ method: 'POST', path: pathOf(user), body: wanted });
    return readAnswer(answer, 'enrolled factor', readerFor(wanted));
  }
  async function confirm(user: string, id: string, proof: string | PasskeyConfirmation): Promise<Confirmed> {
    const body = typeof proof === 'object' && proof !== null ? proof : { code: codeIn(proof) };
    const answer = await send({ method: 'POST', path: `${pathOf(user, id)}/confirm`, body });
    return { ...factorIn(answer), ...readAnswer(answer, 'factor', noticed) };
  }
  return {
    enrol: enrol as Factors['enrol'],
    confirm: confirm as Factors['confirm'],
    async list(user) {
      const answer = await send({ method: 'GET', path: pathOf(user) });
      return readAnswer(answer, 'list of factors', listed).factors;
    },
    async rename(user, id, name) {
      return factorIn(await send({ method: 'PATCH', path: pathOf(user, id), body: { name } }));
    },
    async remove(user, id, { keepOne = false } = {}) {
      await send({ method: 'DELETE', path: `${pathOf(user, id)}${keepOne ? '?keepOne=true' : ''}` });
    },
    async resync(user, id, codes) {
      const body = { codes: codes.map(codeIn) };
      const answer = await send({ method: 'POST', path: `${pathOf(user, id)}/resync`, body });
      return factorIn(answer) as HotpFactor;
    },
  };
}

function readerFor(wanted: NewFactor): Reader<Enrolled> {
  if ('serial' in wanted && wanted.serial !== undefined) return enrolledToken;
  switch (wanted.kind) {
    case 'webauthn':
      return enrolledPasskey;
    case 'recovery':
      return enrolledCodes;
    case 'sms':
    case 'tts':
    case 'email':
    case 'whatsapp':
      return enrolledAddress;
    default:
      return enrolledApp;
  }
}

const factorIn = (answer: Answer): Factor => readAnswer(answer, 'factor', readFactor);

function pathOf(user: string, id?: string): string {
  const path = `/v1/users/${userIn(user)}/factors`;
  return id === undefined ? path : `${path}/${idIn(id, 'factor')}`;
}
