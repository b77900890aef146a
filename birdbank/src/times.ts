import { type Html, html } from './html.ts';

const HALF_A_DAY_MS = 12 * 3_600_000;
const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone: 'UTC' });
const dayAndClock = new Intl.DateTimeFormat('en-GB', {
  ...{ day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit' },
  timeZone: 'UTC',
});
const API_TIME = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00)/;

/** A moment, as a time of day when it is near. Named as UTC; a script writes it in the reader's own zone. */
export function timeOf(atMs: number, nowMs: number): Html {
  const isNear = Math.abs(atMs - nowMs) < HALF_A_DAY_MS;
  const text = (isNear ? clock : dayAndClock).format(atMs);
  const iso = new Date(atMs).toISOString();
  return html`<time datetime="${iso}" data-local="${isNear ? 'clock' : 'day'}">${text} UTC</time>`;
}

/** A sentence of the API's, with the times in it written for people. */
export function withTimes(sentence: string, nowMs: number): readonly (string | Html)[] {
  return sentence
    .split(API_TIME)
    .map((part) => (API_TIME.test(part) ? timeOf(Date.parse(part), nowMs) : part));
}

/** A time within a sentence of our own, in the API's form, for `withTimes` to find. */
export const apiTime = (atMs: number): string =>
  `${new Date(Math.ceil(atMs / 1_000) * 1_000).toISOString().slice(0, 19)}+00:00`;
