import { PRESENT_WINDOW, STANDARD_WINDOW, STRICT_WINDOW, type TotpWindow } from './factor/totp.ts';
import { LOCAL_WEBAUTHN, type WebauthnPolicy } from './factor/webauthn-policy.ts';
import { FACTOR_KINDS, type FactorKind, isSentKind } from './factor.ts';
import type { Channel } from './message.ts';
import { type NoticeWords, USUAL_NOTICES } from './notice.ts';
import { SHIPPED_BOOK, type WordBook } from './words/book.ts';
import type { AppPolicy } from './words/last-line.ts';

/** What a project allows and presumes, where the wire leaves a choice. */
export type Policy = {
  /** Attempts for a verification whose creator names none: 1 to 10. */
  readonly maxAttempts: number;
  /** The longest life a code may be given, in seconds: 30 to 172800. */
  readonly longestTimeoutSeconds: number;
  /** Which codes of an authenticator app count. */
  readonly totpWindow: TotpWindow;
  /** The longest period of a new authenticator app, in seconds: 30 or 60. */
  readonly longestPeriodSeconds: number;
  /** Kinds of factor that may be enrolled, and may answer a challenge. */
  readonly factorKinds: readonly FactorKind[];
  readonly webauthn: WebauthnPolicy;
  /** What users are told of changes by phone and mail; null when the caller tells them itself. */
  readonly notices: NoticeWords | null;
  readonly delivery: DeliveryPolicy;
  /** What stands around a code when the caller brings no template. */
  readonly words: WordBook;
} & AppPolicy;

/** What is done when a provider does not carry a message. */
export type DeliveryPolicy = {
  /** How long a provider that was busy, or whose answer is not known, is waited for before the next route is taken. */
  readonly failOverAfterMs: number;
  /** Channels that a code takes, in this order, when all routes of the one it was asked for have failed. */
  readonly fallback: readonly Channel[];
  /** Whether a message that its network could not deliver takes the next route. The code is kept, sealed, as long as it may. */
  readonly onUndelivered: 'next-route' | 'fail';
};

const DELIVERY: DeliveryPolicy = { failOverAfterMs: 3_000, fallback: [], onUndelivered: 'next-route' };

const NO_APPS: AppPolicy = { appHosts: [], appHashes: [] };

export const STANDARD_POLICY: Policy = {
  ...{ maxAttempts: 3, longestTimeoutSeconds: 172_800, totpWindow: STANDARD_WINDOW },
  ...{ longestPeriodSeconds: 60, factorKinds: FACTOR_KINDS, notices: USUAL_NOTICES },
  webauthn: LOCAL_WEBAUTHN,
  delivery: DELIVERY,
  words: SHIPPED_BOOK,
  ...NO_APPS,
};

/** A code may live ten minutes at most (NIST SP 800-63B-4, 3.1.3; OWASP ASVS 5.0, 6.5.5). */
export const STRICT_POLICY: Policy = {
  ...{ maxAttempts: 3, longestTimeoutSeconds: 600, totpWindow: STRICT_WINDOW },
  ...{ longestPeriodSeconds: 60, factorKinds: FACTOR_KINDS, notices: USUAL_NOTICES },
  webauthn: { ...LOCAL_WEBAUTHN, userVerification: 'required' },
  delivery: DELIVERY,
  words: SHIPPED_BOOK,
  ...NO_APPS,
};

/**
 * What level 3 of OWASP ASVS 5.0 asks besides: no factor by phone (6.6.1) or mail (6.3.6), and codes of an
 * authenticator that live 30 seconds (6.5.5).
 */
export const ASVS_L3_POLICY: Policy = {
  ...STRICT_POLICY,
  ...{ totpWindow: PRESENT_WINDOW, longestPeriodSeconds: 30 },
  factorKinds: FACTOR_KINDS.filter((kind) => !isSentKind(kind)),
};
