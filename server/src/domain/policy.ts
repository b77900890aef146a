import { STANDARD_WINDOW, STRICT_WINDOW, type TotpWindow } from './factor/totp.ts';

/** What a project allows and presumes, where the wire leaves a choice. */
export type Policy = {
  /** Attempts for a verification whose creator names none: 1 to 10. */
  readonly maxAttempts: number;
  /** The longest life a code may be given, in seconds: 30 to 172800. */
  readonly longestTimeoutSeconds: number;
  /** Which codes of an authenticator app count. */
  readonly totpWindow: TotpWindow;
};

export const STANDARD_POLICY: Policy = {
  ...{ maxAttempts: 3, longestTimeoutSeconds: 172_800, totpWindow: STANDARD_WINDOW },
};

/** A code may live ten minutes at most (NIST SP 800-63B-4, 3.1.3; OWASP ASVS 5.0, 6.5.5). */
export const STRICT_POLICY: Policy = {
  ...{ maxAttempts: 3, longestTimeoutSeconds: 600, totpWindow: STRICT_WINDOW },
};
