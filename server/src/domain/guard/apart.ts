import { type Counted, type Counts, elsewhereOf, HOUR_MS, less, noteElsewhere, sum } from './counts.ts';

/**
 * A block of numbers that its own rules have stopped says nothing about its country: what was sent to it is taken off
 * the country's count, or pumping a few blocks would close the country to everybody else. Who pumps one block after
 * the other gains little: of so many codes a day beyond it nothing is taken off any more.
 */
const MOST_APART_A_DAY = 60;

type CountedOn = { readonly block?: Counted; readonly country?: Counted };
type Kept = { readonly block?: Counts; readonly country?: Counts };

/** Whether what is sent now is counted apart from the country. */
export function isApartFrom({ block, country }: CountedOn, nowMs: number): boolean {
  if (block?.own.apart?.is !== true || country === undefined) return false;
  return elsewhereOf(partsOf(country), nowMs) < MOST_APART_A_DAY;
}

/** Counts a code that was sent to a block apart. */
export const countedApart = (country: Counts, nowMs: number): Counts => noteElsewhere(country, 1, nowMs);

/** A code was verified that had been sent to this block: people are there, so it is counted with its country again. */
export const rejoined = (block: Counts, nowMs: number): Counts =>
  block.apart?.is === true ? { ...block, apart: { is: false, sinceMs: nowMs } } : block;

/** Takes what was sent to a block, which one of its rules has just stopped, off its country. */
export function setApart<T extends Kept>({ block, country }: CountedOn, kept: T, nowMs: number): T {
  if (block === undefined || country === undefined || block.own.apart?.is === true) return kept;
  const sinceMs = block.own.apart?.sinceMs ?? 0;
  const sent = sum([block.own], 'sends', 24 * HOUR_MS, nowMs, sinceMs);
  if (elsewhereOf(partsOf(country), nowMs) + sent > MOST_APART_A_DAY) return kept;
  const blockNow = { ...(kept.block ?? block.own), apart: { is: true, sinceMs: nowMs } };
  const countryNow = noteElsewhere(less(kept.country ?? country.own, block.own, sinceMs), sent, nowMs);
  return { ...kept, block: blockNow, country: countryNow };
}

const partsOf = ({ own, others }: Counted): readonly Counts[] => [own, ...others];
