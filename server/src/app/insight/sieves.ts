import { makeSieve, wordBits } from '../../domain/insight/sieve.ts';
import { type Place, placeAt, type Sieve, type Store, tables } from '../../store/store.ts';
import type { CountDeps } from './count-span.ts';

/** Rows that one sieve is about. A search reads as many where a sieve says that it may find something. */
const SIEVE_ROWS = 4_096;
const AT_ONCE = 256;
/** Rows that are younger may be followed by one with a smaller id that is not committed yet. */
const SETTLED_MS = 60_000;
/** After every place. */
export const LAST_PLACE: Place = 'f'.repeat(32);
export const FIRST_PLACE: Place = '0'.repeat(32);

/** What a row can be found by. */
export const recipientWord = (recipientKey: string) => wordBits(`recipient ${recipientKey}`);
export const referenceWord = (reference: string) => wordBits(`reference ${reference}`);

/** Makes the sieves of all rows that have settled, but for the last few thousand. @returns false when it was stopped */
export async function growSieves(deps: CountDeps): Promise<boolean> {
  for (const name of ['verifications', 'refusals'] as const) {
    for (;;) {
      const grown = await growOne(deps, name);
      if (grown === 'stopped') return false;
      if (grown === 'nothing') break;
    }
  }
  return true;
}

async function growOne(
  { store, rest, stopwatchMs }: CountDeps,
  of: Sieve['of'],
): Promise<'grown' | 'nothing' | 'stopped'> {
  const [newest] = await store.read.insight.sievesBefore(of, LAST_PLACE, 1);
  const first = newest?.last ?? FIRST_PLACE;
  const places = await store.read.insight.placesAfter(of, first, SIEVE_ROWS);
  const last = places[SIEVE_ROWS - 1];
  if (last === undefined || last >= placeAt(store.nowMs() - SETTLED_MS)) return 'nothing';
  const words: Uint32Array[] = [];
  let after = first;
  for (;;) {
    const beganMs = stopwatchMs();
    const rows = await wordsOf(store, of, { after, before: afterPlace(last), limit: AT_ONCE });
    words.push(...rows.flatMap((row) => row.words));
    const end = rows.at(-1);
    if (!(await rest(stopwatchMs() - beganMs))) return 'stopped';
    if (end === undefined || rows.length < AT_ONCE) break;
    after = end.place;
  }
  const sieve = { of, first: places[0] ?? last, last, holds: places.length, bits: makeSieve(words) };
  await store.transaction(async (tx) => {
    if ((await tx.get(tables.sieves, sieve)) === null) tx.insert(tables.sieves, sieve);
  });
  return 'grown';
}

async function wordsOf(
  { read: { insight } }: Pick<Store, 'read'>,
  of: Sieve['of'],
  stretch: { readonly after: Place; readonly before: Place; readonly limit: number },
): Promise<readonly { readonly place: Place; readonly words: readonly Uint32Array[] }[]> {
  if (of === 'refusals') {
    const rows = await insight.countableRefusals(stretch);
    return rows.map(({ place, recipientKey }) => ({ place, words: [recipientWord(recipientKey)] }));
  }
  const rows = await insight.countable(stretch);
  return rows.map(({ place, recipientKey, reference }) => ({
    place,
    words: [recipientWord(recipientKey), ...(reference === null ? [] : [referenceWord(reference)])],
  }));
}

/** The place right after one: there is none in between. */
function afterPlace(place: Place): Place {
  const next = BigInt(`0x${place}`) + 1n;
  return next.toString(16).padStart(32, '0').slice(-32);
}
