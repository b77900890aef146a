import { type Passkey, readPasskey } from './passkey.ts';
import { byField, listOf, moment, objectOf, oneOf, orNull, type Reader, text, whole } from './reading.ts';

export type Algorithm = 'SHA1' | 'SHA256' | 'SHA512';
/** Kinds whose code is sent to the user. */
export type SentKind = 'sms' | 'tts' | 'email' | 'whatsapp';
/** Kinds that a hardware token can be. */
export type TokenKind = 'totp' | 'hotp' | 'ocra' | 'yubikey';
export type FactorKind = TokenKind | 'webauthn' | 'recovery' | SentKind;

type About = {
  /** 32 lower-case hexadecimal characters. */
  readonly id: string;
  /** What its owner calls it; null when it has no name. */
  readonly name: string | null;
  /** A pending one proves nothing until its owner has confirmed it. */
  readonly state: 'pending' | 'active';
  readonly createdAt: Date;
  readonly confirmedAt: Date | null;
  readonly lastUsedAt: Date | null;
};
type Form = { readonly algorithm: Algorithm; readonly digits: 6 | 8 };
/** An authenticator app, or a hardware token with a clock. */
export type TotpFactor = About &
  Form & {
    readonly kind: 'totp';
    /** Seconds that a code is of. */
    readonly period: 30 | 60;
    /** Of a hardware token; null for an app. */
    readonly serial: string | null;
  };
/** A hardware token that counts how often it was pressed. */
export type HotpFactor = About & Form & { readonly kind: 'hotp'; readonly serial: string };
/** A hardware token with a keypad. */
export type OcraFactor = About & { readonly kind: 'ocra'; readonly suite: string; readonly serial: string };
export type YubikeyFactor = About & { readonly kind: 'yubikey'; readonly serial: string };
/** A passkey or security key. */
export type PasskeyFactor = About & {
  readonly kind: 'webauthn';
  /** Null until it is confirmed. */
  readonly passkey: Passkey | null;
};
export type RecoveryFactor = About & { readonly kind: 'recovery'; readonly codesLeft: number };
/** A phone or a mailbox. */
export type SentFactor = About & {
  readonly kind: SentKind;
  /** Where codes go, most of it hidden. */
  readonly recipient: string;
};
/** Something enrolled for a user, by which they prove who they are; `kind` tells them apart. */
export type Factor = TokenFactor | PasskeyFactor | RecoveryFactor | SentFactor;

export const TOKEN_KINDS = ['totp', 'hotp', 'ocra', 'yubikey'] as const satisfies TokenKind[];
export const FACTOR_KINDS = [
  ...TOKEN_KINDS,
  ...(['webauthn', 'recovery', 'sms', 'tts', 'email', 'whatsapp'] as const),
] as const satisfies FactorKind[];

export const algorithm = oneOf('SHA1', 'SHA256', 'SHA512');
export const digits = oneOf(6, 8);

const about = {
  ...{ id: text, name: orNull(text), state: oneOf('pending', 'active') },
  ...{ createdAt: moment, confirmedAt: orNull(moment), lastUsedAt: orNull(moment) },
};
const form = { algorithm, digits };
export const readTotp: Reader<TotpFactor> = objectOf({
  ...{ ...about, ...form, kind: oneOf('totp'), period: oneOf(30, 60), serial: orNull(text) },
});
export const readPasskeyFactor: Reader<PasskeyFactor> = objectOf({
  ...{ ...about, kind: oneOf('webauthn'), passkey: orNull(readPasskey) },
});
export const readRecovery: Reader<RecoveryFactor> = objectOf({
  ...{ ...about, kind: oneOf('recovery'), codesLeft: whole },
});
export const readSent: Reader<SentFactor> = objectOf({
  ...{ ...about, kind: oneOf('sms', 'tts', 'email', 'whatsapp'), recipient: text },
});
const readHotp: Reader<HotpFactor> = objectOf({ ...about, ...form, kind: oneOf('hotp'), serial: text });
const readOcra: Reader<OcraFactor> = objectOf({ ...about, kind: oneOf('ocra'), suite: text, serial: text });
const readYubikey: Reader<YubikeyFactor> = objectOf({ ...about, kind: oneOf('yubikey'), serial: text });

/** A hardware token that was given to a user. */
export type TokenFactor = TotpFactor | HotpFactor | OcraFactor | YubikeyFactor;
const ofTokens = { totp: readTotp, hotp: readHotp, ocra: readOcra, yubikey: readYubikey };
export const readTokenFactor: Reader<TokenFactor> = byField<TokenFactor>('kind', ofTokens);

export const readFactor: Reader<Factor> = byField<Factor>('kind', {
  ...{ ...ofTokens, webauthn: readPasskeyFactor, recovery: readRecovery },
  ...{ sms: readSent, tts: readSent, email: readSent, whatsapp: readSent },
});
export const readFactors: Reader<readonly Factor[]> = listOf(readFactor);

/** What a user is told, since somebody else may have done it. */
export type Notice = {
  readonly event: 'factor_added' | 'recovery_code_used';
  /** Phones and mailboxes that it was told to, most of each hidden: tell the user yourself where there is none. */
  readonly sentTo: readonly string[];
};
export const readNotice: Reader<Notice | null> = orNull(
  objectOf({ event: oneOf('factor_added', 'recovery_code_used'), sentTo: listOf(text) }),
);
