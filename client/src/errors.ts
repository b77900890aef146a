import { dateIn } from './date.ts';

export const REASONS = [
  ...([
    'missing_parameter',
    'invalid_parameter',
    'recipient_unreadable',
    'number_unreadable',
    'unauthorized',
    'out_of_scope',
    'not_found',
  ] as const),
  ...([
    'wrong_code',
    'malformed_code',
    'code_expired',
    'code_spent',
    'budget_spent',
    'too_many_open',
    'last_factor',
    'sending_refused',
    'money_spent',
    'flooded',
  ] as const),
  'unavailable',
] as const;
/**
 * Why `/v1` refuses, by name. `malformed_code` cannot be a code of that factor, and was not counted; `code_spent` was
 * used, has failed or was taken back; after `budget_spent` and `too_many_open` see `retryAt`. `last_factor` was to be kept.
 */
export type Reason = (typeof REASONS)[number];

/** One entry of the list that the API answers with; `description` is a sentence that may be shown. */
export type ApiError = {
  /** Of `/verify` the number that MessageBird gives it, of `/v1` a `Reason`. */
  readonly code: number | string;
  readonly description: string;
  /** The parameter that was wrong; null when it was not a parameter. */
  readonly parameter: string | null;
};

/**
 * Why a call failed:
 * - `refused`: Roost read the request and says no; `errors` says why, and of `/v1` also `reason`. A wrong, expired or
 *   used code is one of these.
 * - `unauthorized`: the access key is wrong, or was not made for this (of `/v1` the reason `out_of_scope`).
 * - `notFound`: there is no such object for this key.
 * - `unavailable`: Roost cannot work now (503), or not now for this key or user (429); see `retryAfterSeconds`.
 * - `timeout`: no whole answer came within `timeoutMs`.
 * - `unreachable`: no connection, or it broke before the whole answer had come.
 * - `unexpected`: an answer that is not Roost's: another program at that address, a proxy's page, a fault.
 *
 * After the last four Roost may still have done what was asked: `read` tells.
 */
export type ErrorKind =
  | 'refused'
  | 'unauthorized'
  | 'notFound'
  | 'unavailable'
  | 'timeout'
  | 'unreachable'
  | 'unexpected';

type Facts = {
  readonly status: number | null;
  readonly errors: readonly ApiError[];
  readonly reason: Reason | null;
  readonly requestId: string | null;
  readonly attemptsLeft: number | null;
  readonly retryAfterSeconds: number | null;
  readonly retryAt: Date | null;
  readonly hint: string | null;
  readonly channelsLeft: readonly string[];
};
const NO_ANSWER: Facts = {
  status: null,
  errors: [],
  reason: null,
  requestId: null,
  attemptsLeft: null,
  retryAfterSeconds: null,
  retryAt: null,
  hint: null,
  channelsLeft: [],
};

/** The one error that calls to Roost reject with. Its texts hold no access key and no code. */
export class RoostError extends Error {
  override readonly name = 'RoostError';
  readonly kind: ErrorKind;
  /** HTTP status; null when no answer came. */
  readonly status: number | null;
  /** What the API says is wrong, all of it; empty when the answer was not the API's. */
  readonly errors: readonly ApiError[];
  /** What the first of them is, by name; null when it was not `/v1` that refused. */
  readonly reason: Reason | null;
  /** Names this call in Roost's log; null when no answer came. */
  readonly requestId: string | null;
  /** Guesses left after a code that was judged and is wrong; null after every other answer. */
  readonly attemptsLeft: number | null;
  readonly retryAfterSeconds: number | null;
  /** When the same request may succeed, by the clock of Roost; null when it did not say. */
  readonly retryAt: Date | null;
  /** For the developer: what would have been right, where `description` may not say it. */
  readonly hint: string | null;
  /** Channels by which the same would be sent now, where the one that was asked for is refused. */
  readonly channelsLeft: readonly string[];

  constructor(kind: ErrorKind, message: string, facts: Partial<Facts> = {}, cause?: unknown) {
    super(message, { cause });
    const all = { ...NO_ANSWER, ...facts };
    this.kind = kind;
    this.status = all.status;
    this.errors = all.errors;
    this.reason = all.reason;
    this.requestId = all.requestId;
    this.attemptsLeft = all.attemptsLeft;
    this.retryAfterSeconds = all.retryAfterSeconds;
    this.retryAt = all.retryAt;
    this.hint = all.hint;
    this.channelsLeft = all.channelsLeft;
  }
}

const KINDS: Readonly<Record<number, ErrorKind>> = {
  401: 'unauthorized',
  403: 'unauthorized',
  404: 'notFound',
  409: 'refused',
  410: 'refused',
  422: 'refused',
  429: 'unavailable',
  503: 'unavailable',
};
const isReason = (value: unknown): value is Reason => REASONS.some((reason) => reason === value);

/** The error that an answer with this status, these headers and this body stands for. */
export function errorOf(status: number, headers: Headers, body: unknown): RoostError {
  const errors = errorsIn(body);
  const [first] = errors;
  const said = (typeof body === 'object' && body !== null ? body : {}) as {
    readonly [name: string]: unknown;
  };
  const facts = {
    status,
    errors,
    reason: isReason(first?.code) ? first.code : null,
    requestId: headers.get('request-id'),
    attemptsLeft: wholeNumber(headers.get('roost-attempts-left')) ?? wholeNumber(String(said.attemptsLeft)),
    retryAfterSeconds: wholeNumber(headers.get('retry-after')),
    retryAt: dateIn(said.retryAt),
    hint: headers.get('roost-hint') ?? hintIn(body),
    channelsLeft: headers.get('roost-channels-left')?.split(', ') ?? [],
  };
  const sentence = errors.map(({ description }) => description).join(' ');
  const message = sentence === '' ? `The answer is not one of Roost's (status ${status})` : sentence;
  return new RoostError(kindOf(status, first), message, facts);
}

/** A 404 of some other program says nothing about our object, so a kind needs the API's own list beside its status. */
function kindOf(status: number, first: ApiError | undefined): ErrorKind {
  const isKnown = typeof first?.code === 'number' || isReason(first?.code);
  return isKnown ? (KINDS[status] ?? 'unexpected') : 'unexpected';
}

type Listed = { readonly [name: string]: unknown };

/** The list of errors in a body; empty when it holds none, or anything that is not quite one. */
function errorsIn(body: unknown): readonly ApiError[] {
  const read = listIn(body).map(apiErrorIn);
  return read.every((error) => error !== null) ? read : [];
}

/** `/verify` calls its sentence `description`, `/v1` calls it `message`. */
function apiErrorIn({ code, description, message, parameter = null }: Listed): ApiError | null {
  const sentence = description ?? message;
  const named = parameter === null || typeof parameter === 'string';
  const coded = Number.isInteger(code) || typeof code === 'string';
  if (!named || !coded || typeof sentence !== 'string') return null;
  if (typeof code === 'string' && description !== undefined) return null;
  return { code: code as number | string, description: sentence, parameter };
}

function hintIn(body: unknown): string | null {
  const hint = listIn(body).find((error) => typeof error.hint === 'string')?.hint;
  return typeof hint === 'string' ? hint : null;
}

function listIn(body: unknown): readonly Listed[] {
  if (typeof body !== 'object' || body === null || !('errors' in body)) return [];
  const { errors } = body;
  const isList =
    Array.isArray(errors) && errors.every((error) => typeof error === 'object' && error !== null);
  return isList ? errors : [];
}

function wholeNumber(text: string | null): number | null {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}
