import type { NewVerification } from '../../domain/new-verification.ts';
import type { Scope } from '../../domain/scope.ts';
import type { Open } from '../../domain/verification.ts';
import { Failure } from '../../kernel/failure.ts';
import { traced } from '../../kernel/trace.ts';
import type { Asker } from '../guard.ts';
import { type IssueDeps, type Issued, issue, mint, outboundOf } from '../issue.ts';
import { type Once, transactOnce } from '../once.ts';

export type CreateDeps = IssueDeps;

/** What the creator is told. `token` is the code, for the eyes of test keys that asked for it. */
export type Created = {
  readonly verification: Open;
  readonly recipient: string;
  readonly token: string | null;
  readonly provider: string;
};

/**
 * Creates a verification: attempts reserved from the recipient's budget, code minted, verification and message
 * written, all in one transaction; then the message, leased to this node, is handed to its dispatcher.
 * @throws Failure `too_many_open`, `budget_spent`, `sending_refused`, `money_spent` or `flooded`, with the time when
 * it may succeed
 * @throws Replayed when it was done before with the same key
 */
export function createVerification(
  deps: CreateDeps,
  scope: Scope,
  wanted: NewVerification,
  asker: Asker,
  once: Once<Created> | null,
): Promise<Created> {
  const facts = { 'roost.mode': scope.mode, 'roost.channel': wanted.channel };
  return traced('verify.create', facts, () => create(deps, scope, wanted, asker, once));
}

async function create(
  deps: CreateDeps,
  scope: Scope,
  wanted: NewVerification,
  asker: Asker,
  once: Once<Created> | null,
): Promise<Created> {
  const draft = mint(deps, scope, wanted, null, asker);
  const token = wanted.returnToken && scope.mode === 'test' ? draft.code : null;
  const about = { recipient: wanted.recipient.address, token, provider: draft.route.id };
  const made = await transactOnce(deps, once, async (tx): Promise<Made | Failure> => {
    const issued = await issue(tx, draft, deps.lease);
    return issued instanceof Failure ? issued : { ...about, ...issued };
  });
  deps.dispatch(made.message, outboundOf(draft, made.message));
  return made;
}

type Made = Created & Issued;
