import type { Whence } from '../domain/factor.ts';
import type { UserKey } from '../domain/scope.ts';
import { isKnown, type Whereabouts } from '../domain/whereabouts.ts';
import { type Transaction, tables } from '../store/store.ts';
import type { Vault } from './vault.ts';

/** Whether a guess comes from a place or a device at which this user has succeeded lately. */
export async function whenceOf(
  { vault }: { readonly vault: Vault },
  tx: Transaction,
  user: UserKey,
  whereabouts: Whereabouts,
): Promise<Whence> {
  for (const hauntKey of hauntKeys(vault, user, whereabouts)) {
    const { projectId, mode } = user;
    if (isKnown(await tx.get(tables.haunts, { projectId, mode, hauntKey }), tx.nowMs)) return 'known';
  }
  return 'unknown';
}

/** The user has succeeded here. */
export async function rememberHaunts(
  { vault }: { readonly vault: Vault },
  tx: Transaction,
  { projectId, mode, userKey }: UserKey,
  whereabouts: Whereabouts,
): Promise<void> {
  for (const hauntKey of hauntKeys(vault, { projectId, mode, userKey }, whereabouts)) {
    const key = { projectId, mode, hauntKey };
    const haunt = { ...key, userKey, lastSuccessAtMs: tx.nowMs };
    if ((await tx.get(tables.haunts, key)) === null) tx.insert(tables.haunts, haunt);
    else tx.update(tables.haunts, haunt);
  }
}

function hauntKeys(vault: Vault, user: UserKey, { network, device }: Whereabouts): string[] {
  return [
    ...(network === null ? [] : [vault.hauntKey(user, 'network', network)]),
    ...(device === null ? [] : [vault.hauntKey(user, 'device', device)]),
  ];
}
