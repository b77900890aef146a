import type { Problem } from '../kernel/failure.ts';
import type { Scope } from './scope.ts';

/** Somebody who owns factors: known to us by a name of the customer's own. */
export type User = Scope & {
  /** Keyed hash of the name (32 hexadecimal characters). */
  readonly userKey: string;
  readonly sealedName: Uint8Array;
  readonly createdAtMs: number;
};

/**
 * What can name a user. One spelling for one user: no letter here has a second form, and nothing needs to be
 * escaped in a path. Letter case makes another user, so customers send ids that do not change.
 */
export const USER_NAME = '^[A-Za-z0-9._~@:+-]{1,128}$';

const NAME = new RegExp(USER_NAME);

/** Reads `user`, by which a create says for whom a code is, as `/v1/users/{user}` names them; null when it is left out. */
export function readUser(given: ReadonlyMap<string, unknown>): string | null | Problem {
  const value = given.get('user');
  if (value === undefined || value === null || value === '') return null;
  const name = typeof value === 'number' ? String(value) : value;
  if (typeof name === 'string' && NAME.test(name)) return name;
  const message = 'user must be 1 to 128 letters, digits and . _ ~ @ : + -';
  return { code: 'invalid_parameter', message, parameter: 'user' };
}
