const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** How long one key signs. */
const SIGNS_FOR_MS = 30 * DAY_MS;
/** How long a key is published before it signs: longer than anybody keeps the list of keys. */
const PUBLISHED_AHEAD_MS = HOUR_MS;
/** How long a key is published after it signed last: longer than any proof is good. */
const PUBLISHED_AFTER_MS = DAY_MS;

type Dated = { readonly activeFromMs: number };

/** The key that signs at `nowMs`: the newest that is active. */
export function signingAt<K extends Dated>(keys: readonly K[], nowMs: number): K | undefined {
  return keys
    .filter(({ activeFromMs }) => activeFromMs <= nowMs)
    .reduce<K | undefined>(
      (newest, key) => (newest === undefined || key.activeFromMs > newest.activeFromMs ? key : newest),
      undefined,
    );
}

/** From when a further key must sign, if one is to be made now; null when none is. The first signs at once. */
export function nextActiveFromMs(keys: readonly Dated[], nowMs: number): number | null {
  if (keys.length === 0) return nowMs;
  const newestMs = Math.max(...keys.map(({ activeFromMs }) => activeFromMs));
  const dueMs = newestMs + SIGNS_FOR_MS;
  return nowMs >= dueMs - PUBLISHED_AHEAD_MS ? Math.max(dueMs, nowMs + PUBLISHED_AHEAD_MS) : null;
}

/** Keys that nobody needs any more. */
export function outlived<K extends Dated>(keys: readonly K[], nowMs: number): readonly K[] {
  const current = signingAt(keys, nowMs);
  if (current === undefined || nowMs < current.activeFromMs + PUBLISHED_AFTER_MS) return [];
  return keys.filter(({ activeFromMs }) => activeFromMs < current.activeFromMs);
}
