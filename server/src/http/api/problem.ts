import type { Failure, FailureCode } from '../../kernel/failure.ts';
import { helpWith } from '../help.ts';

/** How this wire says each refusal: its status, and what it is in a few words. */
const SAID = {
  missing_parameter: [422, 'A parameter is missing'],
  invalid_parameter: [422, 'A parameter cannot be used'],
  recipient_unreadable: [422, 'The recipient cannot be read'],
  number_unreadable: [422, 'The number cannot be read'],
  unauthorized: [401, 'The access key is missing or wrong'],
  out_of_scope: [403, 'The access key is not for that'],
  not_found: [404, 'There is no such thing'],
  wrong_code: [422, 'The code is wrong'],
  malformed_code: [422, 'That cannot be a code'],
  code_expired: [410, 'It has expired'],
  code_spent: [409, 'It has been used'],
  budget_spent: [429, 'Too many wrong codes'],
  too_many_open: [429, 'Too many codes are still valid'],
  last_factor: [409, 'It is the last factor'],
  sending_refused: [429, 'No code is sent to this recipient now'],
  money_spent: [429, 'The sending budget is used up'],
  flooded: [429, 'Too many requests'],
  unavailable: [503, 'Try again in a moment'],
} as const satisfies Record<FailureCode, readonly [status: number, title: string]>;

export type ProblemAnswer = {
  readonly status: number;
  readonly body: string;
  readonly headers: { readonly [name: string]: string };
};

/** A refusal as RFC 9457 has it, with every problem that was found under `errors`. */
export function problemOf(failure: Failure, nowMs: number): ProblemAnswer {
  const [status, title] = SAID[failure.code];
  const errors = failure.problems.map(({ code, message, parameter, hint }) => ({
    ...{ code, message, parameter },
    ...(hint === undefined ? {} : { hint }),
  }));
  const { attemptsLeft, retryAtMs, channelsLeft } = failure.facts;
  const more = {
    ...(attemptsLeft === undefined ? {} : { attemptsLeft }),
    ...(channelsLeft === undefined ? {} : { channelsLeft }),
    ...(retryAtMs === undefined ? {} : { retryAt: new Date(retryAtMs).toISOString() }),
  };
  const headers: { [name: string]: string } = { link: helpWith(failure.code) };
  if (failure.facts.decision !== undefined) headers['roost-decision'] = failure.facts.decision;
  if (failure.facts.stepUp !== undefined) headers['roost-step-up'] = failure.facts.stepUp;
  if (channelsLeft !== undefined) headers['roost-channels-left'] = channelsLeft.join(', ');
  if (retryAtMs !== undefined) {
    headers['retry-after'] = String(Math.max(1, Math.ceil((retryAtMs - nowMs) / 1000)));
  }
  const body = JSON.stringify({ type: typeOf(failure.code), title, status, errors, ...more });
  return { status, body, headers };
}

/** A refusal of the wire's own, for what no use case knows: paths, methods, bodies, bugs. */
export function plainProblem(status: number, code: string, title: string, message: string): ProblemAnswer {
  const errors = [{ code, message, parameter: null }];
  return { status, body: JSON.stringify({ type: typeOf(code), title, status, errors }), headers: {} };
}

const typeOf = (code: string): string => `urn:roost:problem:${code}`;
