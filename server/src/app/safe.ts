import type { Key, Scope } from '../domain/scope.ts';
import { deriveKey, macOf } from '../kernel/hmac.ts';
import type { Random } from '../kernel/random.ts';
import { type Sealed, type Sealer, sealer } from '../kernel/seal.ts';

const SEALED_THINGS = [
  'webhook address',
  'webhook secret',
  'webhook event',
  'report address',
  'text',
  'text recipient',
  'number looked up',
  'network details',
  'answer to a create',
  'backup keys',
] as const;
type SealedThing = (typeof SEALED_THINGS)[number];

/**
 * What goes out other than codes, as it is kept: each kind under a key of its own, derived from the master key (RFC
 * 5869), and bound to the row it belongs to. Codes, users and what they own are the vault's.
 */
export type Safe = {
  seal(what: SealedThing, plain: string, owner: Key): Sealed;
  /** @throws Error when it was sealed for another row, or under another master key */
  open(what: SealedThing, sealed: Sealed, owner: Key): string;
  /** The secret that signs what is sent to every `reportUrl` of a project: 32 bytes, always the same. */
  reportSecret(scope: Scope): Buffer;
  /** What a create is known by when it is sent again, and what it asked for: hexadecimal keyed hashes. */
  requestHash(what: 'key' | 'request', scope: Scope, parts: readonly string[]): string;
};

export function createSafe(masterKey: Uint8Array, random: Random): Safe {
  const sealers = new Map<SealedThing, Sealer>(
    SEALED_THINGS.map((what) => [what, sealer(deriveKey(masterKey, what), random)]),
  );
  const reports = deriveKey(masterKey, 'report secret');
  const requests = deriveKey(masterKey, 'idempotency');
  const of = (what: SealedThing): Sealer => {
    const found = sealers.get(what);
    if (found === undefined) throw new Error(`nothing seals ${what}`);
    return found;
  };
  const context = (what: string, { projectId, mode, id }: Key) => `${what}|${projectId}|${mode}|${id}`;
  return {
    seal: (what, plain, owner) => of(what).seal(plain, context(what, owner)),
    open: (what, sealed, owner) => of(what).open(sealed, context(what, owner)),
    reportSecret: ({ projectId, mode }) => macOf(reports, [projectId, mode]),
    requestHash: (what, { projectId, mode }, parts) =>
      macOf(requests, [what, projectId, mode, ...parts]).toString('hex', 0, 16),
  };
}
