import { type Html, html } from './html.ts';
import type { Words } from './words/words.ts';

/** For whom, and when, a page is written. */
export type Reading = { readonly nowMs: number; readonly words: Words };

const HALF_A_DAY_MS = 12 * 3_600_000;
const API_TIME = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00)/;

/** A moment, as a time of day when it is near. Named as UTC; a script writes it in the reader's own zone. */
export function timeOf(atMs: number, { nowMs, words }: Reading): Html {
  const isNear = Math.abs(atMs - nowMs) < HALF_A_DAY_MS;
  const text = (isNear ? words.clock : words.dayAndClock)(atMs);
  const iso = new Date(atMs).toISOString();
  return html`<time datetime="${iso}" data-local="${isNear ? 'clock' : 'day'}">${text} UTC</time>`;
}

/** A sentence with times of the API's form in it, written for people. */
export function withTimes(sentence: string, reading: Reading): readonly (string | Html)[] {
  return sentence
    .split(API_TIME)
    .map((part) => (API_TIME.test(part) ? timeOf(Date.parse(part), reading) : part));
}

/** A time within a sentence of our own, in the API's form, for `withTimes` to find. */
export const apiTime = (atMs: number): string =>
  `${new Date(Math.ceil(atMs / 1_000) * 1_000).toISOString().slice(0, 19)}+00:00`;
