import assert from 'node:assert/strict';
import { fromBase32 } from '../../src/domain/factor/base32.ts';
import { totp, USUAL_TOTP } from '../../src/domain/factor/totp.ts';
import type { Answer, StartedRoost } from '../support/roost.ts';

export const STEP_MS = 30_000;

/** An authenticator app with one key in it. */
export type App = { readonly id: string; code(steps?: number): string };

export const factorsOf = (user: string): string => `/v1/users/${user}/factors`;

/** Enrols and confirms an authenticator app, then waits until its next code. */
export async function enrolApp(roost: StartedRoost, user: string, more: object = {}): Promise<App> {
  const app = await enrolPending(roost, user, more);
  const confirmed = await roost.call('POST', `${factorsOf(user)}/${app.id}/confirm`, {
    json: { code: app.code() },
  });
  assert.equal(confirmed.status, 200, confirmed.text);
  roost.clock.advance(STEP_MS);
  return app;
}

/** Enrols an authenticator app and leaves it unconfirmed. */
export async function enrolPending(roost: StartedRoost, user: string, more: object = {}): Promise<App> {
  const made = await roost.call('POST', factorsOf(user), { json: { kind: 'totp', ...more } });
  assert.equal(made.status, 201, made.text);
  const secret = fromBase32(made.body.secret.base32);
  assert.ok(secret !== null);
  const nowMs = () => roost.roost.store.nowMs();
  return {
    id: made.body.factor.id,
    code: (steps = 0) => totp(USUAL_TOTP, secret, nowMs() + steps * STEP_MS),
  };
}

export async function enrolRecovery(
  roost: StartedRoost,
  user: string,
): Promise<{ id: string; codes: string[] }> {
  const made = await roost.call('POST', factorsOf(user), { json: { kind: 'recovery' } });
  assert.equal(made.status, 201, made.text);
  return { id: made.body.factor.id, codes: made.body.codes };
}

/** Enrols and confirms a phone. */
export async function enrolPhone(roost: StartedRoost, user: string, recipient: string): Promise<string> {
  const made = await roost.call('POST', factorsOf(user), {
    json: { kind: 'sms', recipient, returnToken: true },
  });
  assert.equal(made.status, 201, made.text);
  const { id } = made.body.factor;
  const confirmed = await roost.call('POST', `${factorsOf(user)}/${id}/confirm`, {
    json: { code: made.body.token },
  });
  assert.equal(confirmed.status, 200, confirmed.text);
  return id;
}

export async function challenge(roost: StartedRoost, user: string, more: object = {}): Promise<string> {
  const made = await roost.call('POST', '/v1/challenges', { json: { user, purpose: 'sign-in', ...more } });
  assert.equal(made.status, 201, made.text);
  return made.body.id;
}

export function check(
  roost: StartedRoost,
  id: string,
  factor: string,
  code: string,
  more: object = {},
): Promise<Answer> {
  return roost.call('POST', `/v1/challenges/${id}/check`, { json: { factor, code, ...more } });
}

/** Sends a code for a challenge, and tells it. */
export async function send(roost: StartedRoost, id: string, factor: string): Promise<string> {
  const sent = await roost.call('POST', `/v1/challenges/${id}/send`, { json: { factor, returnToken: true } });
  assert.equal(sent.status, 202, sent.text);
  return sent.body.token;
}

/** A code of the same length that is not this one. */
export const wrong = (code: string): string => (code[0] === '9' ? '0' : '9') + code.slice(1);

/** The refusal's code, once it is seen to be a problem in shape. */
export function refusalOf(answer: Answer): string {
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
  assert.equal(answer.body.status, answer.status, answer.text);
  assert.ok(answer.body.errors.length > 0);
  assert.equal(answer.body.type, `urn:roost:problem:${answer.body.errors[0].code}`);
  return answer.body.errors[0].code;
}
