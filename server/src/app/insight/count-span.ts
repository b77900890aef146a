import { type CountedMessage, countRefusal, countVerification } from '../../domain/insight/counting.ts';
import { addBook, type FigureBook, readBook, writeBook } from '../../domain/insight/figures.ts';
import { type Countable, type FiguresRow, placeAt, type Store, tables } from '../../store/store.ts';

/** Figures are counted by stretches of this length; those of a whole day are their sum. */
export const SPAN_MS = 600_000;
export const DAY_MS = 86_400_000;

/** Rows that are read at once: few, since on SQLite nothing else happens meanwhile. */
const AT_ONCE = 250;
/** Ids are made a little before their rows are, and by another clock where there are several nodes. */
const SLACK_MS = 30_000;

/** Lets others work after `workedMs` of work. False when there should be no more of it. */
export type Rest = (workedMs: number) => Promise<boolean>;
export type CountDeps = {
  readonly store: Store;
  readonly rest: Rest;
  readonly stopwatchMs: () => number;
};

export const spanOf = (atMs: number): number => atMs - (atMs % SPAN_MS);
export const dayOf = (atMs: number): number => atMs - (atMs % DAY_MS);

/**
 * Counts all that was made within one stretch, from its rows, and keeps it in the place of what was counted before.
 * Two that do it at once keep the same.
 * @returns how many rows may still count differently later; null when it was stopped
 */
export async function countSpan(deps: CountDeps, beginsAtMs: number): Promise<number | null> {
  const { store } = deps;
  await takeMark(store, beginsAtMs);
  const nowMs = store.nowMs();
  const book: FigureBook = new Map();
  const isIn = (atMs: number) => atMs >= beginsAtMs && atMs < beginsAtMs + SPAN_MS;
  const stretch = {
    before: placeAt(beginsAtMs + SPAN_MS + SLACK_MS),
    first: placeAt(beginsAtMs - SLACK_MS),
  };
  let restless = 0;
  const wasCounted = await eachPage(
    deps,
    stretch,
    (page) => store.read.insight.countable(page),
    async (rows) => {
      const wanted = rows.filter(({ createdAtMs }) => isIn(createdAtMs));
      const chains = await chainsOf(store, wanted);
      wanted.forEach((row, i) => {
        if (countVerification(book, { ...row, messages: chains[i] ?? [] }, nowMs)) restless += 1;
      });
    },
  );
  const wereRefused =
    wasCounted &&
    (await eachPage(
      deps,
      stretch,
      (page) => store.read.insight.countableRefusals(page),
      async (rows) => {
        for (const row of rows) if (isIn(row.atMs)) countRefusal(book, row);
      },
    ));
  if (!wereRefused) return null;
  const row = { lengthMs: SPAN_MS, beginsAtMs, countedAtMs: nowMs, restless, isStale: false };
  await keepFigures(store, { ...row, book: writeBook(book) });
  return restless;
}

async function eachPage<Row extends { readonly place: string }>(
  { rest, stopwatchMs }: CountDeps,
  { first, before }: { readonly first: string; readonly before: string },
  read: (page: { after: string; before: string; limit: number }) => Promise<readonly Row[]>,
  work: (rows: readonly Row[]) => Promise<void>,
): Promise<boolean> {
  let after = first;
  for (;;) {
    const beganMs = stopwatchMs();
    const rows = await read({ after, before, limit: AT_ONCE });
    await work(rows);
    const last = rows.at(-1);
    if (rows.length < AT_ONCE || last === undefined) return true;
    after = last.place;
    if (!(await rest(stopwatchMs() - beganMs))) return false;
  }
}

/** All messages of each verification, the oldest first. Nearly all have one, which came with its row. */
async function chainsOf(store: Store, rows: readonly Countable[]): Promise<CountedMessage[][]> {
  const chains = rows.map(({ last }) => (last === null ? [] : [last]));
  let ends = chains.map((chain) => neighbours(chain[0]));
  while (ends.some((ids) => ids.length > 0)) {
    const found = await store.read.insight.countedMessages(ends.flat());
    const byId = new Map(found.map((message) => [message.id, message]));
    ends = ends.map((ids, i) => {
      const chain = chains[i] ?? [];
      const next: string[] = [];
      for (const id of ids) {
        const message = byId.get(id);
        if (message === undefined || chain.some((known) => known.id === id)) continue;
        chain.push(message);
        next.push(...neighbours(message).filter((other) => !chain.some((known) => known.id === other)));
      }
      return next;
    });
  }
  for (const chain of chains) chain.sort((a, b) => a.createdAtMs - b.createdAtMs);
  return chains;
}

const neighbours = (message: CountedMessage | undefined): string[] =>
  [message?.routing?.previousId, message?.routing?.nextId].filter((id) => typeof id === 'string');

/** Sums up the stretches of one day. */
export async function countDay({ store }: Pick<CountDeps, 'store'>, beginsAtMs: number): Promise<void> {
  const countedAtMs = store.nowMs();
  const book: FigureBook = new Map();
  for (const { book: more } of await spansOfDay(store, beginsAtMs)) addBook(book, readBook(more));
  const row = { lengthMs: DAY_MS, beginsAtMs, countedAtMs, restless: 0, isStale: false };
  await keepFigures(store, { ...row, book: writeBook(book) });
}

/** The stretches of one day that have been counted. */
export async function spansOfDay(store: Pick<Store, 'read'>, dayMs: number) {
  const begins = Array.from({ length: DAY_MS / SPAN_MS }, (_, i) => dayMs + i * SPAN_MS);
  const found = await Promise.all(
    begins.map((beginsAtMs) => store.read.get(tables.figures, { lengthMs: SPAN_MS, beginsAtMs })),
  );
  return found.filter((row) => row !== null);
}

async function keepFigures(store: Store, row: FiguresRow): Promise<void> {
  await store.transaction(async (tx) => {
    const known = await tx.get(tables.figures, row);
    if (known === null) tx.insert(tables.figures, row);
    // What changed after its row was read is to be counted again, so a mark that came meanwhile stays.
    else if (known.countedAtMs <= row.countedAtMs)
      tx.update(tables.figures, { ...row, isStale: known.isStale });
  });
}

/** Takes away the mark that something has changed, before the rows are read. */
async function takeMark(store: Store, beginsAtMs: number): Promise<void> {
  const key = { lengthMs: SPAN_MS, beginsAtMs };
  if ((await store.read.get(tables.figures, key))?.isStale !== true) return;
  await store.transaction(async (tx) => {
    const known = await tx.get(tables.figures, key);
    if (known !== null) tx.update(tables.figures, { ...known, isStale: false });
  });
}
