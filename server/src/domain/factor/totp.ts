import { type CodeForm, findCounter, hotp } from './hotp.ts';

export const PERIODS = [30, 60] as const;

export type TotpSettings = CodeForm & {
  readonly periodSeconds: (typeof PERIODS)[number];
  /**
   * Steps by which this authenticator's own clock may be learned to be off: 0 for phones, whose clocks are set
   * by the network; more for tokens, whose clocks nobody sets.
   */
  readonly mostDriftSteps: number;
};

export const USUAL_TOTP: TotpSettings = {
  ...{ algorithm: 'SHA1', digits: 6, periodSeconds: 30, mostDriftSteps: 0 },
};
/** The most that `mostDriftSteps` may be. */
export const MOST_DRIFT_STEPS = 10;

/** What is remembered between two codes. */
export type TotpMemory = {
  /** The step of the last code that was accepted: it and all before it are used up. */
  readonly lastStep: number | null;
  /** How many steps the authenticator's clock was ahead (or, negative, behind) at its last success. */
  readonly drift: number;
};

export const NEW_TOTP_MEMORY: TotpMemory = { lastStep: null, drift: 0 };

/** Steps around the present one whose codes are accepted. */
export type TotpWindow = { readonly behind: number; readonly ahead: number };
/** One step either way: the code just gone, and clocks that are a little fast. */
export const STANDARD_WINDOW: TotpWindow = { behind: 1, ahead: 1 };
/** The present step and the one before it (OWASP ASVS 5.0, 6.5.5). */
export const STRICT_WINDOW: TotpWindow = { behind: 1, ahead: 0 };
/** The present step alone: a code lives no longer than its period. */
export const PRESENT_WINDOW: TotpWindow = { behind: 0, ahead: 0 };

/** The number of whole periods since the epoch (RFC 6238, section 4.2). */
export const stepAt = (nowMs: number, { periodSeconds }: TotpSettings): number =>
  Math.floor(nowMs / (periodSeconds * 1000));

/** The code of the moment `nowMs`. */
export const totp = (settings: TotpSettings, secret: Uint8Array, nowMs: number): string =>
  hotp(settings, secret, stepAt(nowMs, settings));

/**
 * What is to be remembered once this code is accepted, or null when it is refused: it is not of a step within
 * the window, or that step or a later one has been used (RFC 6238, section 5.2). The drift is learned from
 * accepted codes alone, so a guesser cannot move the window.
 */
export function acceptTotp(
  settings: TotpSettings,
  secret: Uint8Array,
  memory: TotpMemory,
  code: string,
  nowMs: number,
  window: TotpWindow,
): TotpMemory | null {
  const step = stepAt(nowMs, settings);
  const centre = step + bounded(memory.drift, settings.mostDriftSteps);
  const range = { from: centre - window.behind, to: centre + window.ahead };
  const found = findCounter(settings, secret, code, range);
  if (found === null) return null;
  // The same code may be right for two steps of the window. The unused one counts then.
  const used = memory.lastStep ?? -1;
  const fresh = found > used ? found : findCounter(settings, secret, code, { from: used + 1, to: range.to });
  if (fresh === null) return null;
  return { lastStep: fresh, drift: bounded(fresh - step, settings.mostDriftSteps) };
}

const bounded = (value: number, most: number): number => Math.max(-most, Math.min(most, value));
