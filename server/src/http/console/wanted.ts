import type { Wanted } from '../../app/insight/wanted.ts';
import { CHANNELS } from '../../domain/message.ts';
import { MODES } from '../../domain/scope.ts';

export const STATES = ['open', 'verified', 'failed', 'expired', 'deleted', 'refused'] as const;
const PLACE = /^[0-9a-f]{32}$/;
const MINUTE_MS = 60_000;
/** As long as a reference may be. */
const MOST_CHARACTERS = 500;

export type Query = { readonly [name: string]: unknown };

/** A line of text. No database keeps a NUL, and nothing that is looked for holds other control characters. */
export function textOf(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const text = value
    .replaceAll(/\p{Cc}/gu, '')
    .trim()
    .slice(0, MOST_CHARACTERS);
  return text === '' ? null : text;
}

/** A time as `2026-11-23T14:05`, in UTC as all times of the console. */
function timeOf(value: unknown): number | null {
  const text = textOf(value);
  if (text === null || !/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?)?$/.test(text)) return null;
  const ms = Date.parse(text.includes('T') ? `${text}Z` : `${text}T00:00Z`);
  return Number.isNaN(ms) ? null : ms;
}

/** What an address of the list asks for. What cannot be understood is no condition. */
export function readWanted(query: Query): Wanted {
  const country = textOf(query.country)?.toUpperCase() ?? null;
  const place = (value: unknown) => (typeof value === 'string' && PLACE.test(value) ? value : null);
  return {
    state: STATES.find((one) => one === query.state) ?? null,
    mode: MODES.find((one) => one === query.mode) ?? null,
    channel: CHANNELS.find((one) => one === query.channel) ?? null,
    projectId: textOf(query.project),
    provider: textOf(query.provider),
    country: country !== null && /^[A-Z]{2}$/.test(country) ? country : null,
    reason: textOf(query.reason),
    recipientKey: place(query.whom),
    reference: textOf(query.reference),
    fromMs: timeOf(query.from),
    toMs: timeOf(query.to),
    before: place(query.before),
  };
}

const typedTime = (ms: number): string => new Date(ms).toISOString().slice(0, ms % MINUTE_MS === 0 ? 16 : 19);

/** The same as an address, with some of it changed. */
export function addressOf(wanted: Wanted, change: Partial<Wanted> = {}): string {
  const all = { ...wanted, ...change };
  const query = new URLSearchParams();
  const set = (name: string, value: string | null) => value !== null && query.set(name, value);
  set('state', all.state);
  set('mode', all.mode);
  set('project', all.projectId);
  set('channel', all.channel);
  set('provider', all.provider);
  set('country', all.country);
  set('reason', all.reason);
  set('whom', all.recipientKey);
  set('reference', all.reference);
  set('from', all.fromMs === null ? null : typedTime(all.fromMs));
  set('to', all.toMs === null ? null : typedTime(all.toMs));
  set('before', all.before);
  return query.size === 0 ? '' : `?${query}`;
}
