import { deriveKey, macOf } from '../../kernel/hmac.ts';
import { type Store, tables } from '../../store/store.ts';

const NAME = 'key check';

/**
 * Makes sure that the database was made under this master key; a fresh one is bound to it. With another key
 * nothing in it could be read, and every code would look wrong.
 * @throws Error in words for the operator
 */
export async function checkMasterKey(store: Store, masterKey: Uint8Array): Promise<void> {
  const value = markOf(masterKey);
  const same = await store.transaction(async (tx) => {
    const known = await tx.get(tables.settings, { name: NAME });
    if (known === null) tx.insert(tables.settings, { name: NAME, value });
    return known === null || known.value === value;
  });
  if (!same) {
    throw new Error(
      'the database was made under another master key; set the ROOST_SECRET_KEY it was made with',
    );
  }
}

/** Whether the database was made under this master key, or under none yet. */
export async function isMadeUnder(store: Store, masterKey: Uint8Array): Promise<boolean> {
  const known = await store.read.get(tables.settings, { name: NAME });
  return known === null || known.value === markOf(masterKey);
}

/** Whether a setting agrees that the database was made under this master key. All settings but one have no say. */
export function fitsMasterKey(masterKey: Uint8Array): (setting: { name: string; value: string }) => boolean {
  const value = markOf(masterKey);
  return (setting) => setting.name !== NAME || setting.value === value;
}

const markOf = (masterKey: Uint8Array): string => macOf(deriveKey(masterKey, NAME), [NAME]).toString('hex');
