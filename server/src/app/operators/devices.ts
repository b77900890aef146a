import { type Operator, STAFF } from '../../domain/operator.ts';
import type { UserKey } from '../../domain/scope.ts';
import type { Whereabouts } from '../../domain/whereabouts.ts';
import type { Random } from '../../kernel/random.ts';
import { type Transaction, tables } from '../../store/store.ts';
import { rememberHaunts, whenceOf } from '../haunts.ts';
import type { Vault } from '../vault.ts';

/** A browser is known by a token that it was given when an operator signed in there: strangers cannot make one up. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

type DeviceDeps = { readonly vault: Vault; readonly random: Random };

const ownerOf = ({ vault }: Pick<DeviceDeps, 'vault'>, operatorId: string): UserKey => ({
  ...STAFF,
  userKey: vault.userKey(STAFF, operatorId),
});

/** From where an operator asks, by the browser's token alone: others may share a network. */
export const whereaboutsOf = (device: string | null): Whereabouts => ({
  network: null,
  device: device !== null && TOKEN.test(device) ? device : null,
});

/** What wrong passwords from this browser are counted on; null where the operator has not signed in within 30 days. */
export async function knownDevice(
  deps: Pick<DeviceDeps, 'vault'>,
  tx: Transaction,
  operatorId: string,
  device: string | null,
): Promise<string | null> {
  const owner = ownerOf(deps, operatorId);
  const where = whereaboutsOf(device);
  if (where.device === null || (await whenceOf(deps, tx, owner, where)) === 'unknown') return null;
  return deps.vault.hauntKey(owner, 'device', where.device);
}

/** What counts for this browser alone before anybody says who they are; null where no operator has signed in there. */
export async function deviceOfAny(
  deps: Pick<DeviceDeps, 'vault'>,
  tx: Transaction,
  operators: readonly Operator[],
  device: string | null,
): Promise<string | null> {
  if (whereaboutsOf(device).device === null) return null;
  for (const { id } of operators) {
    const known = await knownDevice(deps, tx, id, device);
    if (known !== null) return known;
  }
  return null;
}

/**
 * Makes the browser known to which this token goes, in the place of the one that it had: a token that somebody else
 * put there, or has seen, is worth nothing any more.
 */
export async function renewDevice(
  deps: DeviceDeps,
  tx: Transaction,
  operatorId: string,
  before: string | null,
): Promise<string> {
  const owner = ownerOf(deps, operatorId);
  const known = await knownDevice(deps, tx, operatorId, before);
  if (known !== null) tx.remove(tables.haunts, { ...STAFF, hauntKey: known });
  const token = deps.random.bytes(32).toString('base64url');
  await rememberHaunts(deps, tx, owner, whereaboutsOf(token));
  return token;
}
