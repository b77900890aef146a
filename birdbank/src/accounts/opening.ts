import { createHash } from 'node:crypto';
import type { Booking } from './account.ts';

/** What stands on the two accounts of a new customer, oldest first. */
export type Opening = { readonly current: readonly Booking[]; readonly savings: readonly Booking[] };

const DAY_MS = 86_400_000;
const DAYS = 92;
const PAYDAY = 25;
const SHOPS = [
  ['De Mus', 1_150, 8_900],
  ['Zwaluw & Zn', 320, 1_480],
  ['Merel Boeken', 990, 4_250],
  ['Café De Reiger', 450, 3_900],
  ['Ooievaar Apotheek', 595, 2_600],
  ['Kwikstaart Fietsen', 1_250, 9_800],
  ['IJsvogel Rail', 480, 5_640],
] as const;

/**
 * Three months of an ordinary life before the account was opened here: a salary, a rent, shops, something saved. The
 * same customer at the same moment gets the same one. Neither account is ever below zero in it.
 */
export function openingHistory(customerId: string, nowMs: number): Opening {
  const chance = chanceFrom(customerId);
  const today = Math.floor(nowMs / DAY_MS) * DAY_MS;
  const first = today - DAYS * DAY_MS;
  const current: Booking[] = [booking(first, 185_000, 'opening')];
  const savings: Booking[] = [booking(first, 420_000, 'opening')];
  for (let day = 1; day < DAYS; day += 1) {
    const atMs = first + day * DAY_MS;
    const date = new Date(atMs).getUTCDate();
    current.push(...regularOn(date, atMs), ...shoppingOn(atMs, chance));
    if (date === PAYDAY + 1) {
      current.push(booking(atMs, -15_000, 'transfer'));
      savings.push(booking(atMs, 15_000, 'transfer'));
    }
    if (date === 1) savings.push(booking(atMs, 420 + chance(260), 'interest'));
  }
  return { current, savings };
}

function regularOn(date: number, atMs: number): readonly Booking[] {
  switch (date) {
    case PAYDAY:
      return [booking(atMs, 264_500, 'salary', 'Nest & Tak BV')];
    case 1:
      return [booking(atMs, -98_500, 'debit', 'Woonstichting De Til')];
    case 5:
      return [booking(atMs, -13_420, 'debit', 'Pluim Zorg')];
    case 12:
      return [booking(atMs, -9_650, 'debit', 'Windvaan Energie')];
    case 18:
      return [booking(atMs, -2_250, 'debit', 'Fluit Mobiel')];
    default:
      return [];
  }
}

/** Something is bought on six days of ten. */
function shoppingOn(atMs: number, chance: Chance): readonly Booking[] {
  if (chance(10) >= 6) return [];
  const [name, least, most] = SHOPS[chance(SHOPS.length)] ?? SHOPS[0];
  return [
    booking(atMs + 8 * 3_600_000 + chance(36_000_000), -(least + chance(most - least) / 2) | 0, 'card', name),
  ];
}

const booking = (
  bookedAtMs: number,
  amountCents: number,
  kind: Booking['kind'],
  name: string | null = null,
): Booking => ({
  bookedAtMs,
  amountCents,
  kind,
  name,
  iban: null,
  reference: null,
  paymentId: null,
  approval: null,
});

/** A whole number from 0 up to and without `below`. */
type Chance = (below: number) => number;

/** The same numbers for the same seed: SHA-256 of it and a counter. A history needs variety, not secrecy. */
function chanceFrom(seed: string): Chance {
  let count = 0;
  return (below) => {
    count += 1;
    return createHash('sha256').update(`${seed}/${count}`).digest().readUInt32BE() % below;
  };
}
