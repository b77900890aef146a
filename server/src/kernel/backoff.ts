/**
 * How long to wait before try number `attempt` + 1, in milliseconds: doubling from `firstMs` up to `mostMs`.
 * `spread` (0 to 1, from chance) takes off up to a quarter, so that jobs that failed together do not
 * return together.
 */
export function backoffMs(attempt: number, firstMs: number, mostMs: number, spread: number): number {
  const full = Math.min(mostMs, firstMs * 2 ** Math.max(0, attempt - 1));
  return Math.round(full * (1 - spread / 4));
}
