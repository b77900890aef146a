import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Answer, Scope, StartedRoost } from '../support/roost.ts';
import { type Credential, type RegistrationTwists, register } from './authenticator.ts';
import { factorsOf } from './factors.ts';

export type Enrolled = { readonly id: string; readonly credential: Credential };

/** Asks for a new passkey; answers what the browser is to be given. */
export async function beginPasskey(
  roost: StartedRoost,
  user: string,
  more: object = {},
  // biome-ignore lint/suspicious/noExplicitAny: the options go to an authenticator as they are
): Promise<{ readonly id: string; readonly publicKey: any }> {
  const made = await roost.call('POST', factorsOf(user), { json: { kind: 'webauthn', ...more } });
  assert.equal(made.status, 201, made.text);
  return { id: made.body.factor.id, publicKey: made.body.publicKey };
}

export const confirmPasskey = (
  roost: StartedRoost,
  user: string,
  id: string,
  credential: object,
  more: object = {},
): Promise<Answer> =>
  roost.call('POST', `${factorsOf(user)}/${id}/confirm`, { json: { credential, ...more } });

/** Enrols and confirms a passkey. */
export async function enrolPasskey(
  roost: StartedRoost,
  user: string,
  twists: RegistrationTwists = {},
): Promise<Enrolled> {
  const { id, publicKey } = await beginPasskey(roost, user);
  const made = register(publicKey, twists);
  const confirmed = await confirmPasskey(roost, user, id, made.answer);
  assert.equal(confirmed.status, 200, confirmed.text);
  return { id, credential: made.credential };
}

/** Opens a challenge; answers its id and what the browser is to be given. */
export async function ask(
  roost: StartedRoost,
  more: object = {},
  // biome-ignore lint/suspicious/noExplicitAny: the options go to an authenticator as they are
): Promise<{ readonly id: string; readonly publicKey: any; readonly body: any }> {
  const made = await roost.call('POST', '/v1/challenges', { json: { purpose: 'sign-in', ...more } });
  assert.equal(made.status, 201, made.text);
  return { id: made.body.id, publicKey: made.body.publicKey, body: made.body };
}

export const present = (
  roost: StartedRoost,
  id: string,
  credential: object,
  more: object = {},
): Promise<Answer> => roost.call('POST', `/v1/challenges/${id}/check`, { json: { credential, ...more } });

/** What starts a Roost with this `policy.webauthn`. */
export function configured(
  t: Scope,
  webauthn: object,
  policy: object = {},
): { readonly ROOST_CONFIG: string } {
  const folder = mkdtempSync(join(tmpdir(), 'roost-config-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'roost.config.json');
  writeFileSync(file, JSON.stringify({ policy: { ...policy, webauthn } }));
  return { ROOST_CONFIG: file };
}
