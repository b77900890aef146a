import type { NewVerification } from '../../domain/new-verification.ts';
import type { Scope } from '../../domain/scope.ts';
import type { Open } from '../../domain/verification.ts';
import { Failure } from '../../kernel/failure.ts';
import { type IssueDeps, issue, mint, outboundOf } from '../issue.ts';

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
 * @throws Failure `too_many_open` or `budget_spent`, with the time when it may succeed
 */
export async function createVerification(
  deps: CreateDeps,
  scope: Scope,
  wanted: NewVerification,
): Promise<Created> {
  const draft = mint(deps, scope, wanted);
  const made = await deps.store.transaction((tx) => issue(tx, draft, deps.lease));
  if (made instanceof Failure) throw made;
  deps.dispatch(made.message, outboundOf(draft, made.message));
  const token = wanted.returnToken && scope.mode === 'test' ? draft.code : null;
  return {
    verification: made.verification,
    recipient: wanted.recipient.address,
    token,
    provider: draft.route.id,
  };
}
