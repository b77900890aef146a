/**
 * What all nodes know of a provider's trouble. It is written when sendings fail and when it is tried again, never for
 * a success alone: successes are counted by each node, and told along with its next failure, or while there is trouble.
 */
export type Breaker = {
  readonly provider: string;
  /** `open`: it is passed over until `untilMs`. `probing`: one node lets one message through until then. */
  readonly state: 'closed' | 'open' | 'probing';
  /** When the count began. */
  readonly windowAtMs: number;
  readonly failures: number;
  readonly successes: number;
  /** How often it was opened without a success in between. */
  readonly openings: number;
  readonly untilMs: number;
};

/** How sendings went: those that the provider took, and those it did not answer or was too busy for. */
export type Outcomes = { readonly failures: number; readonly successes: number };

const WINDOW_MS = 60_000;
const FEWEST_FAILURES = 5;
const OPENING_RATE = 0.5;
const FIRST_PAUSE_MS = 15_000;
const LONGEST_PAUSE_MS = 300_000;
/** A probe that no message was there for is given up after this, and may be taken by another node. */
const PROBE_MS = 15_000;

export const calm = (provider: string, nowMs: number): Breaker => ({
  ...{ provider, state: 'closed', windowAtMs: nowMs, failures: 0, successes: 0 },
  ...{ openings: 0, untilMs: 0 },
});

/** What some sendings change. It opens when within a minute five failed, and half of all did. */
export function noteOutcomes(breaker: Breaker, { failures, successes }: Outcomes, nowMs: number): Breaker {
  switch (breaker.state) {
    case 'probing':
      if (failures > 0) return open(breaker, nowMs);
      return successes > 0 ? calm(breaker.provider, nowMs) : breaker;
    case 'open':
      return breaker; // these were begun before it was opened, or had no other way to go
    case 'closed': {
      const isOver = nowMs >= breaker.windowAtMs + WINDOW_MS;
      const window = isOver ? { ...breaker, windowAtMs: nowMs, failures: 0, successes: 0 } : breaker;
      const counted = {
        ...window,
        failures: window.failures + failures,
        successes: window.successes + successes,
      };
      const rate = counted.failures / Math.max(1, counted.failures + counted.successes);
      return counted.failures >= FEWEST_FAILURES && rate >= OPENING_RATE ? open(counted, nowMs) : counted;
    }
    default:
      return breaker.state satisfies never;
  }
}

/** Takes the right to let one message through; null when it is not time, or somebody else has it. */
export function takeProbe(breaker: Breaker, nowMs: number): Breaker | null {
  if (breaker.state === 'closed' || nowMs < breaker.untilMs) return null;
  return { ...breaker, state: 'probing', untilMs: nowMs + PROBE_MS };
}

/** Whether failures were counted lately, so that successes matter. */
export const isTroubled = (breaker: Breaker | undefined, nowMs: number): boolean =>
  breaker !== undefined &&
  (breaker.state !== 'closed' || (breaker.failures > 0 && nowMs < breaker.windowAtMs + WINDOW_MS));

function open(breaker: Breaker, nowMs: number): Breaker {
  const openings = breaker.openings + 1;
  const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (openings - 1));
  return { ...breaker, state: 'open', openings, untilMs: nowMs + pauseMs, failures: 0, successes: 0 };
}
