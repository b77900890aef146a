import { refuse } from '../kernel/failure.ts';

/** What an access key may be held to, and what each opens. Adding one is an API change. */
export const KEY_SCOPES = {
  verify: 'verifications: create, check, read, delete, their proofs and decisions',
  messages: 'texts, voice messages, their decisions, and linting of templates',
  lookup: 'lookup, HLR and balance',
  factors: 'users, factors, hardware tokens and challenges',
  proofs: 'redeeming proofs',
  webhooks: 'webhooks, what they were told, and their secrets',
  privacy: 'exporting and erasing everything about a recipient',
  sandbox: 'reading what the sandbox carried, codes too; its faults, and letting time pass',
} as const;
export type KeyScope = keyof typeof KEY_SCOPES;
/** Those of one key, in the order above; null for every scope, also those that a later Roost adds. */
export type KeyScopes = readonly KeyScope[] | null;

const NAMES = Object.keys(KEY_SCOPES) as KeyScope[];
const BITS = Object.fromEntries(NAMES.map((name, i) => [name, 1 << i])) as Record<KeyScope, number>;

/** The mask of a key that is held to nothing. */
export const EVERY_SCOPE = -1;

/** The scopes of a key as one number, to be compared at each request. */
export const maskOf = (scopes: KeyScopes): number =>
  scopes === null ? EVERY_SCOPE : scopes.reduce((mask, scope) => mask | BITS[scope], 0);

/** Whether a key with this mask has the scope. */
export const hasScope = (mask: number, scope: KeyScope): boolean => (mask & BITS[scope]) !== 0;

/**
 * Scopes as they were typed or ticked. All of them are the same as every scope.
 * @throws Failure `invalid_parameter` when there is none, or one is not known
 */
export function readKeyScopes(given: readonly string[]): KeyScopes {
  const unknown = given.find((name) => !Object.hasOwn(KEY_SCOPES, name));
  if (unknown !== undefined)
    throw refuse(
      'invalid_parameter',
      `There is no scope ${JSON.stringify(unknown)}; choose of ${NAMES.join(', ')}.`,
      'scopes',
    );
  const chosen = NAMES.filter((name) => given.includes(name));
  if (chosen.length === 0)
    throw refuse('invalid_parameter', `Choose at least one scope of ${NAMES.join(', ')}.`, 'scopes');
  return chosen.length === NAMES.length ? null : chosen;
}

/** As it is kept and listed. */
export const writeKeyScopes = (scopes: KeyScopes): string | null => scopes?.join(' ') ?? null;

/** What was kept. A scope that this Roost does not know opens nothing in it. */
export const keptKeyScopes = (text: string | null): KeyScopes =>
  text === null ? null : NAMES.filter((name) => text.split(' ').includes(name));
