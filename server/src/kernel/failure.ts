/** Every refusal Roost can give. Adding one is an API change: each wire must say how it sounds. */
export const FAILURE_CODES = [
  'missing_parameter',
  'invalid_parameter',
  'recipient_unreadable',
  'number_unreadable',
  'unauthorized',
  'out_of_scope',
  'not_found',
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
  'unavailable',
] as const;
export type FailureCode = (typeof FAILURE_CODES)[number];

export type Problem = {
  readonly code: FailureCode;
  /** One public sentence. Where a client's program compares it, it is upstream's text to the letter. */
  readonly message: string;
  readonly parameter: string | null;
  /** What would be right, for where `message` is fixed by the wire and cannot say it. */
  readonly hint?: string;
};

export type FailureFacts = {
  /** When the same request may succeed, in milliseconds since the epoch. */
  readonly retryAtMs?: number;
  /** Attempts left after a judged wrong guess. */
  readonly attemptsLeft?: number;
  /** Id under which the guard's reasons are kept. */
  readonly decision?: string;
  /** The rule of the guard that refused, for the log alone. */
  readonly rule?: string;
  /** Channels by which the same would be sent now, where the one that was asked for is refused. */
  readonly channelsLeft?: readonly string[];
  /** What the caller may do instead, as the header `Roost-Step-Up` says it. */
  readonly stepUp?: string;
};

/** An expected refusal. Its problems may reach a stranger; what may not goes in `cause`. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly problems: readonly [Problem, ...Problem[]];
  readonly facts: FailureFacts;

  constructor(problems: readonly [Problem, ...Problem[]], facts: FailureFacts = {}, cause?: unknown) {
    super(problems[0].message, { cause });
    this.problems = problems;
    this.facts = facts;
  }

  get code(): FailureCode {
    return this.problems[0].code;
  }
}

/** A refusal with a single problem. `parameter` names what the caller sent wrongly, null when nothing. */
export function refuse(
  code: FailureCode,
  message: string,
  parameter: string | null = null,
  facts: FailureFacts = {},
): Failure {
  return new Failure([{ code, message, parameter }], facts);
}

/** One refusal of several problems. */
export function failureOf(problems: readonly Problem[]): Failure {
  const [first, ...more] = problems;
  if (first === undefined) throw new Error('a refusal needs a problem');
  return new Failure([first, ...more]);
}

export function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'parameter' in value;
}
