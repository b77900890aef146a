import { type Brake, type Counts, HOUR_MS, sum, sumBefore } from './counts.ts';

/** When too few of the codes that were sent are verified, sending stops, and starts again with a few probes. */
export type BrakeRule = {
  /** Sendings that are needed before a rate says anything. */
  readonly leastSends: number;
  /** Below this share of verified ones it closes. */
  readonly closesBelow: number;
  readonly windowMs: number;
  readonly firstMs: number;
  readonly longestMs: number;
  readonly probes: number;
  /** How long a code has to be verified before it counts as sent for nothing. */
  readonly graceMs: number;
  /** Probes go out early once no more than this share is asked for of what was when it closed. */
  readonly calmsTo?: number;
};

export type BrakeState =
  | { readonly kind: 'open'; readonly sends: number; readonly verified: number }
  /** It closes with this sending. */
  | { readonly kind: 'closing'; readonly sends: number; readonly verified: number; readonly brake: Brake }
  | { readonly kind: 'closed'; readonly untilMs: number }
  /** Half open: this sending is let through to see what becomes of it. */
  | { readonly kind: 'probing'; readonly brake: Brake };

/** The newest word on the brake counts, whichever node had it. */
export function brakeOf(parts: readonly Counts[]): Brake | null {
  let newest: Brake | null = null;
  for (const { brake } of parts) {
    if (brake === undefined) continue;
    const isNewer =
      newest === null ||
      brake.closedAtMs > newest.closedAtMs ||
      (brake.closedAtMs === newest.closedAtMs &&
        (brake.healedAtMs ?? 0) + brake.probes > (newest.healedAtMs ?? 0) + newest.probes);
    if (isNewer) newest = brake;
  }
  return newest;
}

export function judgeBrake(parts: readonly Counts[], rule: BrakeRule, nowMs: number): BrakeState {
  const brake = brakeOf(parts);
  if (brake !== null && brake.healedAtMs === null) {
    if (nowMs < brake.untilMs) {
      if (!isCalm(parts, brake, rule, nowMs)) return { kind: 'closed', untilMs: brake.untilMs };
      return { kind: 'probing', brake: { ...brake, untilMs: nowMs, probes: 1 } };
    }
    if (brake.probes < rule.probes) return { kind: 'probing', brake: { ...brake, probes: brake.probes + 1 } };
    // The probes are out, and none has been verified yet.
    if (nowMs < brake.untilMs + rule.graceMs)
      return { kind: 'closed', untilMs: brake.untilMs + rule.graceMs };
    return { kind: 'closing', sends: rule.probes, verified: 0, brake: closed(parts, rule, nowMs) };
  }
  const sinceMs = brake?.healedAtMs ?? 0;
  const span = { windowMs: rule.windowMs, skipMs: rule.graceMs, sinceMs };
  const sends = sumBefore(parts, 'sends', span, nowMs);
  const verified = sumBefore(parts, 'verified', span, nowMs);
  if (sends < rule.leastSends || verified >= sends * rule.closesBelow)
    return { kind: 'open', sends, verified };
  return { kind: 'closing', sends, verified, brake: closed(parts, rule, nowMs) };
}

/** The brake, closing now. What closes again within two days stays closed for twice as long. */
export function closed(parts: readonly Counts[], rule: BrakeRule, nowMs: number): Brake {
  const before = brakeOf(parts);
  const isFresh = before === null || nowMs - before.closedAtMs > 2 * 24 * HOUR_MS;
  const times = isFresh ? 0 : before.times;
  const lastsMs = Math.min(rule.longestMs, rule.firstMs * 2 ** Math.min(times, 16));
  const closing = {
    closedAtMs: nowMs,
    untilMs: nowMs + lastsMs,
    times: times + 1,
    probes: 0,
    healedAtMs: null,
  };
  return rule.calmsTo === undefined ? closing : { ...closing, pace: askedLately(parts, nowMs) };
}

const LATELY_MS = 600_000;
/** Of less than this in ten minutes nobody can say whether it has become calm. */
const LEAST_PACE = 20;

const askedLately = (parts: readonly Counts[], nowMs: number): number =>
  sum(parts, 'sends', LATELY_MS, nowMs) + sum(parts, 'refused', LATELY_MS, nowMs);

/** Whether what made it close has gone away, so that there is no need to wait for the time it was closed for. */
function isCalm(parts: readonly Counts[], brake: Brake, rule: BrakeRule, nowMs: number): boolean {
  const { pace = 0, closedAtMs, probes } = brake;
  if (rule.calmsTo === undefined || pace < LEAST_PACE || probes > 0) return false;
  if (nowMs < closedAtMs + rule.graceMs + LATELY_MS) return false;
  return askedLately(parts, nowMs) <= pace * rule.calmsTo;
}

/** A code was verified that was sent at `sentAtMs`: one sent as a probe opens the brake again. */
export function healed(parts: readonly Counts[], sentAtMs: number, nowMs: number): Brake | null {
  const brake = brakeOf(parts);
  if (brake === null || brake.healedAtMs !== null || brake.probes === 0 || sentAtMs < brake.untilMs)
    return null;
  return { ...brake, healedAtMs: nowMs };
}

/** Until when a closed brake holds; null when there is none, or it was opened again. */
export const closedUntilMs = ({ brake }: Counts): number | null =>
  brake === undefined || brake.healedAtMs !== null ? null : brake.untilMs;
