import {
  bindingOf,
  type Challenge,
  challengeClosed,
  challengeNotFound,
  MOST_SENT,
  settleChallenge,
} from '../../domain/challenge.ts';
import { factorNotFound, isSent, type SentFactor } from '../../domain/factor.ts';
import { isProblems, type MessageRequest, readMessage, SENT_CODE_SECONDS } from '../../domain/new-factor.ts';
import type { NewVerification } from '../../domain/new-verification.ts';
import type { Policy } from '../../domain/policy.ts';
import type { Key } from '../../domain/scope.ts';
import { approvalTemplate, type Transaction } from '../../domain/transaction.ts';
import { Failure, failureOf, isProblem, refuse } from '../../kernel/failure.ts';
import { tables } from '../../store/store.ts';
import type { Asker } from '../guard.ts';
import { type Draft, type IssueDeps, type Issued, issue, mint, outboundOf } from '../issue.ts';
import { addressOf } from './view.ts';

export type SendDeps = IssueDeps & { readonly policy: (projectId: string) => Policy };

/** That a code is on its way, and by whom. `code` is told to test keys that ask for it. */
export type SentCode = { readonly provider: string; readonly code: string; readonly expiresAtMs: number };

/**
 * Sends a code for a challenge to a phone or mailbox that its user has enrolled. Codes that were sent before stay
 * good.
 * @throws Failure `not_found`; `code_spent`, `code_expired`; `too_many_open`, `budget_spent`
 */
export async function sendCode(
  deps: SendDeps,
  key: Key,
  factorId: string,
  wording: MessageRequest,
  asker: Asker,
): Promise<SentCode> {
  const challenge = await deps.store.read.get(tables.challenges, key);
  if (challenge === null) throw challengeNotFound();
  const factor = await deps.store.read.get(tables.factors, { ...key, id: factorId });
  if (factor === null || !isSent(factor) || !mayCarry(factor, challenge)) throw factorNotFound();
  const draft = draftOf(deps, challenge, factor, wording, asker);
  const issued = await deps.store.transaction(async (tx): Promise<Issued | Failure> => {
    const found = await tx.get(tables.challenges, key);
    if (found === null) return challengeNotFound();
    const current = settleChallenge(found, tx.nowMs);
    if (current.state !== 'open') return challengeClosed(current);
    if (current.verificationIds.length >= MOST_SENT) {
      const what = `${MOST_SENT} codes were sent for this challenge; use one of them, or create another challenge`;
      return refuse('too_many_open', what, null, { retryAtMs: current.expiresAtMs });
    }
    const sent = await issue(tx, draft, deps.lease);
    if (sent instanceof Failure) return sent;
    const verificationIds = [...current.verificationIds, sent.verification.id];
    tx.update(tables.challenges, { ...current, verificationIds });
    return sent;
  });
  if (issued instanceof Failure) throw issued;
  deps.dispatch(issued.message, outboundOf(draft, issued.message));
  return { provider: draft.route.id, code: draft.code, expiresAtMs: issued.verification.expiresAtMs };
}

const mayCarry = (factor: SentFactor, { userKey, kinds }: Challenge): boolean =>
  factor.userKey === userKey &&
  factor.confirmedAtMs !== null &&
  (kinds === null || kinds.includes(factor.kind));

function draftOf(
  deps: SendDeps,
  challenge: Challenge,
  factor: SentFactor,
  wording: MessageRequest,
  asker: Asker,
): Draft {
  const { store } = deps;
  const message = messageFor(deps, challenge, factor, wording);
  const leftSeconds = Math.ceil((challenge.expiresAtMs - store.nowMs()) / 1000);
  const timeoutSeconds = Math.max(1, Math.min(SENT_CODE_SECONDS, leftSeconds));
  const draft = mint(deps, challenge, { ...message, timeoutSeconds }, bindingOf(challenge), {
    ...asker,
    user: { key: factor.userKey },
  });
  if (challenge.transaction === null) return draft;
  // Whom one pays, and how much, is read by nobody who holds the database alone.
  const keptWording = deps.vault.sealWording(message.wording, { ...draft.scope, id: draft.id });
  return { ...draft, keptWording };
}

/** The message of this challenge. One that asks for approval says of what. */
function messageFor(
  { vault, policy }: SendDeps,
  challenge: Challenge,
  factor: SentFactor,
  wording: MessageRequest,
): NewVerification {
  const read = (request: MessageRequest) => {
    const message = readMessage(request, factor.kind, addressOf(vault, factor), policy(factor.projectId));
    if (isProblems(message)) throw failureOf(message);
    return message;
  };
  if (challenge.transaction === null) return read(wording);
  const opened = vault.openTransaction('transaction', challenge.transaction.sealed, challenge);
  const approval = approvalTemplate(wording.template, opened as Transaction);
  if (isProblem(approval)) throw failureOf([approval]);
  const message = read({ ...wording, template: approval.judged });
  return { ...message, wording: { ...message.wording, template: approval.filled } };
}
