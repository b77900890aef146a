import { grantAttempts } from '../domain/budget.ts';
import type { Channel, Outbound, Pending } from '../domain/message.ts';
import type { NewVerification } from '../domain/new-verification.ts';
import type { Scope } from '../domain/scope.ts';
import { fillTemplate } from '../domain/template.ts';
import type { Open } from '../domain/verification.ts';
import { Failure } from '../kernel/failure.ts';
import type { Random } from '../kernel/random.ts';
import { type Store, type Transaction, tables } from '../store/store.ts';
import type { Vault } from './vault.ts';

export type IssueDeps = {
  readonly store: Store;
  readonly vault: Vault;
  readonly random: Random;
  /** The provider that carries this channel for this scope. */
  readonly route: (scope: Scope, channel: Channel) => Route;
  /** Leases new messages to this node: who holds them, and for how long. */
  readonly lease: { holder(): string; readonly leaseMs: number };
  /** Sends at once what has just been committed. Must return without waiting for the sending. */
  readonly dispatch: (message: Pending, outbound: Outbound) => void;
};

export type Route = { readonly id: string; readonly keepsCodes: boolean };

/** A code that has been minted and is not yet anybody's. It holds secrets: never log or store it. */
export type Draft = {
  readonly scope: Scope;
  readonly wanted: NewVerification;
  readonly id: string;
  readonly messageId: string;
  readonly code: string;
  readonly route: Route;
  readonly recipientKey: string;
  readonly codeDigest: Uint8Array;
  readonly sealedCode: Uint8Array;
  readonly sealedRecipient: Uint8Array;
  readonly boundTo: string | null;
};

export type Issued = { readonly verification: Open; readonly message: Pending };

/**
 * All of a new code that needs keys and chance, made once and outside of the transaction, which may run again.
 * `boundTo` names what asks for it, where that is not the Verify wire.
 */
export function mint(
  { store, vault, random, route }: Pick<IssueDeps, 'store' | 'vault' | 'random' | 'route'>,
  scope: Scope,
  wanted: NewVerification,
  boundTo: string | null = null,
): Draft {
  const { projectId, mode } = scope;
  const id = store.newId();
  const owner = { projectId, mode, id };
  const code = random.digits(wanted.tokenLength);
  const recipientKey = vault.recipientKey(wanted.recipient);
  return {
    ...{ scope: { projectId, mode }, wanted, id, code, recipientKey, boundTo },
    messageId: store.newId(),
    route: route(scope, wanted.channel),
    codeDigest: vault.digestCode({ ...owner, recipientKey, boundTo }, code),
    sealedCode: vault.sealCode(code, owner),
    sealedRecipient: vault.sealRecipient(wanted.recipient.address, owner),
  };
}

/**
 * Reserves attempts from the recipient's budget, and writes verification and message.
 * @returns Failure `too_many_open` or `budget_spent`, with the time when it may succeed; nothing is written then
 */
export async function issue(
  tx: Transaction,
  draft: Draft,
  lease: IssueDeps['lease'],
): Promise<Issued | Failure> {
  const about = { ...draft.scope, recipientKey: draft.recipientKey };
  await tx.lock(about);
  const history = await tx.list(tables.guessHistory, about);
  const grant = grantAttempts(history, draft.wanted.attempts, tx.nowMs);
  if (grant instanceof Failure) return grant;
  const issued = rowsOf(draft, grant.attempts, tx.nowMs, lease);
  tx.insert(tables.verifications, issued.verification);
  tx.insert(tables.messages, issued.message);
  return issued;
}

/** What a provider is given to carry, once it has been committed. */
export function outboundOf({ messageId, route, code, wanted }: Draft, { expiresAtMs }: Pending): Outbound {
  const { channel, originator, wording, recipient } = wanted;
  const text = fillTemplate(wording.template, code);
  return {
    ...{ messageId, provider: route.id, to: recipient.address },
    ...{ channel, originator, wording, text, code, attempt: 1, expiresAtMs, receiptUrl: null },
  };
}

function rowsOf(draft: Draft, attemptsLeft: number, nowMs: number, lease: IssueDeps['lease']): Issued {
  const { id, messageId, recipientKey, sealedRecipient, codeDigest, sealedCode, route, boundTo } = draft;
  const { projectId, mode } = draft.scope;
  const { channel, originator, reference, wording, tokenLength, timeoutSeconds } = draft.wanted;
  const expiresAtMs = nowMs + timeoutSeconds * 1000;
  return {
    verification: {
      ...{ id, projectId, mode, channel, recipientKey, sealedRecipient, originator, reference, wording },
      ...{ tokenLength, messageId, createdAtMs: nowMs, expiresAtMs, codeDigest, attemptsLeft, sealedCode },
      codeIsKept: route.keepsCodes ? 'until-expiry' : 'until-hand-over',
      boundTo,
      state: 'open',
      wrongGuesses: 0,
      lastWrongAtMs: null,
    },
    message: {
      ...{ id: messageId, projectId, mode, verificationId: id, channel, provider: route.id },
      ...{ createdAtMs: nowMs, expiresAtMs, reference: null, attempts: 1, state: 'pending' },
      lease: { holder: lease.holder(), dueAtMs: nowMs + lease.leaseMs },
    },
  };
}
