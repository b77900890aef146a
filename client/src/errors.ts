/** One entry of the list that the API answers with; `description` is a sentence that may be shown. */
export type ApiError = {
  readonly code: number;
  readonly description: string;
  /** The parameter that was wrong; null when it was not a parameter. */
  readonly parameter: string | null;
};

/**
 * Why a call failed:
 * - `refused`: Roost read the request and says no; `errors` says why. A wrong, expired or used code is one of these.
 * - `unauthorized`: the access key is wrong.
 * - `notFound`: there is no such object for this key.
 * - `unavailable`: Roost cannot work now (503), or this key asks too often (429); see `retryAfterSeconds`.
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
  readonly requestId: string | null;
  readonly attemptsLeft: number | null;
  readonly retryAfterSeconds: number | null;
  readonly hint: string | null;
};
const NO_ANSWER: Facts = {
  status: null,
  errors: [],
  requestId: null,
  attemptsLeft: null,
  retryAfterSeconds: null,
  hint: null,
};

/** The one error that calls to Roost reject with. Its texts hold no access key and no code. */
export class RoostError extends Error {
  override readonly name = 'RoostError';
  readonly kind: ErrorKind;
  /** HTTP status; null when no answer came. */
  readonly status: number | null;
  /** What the API says is wrong, all of it; empty when the answer was not the API's. */
  readonly errors: readonly ApiError[];
  /** Names this call in Roost's log; null when no answer came. */
  readonly requestId: string | null;
  /** Guesses left after a code that was judged and is wrong; null after every other answer. */
  readonly attemptsLeft: number | null;
  readonly retryAfterSeconds: number | null;
  /** For the developer: what would have been right, where `description` may not say it. */
  readonly hint: string | null;

  constructor(kind: ErrorKind, message: string, facts: Partial<Facts> = {}, cause?: unknown) {
    super(message, { cause });
    const all = { ...NO_ANSWER, ...facts };
    this.kind = kind;
    this.status = all.status;
    this.errors = all.errors;
    this.requestId = all.requestId;
    this.attemptsLeft = all.attemptsLeft;
    this.retryAfterSeconds = all.retryAfterSeconds;
    this.hint = all.hint;
  }
}

const KINDS: Readonly<Record<number, ErrorKind>> = {
  401: 'unauthorized',
  404: 'notFound',
  422: 'refused',
  429: 'unavailable',
  503: 'unavailable',
};

/** The error that an answer with this status, these headers and this body stands for. */
export function errorOf(status: number, headers: Headers, body: unknown): RoostError {
  const errors = errorsIn(body);
  const facts = {
    status,
    errors,
    requestId: headers.get('request-id'),
    attemptsLeft: wholeNumber(headers.get('roost-attempts-left')),
    retryAfterSeconds: wholeNumber(headers.get('retry-after')),
    hint: headers.get('roost-hint'),
  };
  // A 404 of some other program says nothing about our object, so a kind needs the API's own list beside its status.
  const kind = errors.length === 0 ? 'unexpected' : (KINDS[status] ?? 'unexpected');
  const said = errors.map(({ description }) => description).join(' ');
  const message = said === '' ? `The answer is not one of Roost's (status ${status})` : said;
  return new RoostError(kind, message, facts);
}

/** The list of errors in a body; empty when it holds none, or anything that is not quite one. */
function errorsIn(body: unknown): readonly ApiError[] {
  if (typeof body !== 'object' || body === null || !('errors' in body)) return [];
  const { errors } = body;
  return Array.isArray(errors) && errors.every(isApiError) ? errors : [];
}

function isApiError(value: unknown): value is ApiError {
  if (typeof value !== 'object' || value === null) return false;
  const { code, description, parameter } = value as Record<string, unknown>;
  const named = parameter === null || typeof parameter === 'string';
  return Number.isInteger(code) && typeof description === 'string' && named;
}

function wholeNumber(text: string | null): number | null {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}
