import { type ListedVerification, type Place, placeAt, type Store } from '../../store/store.ts';
import { type Listed, stateAt } from './search.ts';

/** What has happened since the last look. */
export type News = {
  readonly nowMs: number;
  /** Rows that were made, in order of time. A row is told once; who listens may know it already. */
  readonly made: readonly Listed[];
  /** Rows that were told before and have changed since. */
  readonly changed: readonly Listed[];
  /** So many were made that not all of them are told. */
  readonly isTooMuch: boolean;
};
export type Feed = {
  /** Told of news from now on. @returns what ends it */
  subscribe(listener: (news: News) => void): () => void;
  /** What was made since, for those who come later. */
  since(sinceMs: number): Promise<readonly Listed[]>;
};

export type FeedDeps = {
  readonly store: Pick<Store, 'read' | 'nowMs'>;
  readonly everyMs: number;
  readonly failed: (error: unknown) => void;
};

/**
 * A row may be committed so much later than others with a greater id: ids are made before the transaction that keeps
 * them begins. So far back every look goes.
 */
export const LOOK_BACK_MS = 5_000;
const PAGE = 1_000;
/** Places of one look back that are looked at: a thousand rows a second. */
const MOST_PLACES = 5_000;
/** Rows that are told at once. Nobody could read more, and reading them would take time from creates. */
const MOST_AT_ONCE = 600;
/** Rows whose changes are told. */
const FOLLOWED = 200;

/**
 * Follows what is committed, by looking at ids in order of time: creates know nothing of it. While nobody listens it does
 * not look.
 */
export function createFeed({ store, everyMs, failed }: FeedDeps): Feed {
  const listeners = new Set<(news: News) => void>();
  const { insight } = store.read;
  let known = new Set<Place>();
  let followed = new Map<Place, string>();
  let timer: NodeJS.Timeout | null = null;

  async function look(): Promise<void> {
    const nowMs = store.nowMs();
    const after = placeAt(nowMs - LOOK_BACK_MS);
    const verifications = await placesSince('verifications', after);
    const refusals = await placesSince('refusals', after);
    const fresh = verifications.filter((place) => !known.has(place));
    const freshRefusals = refusals.filter((place) => !known.has(place));
    known = new Set([...verifications, ...refusals]);
    const isTooMuch =
      Math.max(verifications.length, refusals.length) >= MOST_PLACES || fresh.length > MOST_AT_ONCE;
    const made = isTooMuch ? [] : await rowsAt(fresh, freshRefusals, after);
    const changed = await changes(nowMs);
    follow(made, nowMs);
    if (made.length + changed.length === 0 && !isTooMuch) return;
    for (const listener of listeners) listener({ nowMs, made, changed, isTooMuch });
  }

  async function placesSince(of: 'verifications' | 'refusals', after: Place): Promise<Place[]> {
    const places: Place[] = [];
    while (places.length < MOST_PLACES) {
      const page = await insight.placesAfter(of, places.at(-1) ?? after, PAGE);
      places.push(...page);
      if (page.length < PAGE) break;
    }
    return places;
  }

  async function rowsAt(
    verifications: readonly Place[],
    refusals: readonly Place[],
    after: Place,
  ): Promise<Listed[]> {
    const found = await insight.verificationsAt(verifications);
    const rows: Listed[] = found.map((row) => ({ kind: 'verification', ...row }));
    if (refusals.length > 0) {
      const wanted = new Set(refusals);
      const listing = { after, before: LAST, limit: MOST_PLACES, where: {}, nowMs: 0 };
      for (const row of await insight.listRefusals(listing)) {
        if (wanted.has(row.place)) rows.push({ kind: 'refusal', ...row });
      }
    }
    return rows.sort((a, b) => (a.place < b.place ? -1 : 1));
  }

  async function changes(nowMs: number): Promise<Listed[]> {
    const open = [...followed].filter(([, print]) => !print.startsWith('settled')).map(([place]) => place);
    const rows = await insight.verificationsAt(open);
    return rows.flatMap((row) => {
      const print = printOf(row, nowMs);
      if (followed.get(row.place) === print) return [];
      followed.set(row.place, print);
      return [{ kind: 'verification' as const, ...row }];
    });
  }

  function follow(made: readonly Listed[], nowMs: number): void {
    for (const row of made) {
      if (row.kind === 'verification') followed.set(row.place, printOf(row, nowMs));
    }
    if (followed.size > FOLLOWED) followed = new Map([...followed].slice(-FOLLOWED));
  }

  function schedule(): void {
    timer = setTimeout(() => {
      look()
        .catch(failed)
        .finally(() => {
          if (listeners.size > 0) schedule();
          else timer = null;
        });
    }, everyMs);
    timer.unref();
  }

  return {
    subscribe(listener) {
      listeners.add(listener);
      if (timer === null) {
        known = new Set();
        schedule();
      }
      return () => listeners.delete(listener);
    },
    async since(sinceMs) {
      const after = placeAt(Math.max(sinceMs, store.nowMs() - 60_000) - LOOK_BACK_MS);
      const verifications = await placesSince('verifications', after);
      const refusals = await placesSince('refusals', after);
      return rowsAt(verifications, refusals, after);
    },
  };
}

const LAST: Place = 'f'.repeat(32);

/** What of a row is shown and may change; `settled` once nothing of it will. */
function printOf({ verification, message }: ListedVerification, nowMs: number): string {
  const state = stateAt(verification, nowMs);
  const isUnderWay = message !== null && (message.state === 'pending' || message.state === 'sent');
  const print = `${state} ${verification.wrongGuesses} ${message?.id} ${message?.state}`;
  return state !== 'open' && !isUnderWay ? `settled ${print}` : print;
}
