import type { Keyring } from '../app/access/keyring.ts';
import type { Audit } from '../app/audit.ts';
import { chainEntries, checkpoint } from '../app/audit-chain.ts';
import { noteRefusals } from '../app/audit-refusals.ts';
import { sweep } from '../app/delivery/sweep.ts';
import type { Outcomes } from '../app/guard-outcomes.ts';
import { forgetTallies } from '../app/guard-tallies.ts';
import { forgetDroppedDrafts } from '../app/layers/forget.ts';
import type { SigningKeys } from '../app/proofs/signing-keys.ts';
import { retainAudit } from '../app/retention/audit.ts';
import { retainHaunts } from '../app/retention/haunts.ts';
import { retainOutgoing } from '../app/retention/outgoing.ts';
import { retain } from '../app/retention/retain.ts';
import { AUDIT_MS, RETENTION } from '../domain/retention.ts';
import type { Log } from '../kernel/log.ts';
import type { Store } from '../store/store.ts';
import { type Periodic, periodic } from '../worker/periodic.ts';

type Refreshed = { refresh(): Promise<void> };

export type ChoreDeps = {
  readonly store: Store;
  /** The store without what is told of its writes by webhooks: chores tell nobody. */
  readonly bare: Store;
  readonly log: Log;
  readonly audit: Audit;
  readonly auditKey: Buffer;
  readonly signing: Pick<SigningKeys, 'sign' | 'refresh'>;
  readonly keyring: Pick<Keyring, 'refresh'>;
  readonly outcomes: Pick<Outcomes, 'flush'>;
  readonly layers: Refreshed;
  readonly faults: Refreshed;
  readonly metadata: Refreshed;
  /** Between two steps of something long: whether to take the next. */
  readonly goOn: () => Promise<boolean>;
};

/** What is done again and again beside requests: keeping up with other nodes, counting, forgetting. */
export function composeChores(deps: ChoreDeps): readonly Periodic[] {
  const { store, bare, log, audit, signing, keyring, outcomes, layers, faults, metadata, goOn } = deps;
  const retaining = { store: bare, retention: RETENTION, goOn };
  const keepAudit = async () => {
    await chainEntries(bare, deps.auditKey);
    await checkpoint({ store: bare, log, sign: signing.sign });
  };
  return [
    periodic('outcomes', 100, outcomes.flush, log),
    periodic('tallies', 60_000, () => forgetTallies(store), log),
    periodic('sweep', 30_000, () => sweep(store, 20_000), log),
    periodic('keys', 500, keyring.refresh, log),
    periodic('layers', 400, layers.refresh, log),
    periodic('sandbox faults', 400, faults.refresh, log),
    periodic('fido metadata', 1_000, metadata.refresh, log),
    periodic('signing keys', 60_000, signing.refresh, log),
    periodic('audit', 500, keepAudit, log),
    periodic('refusals in the audit log', 600_000, () => noteRefusals({ store: bare, audit }), log),
    periodic('retention of dropped drafts', 3_600_000, () => forgetDroppedDrafts({ store: bare }), log),
    periodic('retention of places', 3_600_000, () => retainHaunts(retaining), log),
    periodic(
      'retention of the audit log',
      3_600_000,
      () => retainAudit({ ...retaining, auditMs: AUDIT_MS }, 100_000),
      log,
    ),
    periodic('retention of what went out', 60_000, () => retainOutgoing(retaining, 100_000), log),
    periodic('retention', 60_000, () => retain({ store, retention: RETENTION, goOn }, 100_000), log),
  ];
}
