import { isInForce } from '../domain/access-key.ts';
import type { Factor } from '../domain/factor.ts';
import { isUsable } from '../domain/factor.ts';
import { type LiveCheck, type LiveFacts, liveChecks } from '../domain/going-live.ts';
import type { Operator } from '../domain/operator.ts';
import type { Scope } from '../domain/scope.ts';
import type { Provider } from '../providers/provider.ts';
import { type Store, tables } from '../store/store.ts';
import type { Vault } from './vault.ts';

export type GoingLiveDeps = {
  readonly store: Store;
  readonly vault: Vault;
  /** Real providers. */
  readonly providers: readonly Provider[];
  readonly lastCheck: (provider: string) => Promise<{ readonly outcome: { readonly kind: string } } | null>;
  readonly settings: Pick<LiveFacts, 'publicUrl' | 'isEnforced' | 'countries' | 'sandbox' | 'metadata'>;
  /** Where the factors of operators are kept. */
  readonly staff: Scope;
};

const RESTORED = 'backup-restored';

/** What is done and what is left to do before real people are served. */
export async function readGoingLive(deps: GoingLiveDeps): Promise<readonly LiveCheck[]> {
  const { store, providers, settings } = deps;
  const nowMs = store.nowMs();
  const [keys, checks, owners, webhooks, restored] = await Promise.all([
    store.read.accessKeys(),
    Promise.all(
      providers.map(async (provider) => ({ id: provider.id, check: await checkOf(deps, provider) })),
    ),
    ownersOf(deps),
    store.read.list(tables.webhookEndpointsIn, { mode: 'live' }, nowMs),
    store.read.get(tables.settings, { name: RESTORED }),
  ]);
  const facts: LiveFacts = {
    ...settings,
    liveKeys: keys.filter((key) => key.mode === 'live' && isInForce(key, store.nowMs())).length,
    providers: checks,
    owners,
    liveWebhooks: webhooks.filter(({ disabled }) => disabled === null).length,
    restoredAtMs: restored === null ? null : Number(restored.value),
  };
  return liveChecks(facts, nowMs);
}

/** Somebody says that they restored a backup. */
export async function noteRestore({ store }: Pick<GoingLiveDeps, 'store'>): Promise<void> {
  await store.transaction(async (tx) => {
    const setting = { name: RESTORED, value: String(tx.nowMs) };
    if ((await tx.get(tables.settings, setting)) === null) tx.insert(tables.settings, setting);
    else tx.update(tables.settings, setting);
  });
}

async function checkOf(
  { lastCheck }: GoingLiveDeps,
  provider: Provider,
): Promise<LiveFacts['providers'][number]['check']> {
  if (provider.check === undefined) return 'none';
  const last = await lastCheck(provider.id);
  if (last === null) return 'unknown';
  return last.outcome.kind === 'bad' ? 'bad' : 'good';
}

async function ownersOf({ store, vault, staff }: GoingLiveDeps): Promise<LiveFacts['owners']> {
  const all: readonly Operator[] = await store.read.list(tables.allOperators, {}, store.nowMs());
  const owners = all.filter(
    ({ role, disabledAtMs, password }) => role === 'owner' && disabledAtMs === null && password !== null,
  );
  return Promise.all(
    owners.map(async ({ id }) => {
      const by = { ...staff, userKey: vault.userKey(staff, id) };
      const factors: readonly Factor[] = await store.read.list(tables.factorsOfUser, by, store.nowMs());
      const usable = factors.filter(isUsable);
      return {
        hasFactor: usable.some(({ kind }) => kind !== 'recovery'),
        hasRecovery: usable.some(({ kind }) => kind === 'recovery'),
      };
    }),
  );
}
