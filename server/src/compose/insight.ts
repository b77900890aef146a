import type { Audit } from '../app/audit.ts';
import { type EraseDeps, eraseRecipient } from '../app/erasure/erase.ts';
import { type CounterDeps, createCounter } from '../app/insight/counter.ts';
import { createFeed } from '../app/insight/feed.ts';
import type { LateChanges } from '../app/insight/late.ts';
import type { IssueDeps } from '../app/issue.ts';
import type { Vault } from '../app/vault.ts';
import { cancelByHand, sendAgain, unmask } from '../app/verify/handle.ts';
import { readRecipient } from '../domain/recipient.ts';
import { RETENTION } from '../domain/retention.ts';
import { type Key, MODES } from '../domain/scope.ts';
import type { Verification } from '../domain/verification.ts';
import { homeRoom } from '../http/console/home.ts';
import type { Room } from '../http/console/plugin.ts';
import { type HandleNeeds, verificationRoom } from '../http/console/verification.ts';
import { verificationsRoom } from '../http/console/verifications.ts';
import { stopwatchMs } from '../kernel/clock.ts';
import { Failure, isProblem, refuse } from '../kernel/failure.ts';
import type { Log } from '../kernel/log.ts';
import { createPace } from '../kernel/pace.ts';
import type { Random } from '../kernel/random.ts';
import { type Store, tables } from '../store/store.ts';
import { type Periodic, periodic } from '../worker/periodic.ts';

const COUNT_EVERY_MS = 2_000;
const MARK_EVERY_MS = 1_000;
const LOOK_EVERY_MS = 400;

export type InsightDeps = {
  readonly store: Store;
  readonly late: LateChanges;
  readonly vault: Vault;
  readonly random: Random;
  readonly log: Log;
  readonly issuing: IssueDeps;
  readonly audit: Audit;
  readonly sandbox: string;
  readonly providers: readonly string[];
  readonly isDraining: () => boolean;
  readonly erasing: EraseDeps;
};
export type Insight = { readonly chores: readonly Periodic[]; readonly rooms: readonly Room[] };

/** Puts together what counts, finds and shows what was asked for. */
export function composeInsight(deps: InsightDeps): Insight {
  const { store, vault, late, log, audit, sandbox } = deps;
  const pace = createPace();
  const counting: CounterDeps = {
    ...{ store, stopwatchMs, rowsKeptMs: RETENTION.rowMs },
    holder: deps.random.bytes(8).toString('hex'),
    async rest(workedMs) {
      if (deps.isDraining()) return false;
      if (workedMs > 0) await pace(workedMs);
      return !deps.isDraining();
    },
  };
  const failed = (error: unknown) => log.error('feed.failed', {}, error);
  const feed = createFeed({ store, everyMs: LOOK_EVERY_MS, failed });
  const open = (verification: Verification) =>
    verification.sealedRecipient === null ? null : vault.openRecipient(verification);
  const handle: HandleNeeds = {
    sendAgain: (by, key) => sendAgain({ ...deps.issuing, audit }, by, key),
    cancel: (by, key) => cancelByHand({ store, audit }, by, key),
    unmask: (by, key) => unmask({ store, audit, vault }, by, key),
    erase: (by, key) => eraseAll(deps, by.id, key),
  };
  return {
    chores: [
      periodic('figures', COUNT_EVERY_MS, createCounter(counting).pass, log),
      periodic('late changes', MARK_EVERY_MS, late.flush, log),
    ],
    rooms: [
      homeRoom({ store, providers: deps.providers }),
      verificationsRoom({ store, vault, feed, open }),
      verificationRoom({ store, vault, handle, sandbox }),
    ],
  };
}

/** Erases everything about whom a verification is about; of one with a live key what test keys made too. */
async function eraseAll({ store, vault, erasing }: InsightDeps, by: string, key: Key): Promise<void> {
  const verification = await store.read.get(tables.verifications, key);
  if (verification === null || verification.sealedRecipient === null) {
    throw refuse('not_found', 'The recipient of this verification was erased.');
  }
  const recipient = readRecipient(vault.openRecipient(verification), verification.channel);
  if (isProblem(recipient)) throw new Failure([recipient]);
  const { projectId, mode } = key;
  await eraseRecipient(erasing, by, { projectId, modes: mode === 'live' ? MODES : ['test'], recipient });
}
