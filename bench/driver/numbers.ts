// Mobile ranges: prefix and how many free digits follow. Eight countries, so that no country is all of the load.
const RANGES = [
  ['+3162', 7],
  ['+49151', 8],
  ['+4474', 8],
  ['+336', 8],
  ['+346', 8],
  ['+3932', 8],
  ['+32470', 6],
  ['+4850', 7],
] as const;

// Odd and not a multiple of five, so multiplying by it shuffles the digits without a repeat.
const SHUFFLE = 7_654_321;

/**
 * The n-th test recipient (n from 0) in E.164. Neighbours lie far apart; the first eight million differ, so
 * no budget of a recipient is touched twice in a run.
 */
export function recipient(n: number): string {
  const [prefix, digits] = RANGES[n % RANGES.length] ?? RANGES[0];
  const space = 10 ** digits;
  const within = (Math.floor(n / RANGES.length) * SHUFFLE + 1) % space;
  return prefix + String(within).padStart(digits, '0');
}
