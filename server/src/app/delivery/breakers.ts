import {
  type Breaker,
  calm,
  isTroubled,
  noteOutcomes,
  type Outcomes,
  takeProbe,
} from '../../domain/breaker.ts';
import type { SendOutcome } from '../../domain/message.ts';
import type { Log } from '../../kernel/log.ts';
import { type Store, tables } from '../../store/store.ts';

export type BreakersDeps = {
  readonly store: Store;
  readonly log: Log;
  readonly providers: readonly string[];
};

export type Breakers = {
  /** Whether a message should go to this provider, as of the last `refresh`. */
  of(provider: string): 'closed' | 'open';
  /** A message goes to this provider: where this node had the right to try it again, that is used. */
  used(provider: string): void;
  /** Takes in how a sending went. Returns at once; what must be written is written by and by. */
  note(provider: string, outcome: SendOutcome): void;
  /** Learns what other nodes know, writes down what they should know, and asks to try again what is due for it. */
  refresh(): Promise<void>;
};

type Unwritten = Outcomes & { readonly sinceMs: number };

/** Successes from before a failure that count beside it. Older ones say nothing of now. */
const MEMORY_MS = 10_000;

/**
 * What this node knows of its providers' trouble. The store decides, for all nodes; between two refreshes (half a
 * second) a node goes by what it read last, so no create waits for it. Only failures, probes and, while there is
 * trouble, successes are written: a provider that works costs nothing.
 */
export function createBreakers({ store, log, providers }: BreakersDeps): Breakers {
  let known = new Map<string, Breaker>();
  const unwritten = new Map<string, Unwritten>();
  const probes = new Set<string>();

  const write = async (provider: string, outcomes: Outcomes): Promise<void> => {
    const states = await store.transaction(async (tx) => {
      const found = await tx.get(tables.breakers, { provider });
      const before = found ?? calm(provider, tx.nowMs);
      const after = noteOutcomes(before, outcomes, tx.nowMs);
      if (found === null) tx.insert(tables.breakers, after);
      else if (after !== found) tx.update(tables.breakers, after);
      return { before: before.state, after: after.state };
    });
    if (states.before === states.after) return;
    if (states.after === 'open') log.warn('provider.passed-over', { provider });
    else log.info('provider.well-again', { provider });
  };

  const flush = async (): Promise<void> => {
    for (const [provider, outcomes] of unwritten) {
      const matters = outcomes.failures > 0 || isTroubled(known.get(provider), store.nowMs());
      const isOld = store.nowMs() - outcomes.sinceMs > MEMORY_MS;
      if (matters || isOld) unwritten.delete(provider);
      if (!matters) continue;
      await write(provider, outcomes).catch((error: unknown) => {
        add(provider, outcomes);
        throw error;
      });
    }
  };

  const askForProbe = async (provider: string): Promise<void> => {
    const isMine = await store.transaction(async (tx) => {
      const found = await tx.get(tables.breakers, { provider });
      const probing = found === null ? null : takeProbe(found, tx.nowMs);
      if (probing !== null) tx.update(tables.breakers, probing);
      return probing !== null;
    });
    if (isMine) probes.add(provider);
  };

  const add = (provider: string, { failures, successes }: Outcomes): void => {
    const sum = unwritten.get(provider) ?? { failures: 0, successes: 0, sinceMs: store.nowMs() };
    unwritten.set(provider, {
      sinceMs: sum.sinceMs,
      failures: sum.failures + failures,
      successes: sum.successes + successes,
    });
  };

  return {
    of(provider) {
      const state = known.get(provider)?.state ?? 'closed';
      return state === 'closed' || probes.has(provider) ? 'closed' : 'open';
    },
    used: (provider) => void probes.delete(provider),
    note(provider, { kind }) {
      // A refusal is an answer: it is about the message, not about the provider.
      const isFailure = kind === 'unknown' || kind === 'busy';
      if (kind !== 'refused') add(provider, { failures: isFailure ? 1 : 0, successes: isFailure ? 0 : 1 });
    },
    async refresh() {
      if (providers.length === 0) return;
      await flush();
      known = new Map((await store.read.breakers()).map((breaker) => [breaker.provider, breaker]));
      for (const provider of providers) {
        const breaker = known.get(provider);
        if (breaker === undefined || breaker.state === 'closed') probes.delete(provider);
        else if (store.nowMs() >= breaker.untilMs) await askForProbe(provider);
      }
    },
  };
}
