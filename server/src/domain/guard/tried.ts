import { healed } from './brake.ts';
import type { Brake, Counts } from './counts.ts';
import type { Rule } from './rules.ts';

/** Brakes of rules that are only tried, by their names, as a sending leaves them. */
export type TriedBrakes = Map<string, Brake>;

/** Counts as a rule that is tried sees them: with its own brake in the place of the one in force. */
export function seenBy(rule: string, parts: readonly Counts[]): readonly Counts[] {
  return parts.map(({ brake: _, ...counts }) => {
    const brake = counts.tried?.[rule];
    return brake === undefined ? counts : { ...counts, brake };
  });
}

/**
 * A subject's own part with the brakes of the rules that are tried on it, without those that are tried no more. It is the same
 * value where there is none.
 */
export function withTried(
  own: Counts,
  rules: readonly Rule[],
  brakes: TriedBrakes | null,
  isKept: (brake: Brake) => boolean,
): Counts {
  if (own.tried === undefined && brakes === null) return own;
  const tried: { [rule: string]: Brake } = {};
  for (const rule of rules) {
    if (rule.kind !== 'brake' || rule.isTried !== true) continue;
    const now = brakes?.get(rule.id);
    const brake = now !== undefined && isKept(now) ? now : own.tried?.[rule.id];
    if (brake !== undefined) tried[rule.id] = brake;
  }
  const { tried: _, ...counts } = own;
  return Object.keys(tried).length === 0 ? counts : { ...counts, tried };
}

/** The brakes of rules that are tried, once a code that was sent at `sentAtMs` is verified; see `healed`. */
export function healedTried(
  parts: readonly Counts[],
  sentAtMs: number,
  nowMs: number,
): Counts['tried'] | null {
  const names = new Set(parts.flatMap(({ tried = {} }) => Object.keys(tried)));
  const open = [...names].flatMap((name) => {
    const brake = healed(seenBy(name, parts), sentAtMs, nowMs);
    return brake === null ? [] : [[name, brake] as const];
  });
  return open.length === 0 ? null : Object.fromEntries(open);
}
