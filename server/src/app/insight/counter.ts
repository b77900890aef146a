import { type FiguresHead, type Place, placeAt, type Store, tables, timeOfPlace } from '../../store/store.ts';
import { type CountDeps, countDay, countSpan, DAY_MS, dayOf, SPAN_MS, spanOf } from './count-span.ts';
import { COMPLETE } from './home.ts';
import { growSieves } from './sieves.ts';

/** For so long figures are told by stretches; days are kept longer. */
export const FIGURES_KEPT_MS = 31 * DAY_MS;
const DAYS_KEPT_MS = 400 * DAY_MS;
/** While a stretch is this young it is counted again and again. */
const YOUNG_MS = 10 * 60_000;
/** What has changed later waits this long, so that many changes are counted together. */
const STALE_PATIENCE_MS = 60_000;
/** A day is summed up again this seldom. */
const DAY_PATIENCE_MS = 10 * 60_000;
const HEADS_FRESH_MS = 30_000;
const PRUNE_EVERY_MS = 3_600_000;
const LEASE_MS = 60_000;
const MARK_EVERY_MS = 5 * 60_000;
const LEASE = 'figures are counted by';

export type CounterDeps = CountDeps & {
  /** Names this process among all nodes. */
  readonly holder: string;
  /** When the rows of a verification are deleted, its words are of no more use. */
  readonly rowsKeptMs: number;
};

export type Counter = {
  /** Counts what is due. One node does it for all; it goes on where another one stopped. */
  pass(): Promise<void>;
};

type Heads = Map<number, FiguresHead>;

export function createCounter(deps: CounterDeps): Counter {
  const { store } = deps;
  let heads: Heads = new Map();
  let days: Heads = new Map();
  let readAtMs = Number.NEGATIVE_INFINITY;
  let prunedAtMs = Number.NEGATIVE_INFINITY;
  let markedAtMs = Number.NEGATIVE_INFINITY;
  /** Everything older has been counted at least once. */
  let countedUpTo: number | null = null;
  const isStopped = async () => !(await deps.rest(0));

  async function readHeads(nowMs: number): Promise<void> {
    if (nowMs - readAtMs < HEADS_FRESH_MS) return;
    heads = await headsSince(store, SPAN_MS, nowMs - FIGURES_KEPT_MS);
    days = await headsSince(store, DAY_MS, dayOf(nowMs - FIGURES_KEPT_MS));
    readAtMs = nowMs;
  }

  async function count(beginsAtMs: number): Promise<boolean> {
    const countedAtMs = store.nowMs();
    const restless = await countSpan(deps, beginsAtMs);
    if (restless === null) return false;
    heads.set(beginsAtMs, { lengthMs: SPAN_MS, beginsAtMs, countedAtMs, restless, isStale: false });
    return true;
  }

  /** Counts what has never been counted, from the oldest on; empty stretches are passed over. */
  async function countBacklog(nowMs: number): Promise<boolean> {
    let atMs = countedUpTo ?? spanOf(nowMs - FIGURES_KEPT_MS);
    const endMs = spanOf(nowMs - YOUNG_MS);
    while (atMs < endMs) {
      while (heads.has(atMs)) atMs += SPAN_MS;
      const firstMs = await firstRowAt(store, atMs, endMs);
      if (firstMs === null) break;
      const beginsAtMs = Math.max(atMs, spanOf(firstMs));
      if (beginsAtMs >= endMs) break;
      if (!heads.has(beginsAtMs) && !(await count(beginsAtMs))) return false;
      atMs = beginsAtMs + SPAN_MS;
      if (await isStopped()) return false;
    }
    countedUpTo = endMs;
    return true;
  }

  async function countDays(nowMs: number): Promise<boolean> {
    const newest = new Map<number, number>();
    for (const { beginsAtMs, countedAtMs } of heads.values()) {
      const day = dayOf(beginsAtMs);
      newest.set(day, Math.max(newest.get(day) ?? 0, countedAtMs));
    }
    for (const [day, countedAtMs] of newest) {
      const summedAtMs = days.get(day)?.countedAtMs ?? Number.NEGATIVE_INFINITY;
      const isSummed = countedAtMs < summedAtMs || nowMs < summedAtMs + DAY_PATIENCE_MS;
      if (day + DAY_MS > nowMs || isSummed) continue;
      const atMs = store.nowMs();
      const beganMs = deps.stopwatchMs();
      await countDay(deps, day);
      days.set(day, {
        lengthMs: DAY_MS,
        beginsAtMs: day,
        countedAtMs: atMs + 1,
        restless: 0,
        isStale: false,
      });
      if (!(await deps.rest(deps.stopwatchMs() - beganMs))) return false;
    }
    return true;
  }

  return {
    async pass() {
      if (!(await takeLease(store, deps.holder))) return;
      const nowMs = store.nowMs();
      await readHeads(nowMs);
      for (let atMs = spanOf(nowMs - YOUNG_MS - SPAN_MS); atMs <= nowMs; atMs += SPAN_MS) {
        if (!(await count(atMs))) return;
      }
      for (const { beginsAtMs } of [...heads.values()].filter((head) => isDue(head, nowMs))) {
        if (!(await count(beginsAtMs)) || (await isStopped())) return;
      }
      if (!(await countBacklog(nowMs))) return;
      if (!(await countDays(nowMs))) return;
      if (nowMs - markedAtMs >= MARK_EVERY_MS) {
        markedAtMs = nowMs;
        await keepComplete(store, nowMs);
      }
      if (!(await growSieves(deps))) return;
      if (nowMs - prunedAtMs < PRUNE_EVERY_MS) return;
      prunedAtMs = nowMs;
      await prune(deps, nowMs);
    },
  };
}

/** What may still change is looked at ever more seldom: after half as long again each time. */
function isDue({ beginsAtMs, countedAtMs, restless, isStale }: FiguresHead, nowMs: number): boolean {
  const sinceMs = nowMs - countedAtMs;
  if (isStale && sinceMs >= STALE_PATIENCE_MS) return true;
  const ageMs = countedAtMs - (beginsAtMs + SPAN_MS);
  return restless > 0 && sinceMs >= Math.max(STALE_PATIENCE_MS, ageMs / 2);
}

async function headsSince(store: Store, lengthMs: number, sinceMs: number): Promise<Heads> {
  const found = await store.read.list(tables.figureHeadsSince, { lengthMs }, sinceMs);
  return new Map(found.map((head) => [head.beginsAtMs, head]));
}

/** A row is made so much later than its id, at most: it may stand in the next stretch. */
const BEFORE_ROW_MS = 1_000;

/** When the first thing was made from `fromMs` on, and before `beforeMs`. */
async function firstRowAt(store: Store, fromMs: number, beforeMs: number): Promise<number | null> {
  const after = placeAt(fromMs - BEFORE_ROW_MS);
  const found = await Promise.all([
    store.read.insight.placesAfter('verifications', after, 1),
    store.read.insight.placesAfter('refusals', after, 1),
  ]);
  const times = found.flat().map((place: Place) => timeOfPlace(place));
  const firstMs = times.length === 0 ? null : Math.min(...times);
  return firstMs !== null && firstMs < beforeMs ? firstMs : null;
}

/** One node counts, as long as it goes on; when it is gone for a minute another one does. */
async function takeLease(store: Store, holder: string): Promise<boolean> {
  const nowMs = store.nowMs();
  const known = await store.read.get(tables.settings, { name: LEASE });
  const [by, untilMs] = known?.value.split(' ') ?? [];
  if (by === holder && Number(untilMs) - nowMs > LEASE_MS / 2) return true;
  if (by !== undefined && by !== holder && nowMs < Number(untilMs)) return false;
  return store.transaction(async (tx) => {
    const current = await tx.get(tables.settings, { name: LEASE });
    const [other, endMs] = current?.value.split(' ') ?? [];
    if (other !== undefined && other !== holder && tx.nowMs < Number(endMs)) return false;
    const next = { name: LEASE, value: `${holder} ${tx.nowMs + LEASE_MS}` };
    if (current === null) tx.insert(tables.settings, next);
    else tx.update(tables.settings, next);
    return true;
  });
}

/** Everything that was made until now is in the figures. */
async function keepComplete(store: Store, nowMs: number): Promise<void> {
  await store.transaction(async (tx) => {
    const next = { name: COMPLETE, value: String(nowMs) };
    if ((await tx.get(tables.settings, next)) === null) tx.insert(tables.settings, next);
    else tx.update(tables.settings, next);
  });
}

async function prune({ store, rowsKeptMs }: CounterDeps, nowMs: number): Promise<void> {
  for (const [lengthMs, keptMs] of [
    [SPAN_MS, FIGURES_KEPT_MS],
    [DAY_MS, DAYS_KEPT_MS],
  ] as const) {
    const old = await store.read.list(tables.figureHeadsBefore, { lengthMs }, dayOf(nowMs - keptMs));
    await removeAll(store, old, (tx, head) => tx.remove(tables.figures, head));
  }
  for (const name of ['verifications', 'refusals'] as const) {
    const old = await store.read.insight.sievesBefore(name, placeAt(nowMs - rowsKeptMs), 1_000);
    await removeAll(store, old, (tx, sieve) => tx.remove(tables.sieves, sieve));
  }
}

const REMOVED_AT_ONCE = 50;

async function removeAll<T>(
  store: Store,
  old: readonly T[],
  remove: (tx: Parameters<Parameters<Store['transaction']>[0]>[0], one: T) => void,
): Promise<void> {
  for (let at = 0; at < old.length; at += REMOVED_AT_ONCE) {
    await store.transaction(async (tx) => {
      for (const one of old.slice(at, at + REMOVED_AT_ONCE)) remove(tx, one);
    });
  }
}
