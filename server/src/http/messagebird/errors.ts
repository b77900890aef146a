import type { Failure, FailureCode, Problem } from '../../kernel/failure.ts';
import { helpWith } from '../help.ts';

/** How this wire says each refusal: status, and the code of its error table (wire contract, section 2). */
export const WIRE = {
  missing_parameter: [422, 9],
  invalid_parameter: [422, 10],
  recipient_unreadable: [422, 9],
  number_unreadable: [422, 21],
  unauthorized: [401, 2],
  out_of_scope: [401, 2],
  not_found: [404, 20],
  wrong_code: [422, 10],
  malformed_code: [422, 10],
  code_expired: [422, 10],
  code_spent: [422, 10],
  budget_spent: [422, 10],
  too_many_open: [422, 10],
  last_factor: [422, 10],
  sending_refused: [422, 10],
  money_spent: [422, 25],
  flooded: [429, 10],
  unavailable: [503, 100],
} as const satisfies Record<FailureCode, readonly [status: number, code: number]>;

export type WireAnswer = {
  readonly status: number;
  readonly body: string;
  readonly headers: { readonly [name: string]: string };
};

/** A refusal as this wire sends it: one key, `errors`, of objects with exactly three keys (R4). */
export function wireAnswer(failure: Failure, nowMs: number): WireAnswer {
  const [status] = WIRE[failure.code];
  const errors = failure.problems.map(({ code, message, parameter }) => ({
    code: WIRE[code][1],
    description: message,
    parameter,
  }));
  return { status, body: JSON.stringify({ errors }), headers: headersOf(failure, nowMs) };
}

function headersOf({ facts, problems, code }: Failure, nowMs: number): { [name: string]: string } {
  const headers: { [name: string]: string } = { link: helpWith(code) };
  if (facts.attemptsLeft !== undefined) headers['roost-attempts-left'] = String(facts.attemptsLeft);
  if (facts.decision !== undefined) headers['roost-decision'] = facts.decision;
  if (facts.stepUp !== undefined) headers['roost-step-up'] = facts.stepUp;
  if (facts.channelsLeft !== undefined) headers['roost-channels-left'] = facts.channelsLeft.join(', ');
  if (facts.retryAtMs !== undefined) {
    headers['retry-after'] = String(Math.max(1, Math.ceil((facts.retryAtMs - nowMs) / 1000)));
  }
  const hints = problems.map(hintOf).filter((hint) => hint !== null);
  if (hints.length > 0) headers['roost-hint'] = hints.join('; ');
  return headers;
}

const hintOf = ({ parameter, hint }: Problem): string | null =>
  hint === undefined ? null : `${parameter ?? 'request'}: ${hint}`;

/** An answer of the wire's own, for what no use case knows: paths, methods, bugs. */
export function plainError(status: number, code: number, description: string): WireAnswer {
  const body = JSON.stringify({ errors: [{ code, description, parameter: null }] });
  return { status, body, headers: {} };
}
