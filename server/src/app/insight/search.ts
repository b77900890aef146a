import { countryOf } from '../../domain/insight/counting.ts';
import { mayHold } from '../../domain/insight/sieve.ts';
import { isShownTo } from '../../domain/operator.ts';
import { readRecipient } from '../../domain/recipient.ts';
import type { Key } from '../../domain/scope.ts';
import type { Verification } from '../../domain/verification.ts';
import { stopwatchMs } from '../../kernel/clock.ts';
import { isProblem } from '../../kernel/failure.ts';
import { isId } from '../../kernel/ids.ts';
import {
  type ListedRefusal,
  type ListedVerification,
  type ListFilter,
  type Place,
  placeAt,
  type Sieve,
  type Store,
  tables,
  timeOfPlace,
} from '../../store/store.ts';
import type { Vault } from '../vault.ts';
import { quietStretches } from './quiet.ts';
import { FIRST_PLACE, LAST_PLACE, recipientWord, referenceWord } from './sieves.ts';
import type { Wanted } from './wanted.ts';

export type Listed =
  | ({ readonly kind: 'verification' } & ListedVerification)
  | ({ readonly kind: 'refusal' } & ListedRefusal);
export type Found = {
  /** The newest first. */
  readonly rows: readonly Listed[];
  /** Where the next page begins; null when everything has been looked at. */
  readonly next: Place | null;
  /** How far back was looked, where there may be more that was not looked at. */
  readonly lookedBackToMs: number | null;
};

export type SearchDeps = {
  readonly store: Pick<Store, 'read' | 'nowMs'>;
  readonly vault: Pick<Vault, 'recipientKey'>;
};

const PAGE_ROWS = 50;
/** Rows that are read at once where they have to be looked at one by one. */
const WINDOW_ROWS = 2_000;
/** For so long one page of an answer is looked for, however little is found. */
const PATIENCE_MS = 60;
const MOST_SIEVES = 64;

/**
 * Finds verifications and what the guard refused, a page at once. A search that has looked at some ten thousand rows
 * answers what it has, and how far it came.
 */
export async function findListed({ store }: Pick<SearchDeps, 'store'>, wanted: Wanted): Promise<Found> {
  const before = earlier(wanted.before, wanted.toMs === null ? null : placeAt(wanted.toMs)) ?? LAST_PLACE;
  const after = wanted.fromMs === null ? FIRST_PLACE : placeAt(wanted.fromMs);
  const about = { ...wanted, before, after };
  const [verifications, refusals] = await Promise.all([
    wanted.state === 'refused' ? NONE : look(store, 'verifications', about),
    mayBeRefused(wanted) ? look(store, 'refusals', about) : NONE,
  ]);
  return merged(verifications, refusals);
}

type Looked = {
  readonly rows: readonly Listed[];
  /** Everything after this place has been looked at; null when all has. */
  readonly down: Place | null;
};
const NONE: Looked = { rows: [], down: null };

/** A refusal has no provider and no reference, and its state is that it was refused. */
const mayBeRefused = ({ state, provider, reference }: Wanted): boolean =>
  (state === null || state === 'refused') && provider === null && reference === null;

function merged(a: Looked, b: Looked): Found {
  // What one list has not looked at yet may come before what the other one found.
  const floor =
    [a.down, b.down]
      .filter((place) => place !== null)
      .sort()
      .at(-1) ?? null;
  const all = [...a.rows, ...b.rows]
    .filter(({ place }) => floor === null || place >= floor)
    .sort((x, y) => (x.place < y.place ? 1 : -1));
  const rows = all.slice(0, PAGE_ROWS);
  const last = rows.at(-1);
  if (all.length > PAGE_ROWS && last !== undefined) return { rows, next: last.place, lookedBackToMs: null };
  if (floor === null) return { rows, next: null, lookedBackToMs: null };
  const isFull = rows.length === PAGE_ROWS;
  return { rows, next: floor, lookedBackToMs: isFull ? null : timeOfPlace(floor) };
}

type About = Wanted & { readonly before: Place; readonly after: Place };
type Window = { readonly after: Place; readonly before: Place };

async function look(store: SearchDeps['store'], of: Sieve['of'], about: About): Promise<Looked> {
  const rows: Listed[] = [];
  const windows = windowsOf(store, of, about);
  const beganMs = stopwatchMs();
  for await (const { after, before } of windows) {
    const more = await readWindow(store, of, about, { after, before, limit: PAGE_ROWS + 1 - rows.length });
    rows.push(...more);
    if (rows.length > PAGE_ROWS) return { rows, down: rows.at(-1)?.place ?? after };
    if (after === about.after) break;
    // The row at the end of a window has not been looked at yet.
    if (stopwatchMs() - beganMs > PATIENCE_MS) return { rows, down: placeAfter(after) };
  }
  return { rows, down: null };
}

/** The rows of a window that are wanted, `limit` at most. */
async function readWindow(
  store: SearchDeps['store'],
  of: Sieve['of'],
  about: About,
  { after, before, limit }: Window & { readonly limit: number },
): Promise<readonly Listed[]> {
  const { insight } = store.read;
  const rows: Listed[] = [];
  let below = before;
  for (;;) {
    const listing = { after, before: below, limit, where: whereOf(about), nowMs: store.nowMs() };
    const found: readonly Listed[] =
      of === 'verifications'
        ? (await insight.listVerifications(listing)).map((row) => ({ kind: 'verification', ...row }))
        : (await insight.listRefusals(listing)).map((row) => ({ kind: 'refusal', ...row }));
    rows.push(...found.filter((row) => isWanted(row, about)));
    if (rows.length >= limit) return rows.slice(0, limit);
    const last = found.at(-1);
    if (found.length < limit || last === undefined) return rows;
    below = last.place;
  }
}

/** Stretches to look at, the newest first, that together hold everything which may be wanted. */
async function* windowsOf(store: SearchDeps['store'], of: Sieve['of'], about: About): AsyncGenerator<Window> {
  const { read } = store;
  if (about.recipientKey !== null || about.reference !== null) return yield* sifted(read, of, about);
  if (!isChoosy(about)) return yield { after: about.after, before: about.before };
  const skips = quietStretches(store, of, about);
  let before = about.before;
  while (before > about.after) {
    before = await skips.passOver(before);
    if (before <= about.after) return;
    const back = await read.insight.placeBack(of, before, WINDOW_ROWS);
    const limit = back === null || back < about.after ? about.after : back;
    // The last few rows of all are read as they are: there may be years without any before them.
    const end = back === null ? limit : await skips.endOf(before, limit);
    // The row at the end of a window is the first of the next one.
    yield { after: end, before };
    before = end === about.after ? end : placeAfter(end);
  }
}

/** Whether it may have to be looked for among many others. A page of what is usual is full at once. */
const isChoosy = (about: About): boolean =>
  [about.state, about.channel, about.provider, about.country, about.reason, about.mode, about.projectId].some(
    (one) => one !== null,
  );

/** The stretches whose sieves say that they may hold it, and what is too young to have one. */
async function* sifted(read: Store['read'], of: Sieve['of'], about: About): AsyncGenerator<Window> {
  const words = [
    ...(about.recipientKey === null ? [] : [recipientWord(about.recipientKey)]),
    ...(about.reference === null ? [] : [referenceWord(about.reference)]),
  ];
  const [newest] = await read.insight.sievesBefore(of, LAST_PLACE, 1);
  const settled = newest?.last ?? FIRST_PLACE;
  if (about.before > settled) yield { after: later(settled, about.after), before: about.before };
  // The sieve in which a page begins ends after it.
  let top = LAST_PLACE;
  for (;;) {
    const sieves = await read.insight.sievesBefore(of, top, MOST_SIEVES);
    for (const { first, last, bits } of sieves) {
      if (last <= about.after) return;
      if (first >= about.before || !words.every((word) => mayHold(bits, word))) continue;
      const window = { after: later(placeBefore(first), about.after), before: placeAfter(last) };
      yield { ...window, before: earlier(window.before, about.before) ?? window.before };
    }
    const end = sieves.at(-1);
    if (sieves.length < MOST_SIEVES || end === undefined) return;
    top = end.last;
  }
}

const step = (place: Place, by: bigint): Place => {
  const next = BigInt(`0x${place}`) + by;
  return next < 0n ? FIRST_PLACE : next.toString(16).padStart(32, '0').slice(-32);
};
const placeAfter = (place: Place): Place => step(place, 1n);
const placeBefore = (place: Place): Place => step(place, -1n);
const later = (a: Place, b: Place): Place => (a > b ? a : b);
const earlier = (a: Place | null, b: Place | null): Place | null =>
  a === null ? b : b === null || a < b ? a : b;

function whereOf(wanted: Wanted): ListFilter {
  const { state, mode, projectId, channel, provider, recipientKey, reference, country, reason } = wanted;
  return {
    ...(state === null || state === 'refused' ? {} : { state }),
    ...(mode === null ? {} : { mode }),
    ...(projectId === null ? {} : { projectId }),
    ...(channel === null ? {} : { channel }),
    ...(provider === null ? {} : { provider }),
    ...(recipientKey === null ? {} : { recipientKey }),
    ...(reference === null ? {} : { reference }),
    ...(country === null ? {} : { country }),
    ...(reason === null ? {} : { reason }),
  };
}

/** What the database was asked roughly alone, since it stands in JSON or is told by its words, or not at all. */
function isWanted(
  row: Listed,
  { projectId, country, reason }: Pick<Wanted, 'projectId' | 'country' | 'reason'>,
): boolean {
  const it = row.kind === 'verification' ? row.verification : row.refusal;
  if (!isShownTo(it.projectId, projectId)) return false;
  if (country !== null && countryOfListed(row) !== country) return false;
  return reason === null || reasonsOf(row).some((text) => text.toLowerCase().includes(reason.toLowerCase()));
}

/** Whether a row is among what is looked for, whenever it was made. */
export function matches(row: Listed, wanted: Wanted, nowMs: number): boolean {
  const { state, mode, projectId, channel, provider, recipientKey, reference } = wanted;
  const it = row.kind === 'verification' ? row.verification : row.refusal;
  const facts = {
    state: row.kind === 'refusal' ? 'refused' : stateAt(row.verification, nowMs),
    provider: row.kind === 'refusal' ? null : (row.message?.provider ?? null),
    reference: row.kind === 'refusal' ? null : row.verification.reference,
  };
  return (
    (state === null || facts.state === state) &&
    (mode === null || it.mode === mode) &&
    (projectId === null || it.projectId === projectId) &&
    (channel === null || it.channel === channel) &&
    (provider === null || facts.provider === provider) &&
    (recipientKey === null || it.recipientKey === recipientKey) &&
    (reference === null || facts.reference === reference) &&
    isWanted(row, wanted)
  );
}

export const stateAt = (v: Verification, nowMs: number): Verification['state'] =>
  v.state === 'open' && nowMs >= v.expiresAtMs ? 'expired' : v.state;

export const countryOfListed = (row: Listed): string =>
  row.kind === 'refusal'
    ? (row.refusal.country ?? 'ZZ')
    : countryOf({ guard: row.verification.guard, messages: row.message === null ? [] : [row.message] });

/** Why it failed, in the words of whoever said so. */
function reasonsOf(row: Listed): readonly string[] {
  if (row.kind === 'refusal') return [row.refusal.rule];
  const { verification, message } = row;
  const own = verification.state === 'open' ? null : verification.reason;
  const sent =
    message === null || message.state === 'pending' || message.state === 'sent' ? null : message.reason;
  return [own, sent].filter((text) => text !== null);
}

/** What was typed into the search: an id, a recipient in any spelling, or a reference of the customer's own. */
export type Typed =
  | { readonly kind: 'id'; readonly of: 'verification' | 'refusal'; readonly key: Key }
  | { readonly kind: 'words'; readonly recipientKey: string | null; readonly reference: string };

/** Understands what was typed. A message's id leads to its verification. */
export async function readTyped({ store, vault }: SearchDeps, typed: string): Promise<Typed> {
  const text = typed.trim();
  const id = text.toLowerCase();
  if (isId(id)) {
    const { insight } = store.read;
    const verification = await insight.keyOf('verifications', id);
    if (verification !== null) return { kind: 'id', of: 'verification', key: verification };
    const refusal = await insight.keyOf('refusals', id);
    if (refusal !== null) return { kind: 'id', of: 'refusal', key: refusal };
    const messageKey = await store.read.messageKey(id);
    const message = messageKey === null ? null : await store.read.get(tables.messages, messageKey);
    const owner = message === null ? null : await insight.keyOf('verifications', message.verificationId);
    if (owner !== null) return { kind: 'id', of: 'verification', key: owner };
  }
  const read = readRecipient(text, text.includes('@') ? 'email' : 'sms');
  return { kind: 'words', recipientKey: isProblem(read) ? null : vault.recipientKey(read), reference: text };
}
