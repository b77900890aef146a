import { type Brake, type Counts, HOUR_MS, sumBefore } from './counts.ts';

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
    if (nowMs < brake.untilMs) return { kind: 'closed', untilMs: brake.untilMs };
    if (brake.probes < rule.probes) return { kind: 'probing', brake: { ...brake, probes: brake.probes + 1 } };
    // The probes are out, and none has been verified yet.
    if (nowMs < brake.untilMs + rule.graceMs)
      return { kind: 'closed', untilMs: brake.untilMs + rule.graceMs };
    return { kind: 'closing', sends: rule.probes, verified: 0, brake: closedAgain(brake, rule, nowMs) };
  }
  const sinceMs = brake?.healedAtMs ?? 0;
  const span = { windowMs: rule.windowMs, skipMs: rule.graceMs, sinceMs };
  const sends = sumBefore(parts, 'sends', span, nowMs);
  const verified = sumBefore(parts, 'verified', span, nowMs);
  if (sends < rule.leastSends || verified >= sends * rule.closesBelow)
    return { kind: 'open', sends, verified };
  const isFresh = brake === null || nowMs - brake.closedAtMs > 2 * 24 * HOUR_MS;
  const next: Brake = isFresh
    ? { closedAtMs: nowMs, untilMs: nowMs + rule.firstMs, times: 1, probes: 0, healedAtMs: null }
    : closedAgain(brake, rule, nowMs);
  return { kind: 'closing', sends, verified, brake: next };
}

function closedAgain(brake: Brake, rule: BrakeRule, nowMs: number): Brake {
  const lastsMs = Math.min(rule.longestMs, rule.firstMs * 2 ** Math.min(brake.times, 16));
  return { closedAtMs: nowMs, untilMs: nowMs + lastsMs, times: brake.times + 1, probes: 0, healedAtMs: null };
}

/** A code was verified that was sent at `sentAtMs`: one sent as a probe opens the brake again. */
export function healed(parts: readonly Counts[], sentAtMs: number, nowMs: number): Brake | null {
  const brake = brakeOf(parts);
  if (brake === null || brake.healedAtMs !== null || brake.probes === 0 || sentAtMs < brake.untilMs)
    return null;
  return { ...brake, healedAtMs: nowMs };
}
