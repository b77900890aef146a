import type { HlrDeps } from '../app/numbers/hlr.ts';
import { pursueHlr } from '../app/numbers/hlr.ts';
import type { NumberSource } from '../app/numbers/source.ts';
import type { Safe } from '../app/safe.ts';
import type { Vault } from '../app/vault.ts';
import { factsOfNumber } from '../domain/number.ts';
import { SANDBOX_BALANCE, sandboxFinding } from '../domain/sandbox-networks.ts';
import type { Scope } from '../domain/scope.ts';
import type { Log } from '../kernel/log.ts';
import type { Random } from '../kernel/random.ts';
import { outsideRequests } from '../kernel/request-scope.ts';
import type { MessagebirdProvider } from '../providers/messagebird.ts';
import type { Provider } from '../providers/provider.ts';
import type { Store } from '../store/store.ts';
import { type Periodic, periodic } from '../worker/periodic.ts';

const LEASE_MS = 20_000;
const POLL_MS = 500;
const MOST_AT_ONCE = 32;

export type NumbersDeps = {
  readonly store: Store;
  readonly vault: Vault;
  readonly safe: Safe;
  readonly random: Random;
  readonly log: Log;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly sandbox: Provider;
};
export type Numbers = { readonly hlr: HlrDeps; readonly chores: readonly Periodic[] };

/** Puts together who asks networks about numbers: the first provider that can, and for test keys the sandbox. */
export function composeNumbers(deps: NumbersDeps): Numbers {
  const { store, vault, safe, random, log, providers, sandbox } = deps;
  const own = sandboxSource(sandbox.id);
  const real = [...providers.values()].flatMap(sourceOf);
  const sources = new Map([own, ...real].map((source) => [source.id, source]));
  const node = random.bytes(6).toString('hex');
  const hlr: HlrDeps = {
    ...{ store, vault, safe, log, sources },
    source: ({ mode }: Scope) => (mode === 'test' ? own : (real[0] ?? own)),
    lease: { holder: () => `${node}:${random.bytes(6).toString('hex')}`, leaseMs: LEASE_MS },
    written: () =>
      void outsideRequests(pursueDue).catch((error: unknown) => log.error('hlr.failed', {}, error)),
  };
  const pursueDue = async () => {
    const keys = await store.read.dueHlrs(store.nowMs(), MOST_AT_ONCE);
    await Promise.all(keys.map((key) => pursueHlr(hlr, key)));
  };
  return { hlr, chores: [periodic('hlr', POLL_MS, pursueDue, log)] };
}

function sourceOf(provider: Provider): NumberSource[] {
  const { lookup } = provider as Provider & Partial<Pick<MessagebirdProvider, 'lookup'>>;
  if (lookup === undefined) return [];
  return [
    {
      ...{ id: provider.id, hlr: lookup.hlr, balance: lookup.balance },
      readHlr: (id, _number, signal) => lookup.readHlr(id, signal),
    },
  ];
}

/** Asks nobody: what a number is, its magic says (see domain/sandbox-networks.ts). It answers when it is asked again. */
function sandboxSource(id: string): NumberSource {
  return {
    id,
    async hlr(_number, reference) {
      return { kind: 'told', value: { id: reference, status: 'sent', network: null, details: null } };
    },
    async readHlr(asked, number) {
      const finding = sandboxFinding(number, factsOfNumber(number).country);
      const value = finding ?? ({ status: 'sent', network: null, details: null } as const);
      return { kind: 'told', value: { ...value, id: asked } };
    },
    async balance() {
      return { kind: 'told', value: SANDBOX_BALANCE };
    },
  };
}
