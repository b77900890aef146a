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
