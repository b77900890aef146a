import { refuse } from '../../kernel/failure.ts';
import type { CheckOutcome, Provider } from '../../providers/provider.ts';
import { type Store, tables } from '../../store/store.ts';

/** What a provider said when it was last asked whether it takes our credentials. */
export type ProviderCheck = {
  readonly atMs: number;
  readonly outcome: CheckOutcome | { readonly kind: 'not-checked' };
};
export type CheckDeps = {
  readonly store: Store;
  readonly providers: ReadonlyMap<string, Provider>;
};

const PATIENCE_MS = 10_000;
const nameOf = (provider: string): string => `provider-check ${provider}`;

/**
 * Asks a provider whether it can be reached and takes our credentials, and keeps what it says for every node to show.
 * Nothing is sent.
 * @throws Failure `not_found` when there is no such provider
 */
export async function checkProvider({ store, providers }: CheckDeps, id: string): Promise<ProviderCheck> {
  const provider = providers.get(id);
  if (provider === undefined) throw refuse('not_found', 'There is no such provider.');
  const outcome = await outcomeOf(provider);
  return store.transaction(async (tx) => {
    const check: ProviderCheck = { atMs: tx.nowMs, outcome };
    const setting = { name: nameOf(id), value: JSON.stringify(check) };
    if ((await tx.get(tables.settings, setting)) === null) tx.insert(tables.settings, setting);
    else tx.update(tables.settings, setting);
    return check;
  });
}

async function outcomeOf(provider: Provider): Promise<ProviderCheck['outcome']> {
  try {
    return (await provider.check?.(AbortSignal.timeout(PATIENCE_MS))) ?? { kind: 'not-checked' };
  } catch {
    return { kind: 'bad', reason: 'its check failed unexpectedly' };
  }
}

/** What it said last; null when nobody has asked it yet. */
export async function lastCheck(store: Store, provider: string): Promise<ProviderCheck | null> {
  const found = await store.read.get(tables.settings, { name: nameOf(provider) });
  return found === null ? null : (JSON.parse(found.value) as ProviderCheck);
}
