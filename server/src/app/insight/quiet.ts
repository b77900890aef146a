import {
  type CountName,
  entryOf,
  type KeptBook,
  type KeptFigures,
  readBook,
} from '../../domain/insight/figures.ts';
import { type Place, placeAt, type Sieve, type Store, tables, timeOfPlace } from '../../store/store.ts';
import { DAY_MS, dayOf, SPAN_MS, spanOf, spansOfDay } from './count-span.ts';
import type { Wanted } from './wanted.ts';

/** Ids are made a little before their rows, so the ends of a stretch belong to its neighbours too. */
const EDGE_MS = 2_000;
/** By then whatever was open or under way has ended, and has been counted so. */
const SETTLED_MS = 3 * DAY_MS + 3_600_000;

type Quiet = {
  /** A place from which on backwards something may be wanted: the same one, or an earlier. */
  passOver(before: Place): Promise<Place>;
  /** How far back it goes on without a quiet stretch: to `limit`, or to where one begins. */
  endOf(before: Place, limit: Place): Promise<Place>;
};

/**
 * Passes over stretches of which the figures say that they hold nothing of what is wanted, so that a rare thing is found
 * without reading all that lies between.
 */
export function quietStretches(store: Pick<Store, 'read' | 'nowMs'>, of: Sieve['of'], wanted: Wanted): Quiet {
  const nowMs = store.nowMs();
  // What is deleted may have been counted otherwise a moment ago.
  const holdsAny = wanted.state === 'deleted' ? null : counterOf(of, wanted);
  let days: Promise<ReadonlyMap<number, KeptBook>> | null = null;
  const spans = new Map<number, Promise<ReadonlyMap<number, KeptBook>>>();
  const dayBooks = async () => {
    const rows = await store.read.list(tables.figuresSince, { lengthMs: DAY_MS }, 0);
    return new Map(rows.map((row) => [row.beginsAtMs, readBook(row.book)]));
  };
  const spanBooks = async (day: number) => {
    const rows = await spansOfDay(store, day);
    // Where something may have changed since, the figures say nothing.
    const said = rows.filter(
      ({ isStale, restless }) => !isStale && (restless === 0 || wanted.state === null),
    );
    return new Map(said.map((row) => [row.beginsAtMs, readBook(row.book)]));
  };
  const quietUntil = async (atMs: number): Promise<number | null> => {
    if (holdsAny === null) return null;
    const day = dayOf(atMs);
    days ??= dayBooks();
    const ofDay = (await days).get(day);
    const isSaid = wanted.state === null ? day + DAY_MS < nowMs : day + DAY_MS + SETTLED_MS < nowMs;
    if (ofDay !== undefined && isSaid && isInside(atMs, day, DAY_MS) && !holdsAny(ofDay)) {
      return day + EDGE_MS;
    }
    const books = spans.get(day) ?? spanBooks(day);
    spans.set(day, books);
    const span = spanOf(atMs);
    const ofSpan = (await books).get(span);
    const isQuiet = ofSpan !== undefined && !holdsAny(ofSpan) && span + SPAN_MS + EDGE_MS < nowMs;
    return isQuiet && isInside(atMs, span, SPAN_MS) ? span + EDGE_MS : null;
  };
  return {
    async passOver(before) {
      let place = before;
      for (;;) {
        const atMs = Math.min(timeOfPlace(place), nowMs + EDGE_MS) - 1;
        const untilMs = await quietUntil(atMs);
        if (untilMs === null) return place;
        place = placeAt(untilMs);
      }
    },
    async endOf(before, limit) {
      if (holdsAny === null) return limit;
      const limitMs = timeOfPlace(limit);
      let atMs = spanOf(Math.min(timeOfPlace(before), nowMs) - EDGE_MS) - EDGE_MS;
      // Just within the stretch that ends here.
      while (atMs > limitMs && (await quietUntil(atMs - 1)) === null) atMs -= SPAN_MS;
      return atMs > limitMs ? placeAt(atMs) : limit;
    },
  };
}

const isInside = (atMs: number, beginsAtMs: number, lengthMs: number): boolean =>
  atMs > beginsAtMs + EDGE_MS && atMs < beginsAtMs + lengthMs - EDGE_MS;

/** Whether a book counts anything of what is wanted; null where books cannot tell. */
function counterOf(of: Sieve['of'], wanted: Wanted): (book: KeptBook) => boolean {
  const { country, provider, channel, state, mode, projectId } = wanted;
  const name: CountName =
    of === 'refusals'
      ? 'refused'
      : state === null || state === 'open' || state === 'refused'
        ? 'created'
        : state;
  const questions: (readonly [entry: string, count: (figures: KeptFigures) => number])[] = [
    [entryOf('all', ''), (figures) => figures[name]],
  ];
  if (country !== null) questions.push([entryOf('country', country), (figures) => figures[name]]);
  if (channel !== null) questions.push([entryOf('channel', channel), (figures) => figures[name]]);
  // The provider of a row is that of its newest message, which need not be the last one of all.
  if (provider !== null) questions.push([entryOf('provider', provider), ({ messages }) => messages]);
  return (book) =>
    [...book].some(([group, entries]) => {
      const at = group.indexOf(' ');
      if (mode !== null && group.slice(0, at) !== mode) return false;
      if (projectId !== null && group.slice(at + 1) !== projectId) return false;
      return questions.every(([entry, count]) => {
        const figures = entries.get(entry);
        return figures !== undefined && count(figures) > 0;
      });
    });
}
