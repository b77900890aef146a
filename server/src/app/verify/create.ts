import { grantAttempts } from '../../domain/budget.ts';
import type { Channel, Outbound, Pending } from '../../domain/message.ts';
import type { NewVerification } from '../../domain/new-verification.ts';
import type { Scope } from '../../domain/scope.ts';
import { fillTemplate } from '../../domain/template.ts';
import type { Open } from '../../domain/verification.ts';
import { Failure } from '../../kernel/failure.ts';
import type { Random } from '../../kernel/random.ts';
import { type Store, tables } from '../../store/store.ts';
import type { Vault } from '../vault.ts';

export type CreateDeps = {
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
  const made = await deps.store.transaction(async (tx) => {
    const about = { ...scope, recipientKey: draft.recipientKey };
    await tx.lock(about);
    const history = await tx.list(tables.guessHistory, about);
    const grant = grantAttempts(history, wanted.attempts, tx.nowMs);
    if (grant instanceof Failure) return grant;
    const rows = write(draft, scope, wanted, grant.attempts, tx.nowMs, deps.lease);
    tx.insert(tables.verifications, rows.verification);
    tx.insert(tables.messages, rows.message);
    return rows;
  });
  if (made instanceof Failure) throw made;
  deps.dispatch(made.message, outboundOf(draft, wanted));
  const token = wanted.returnToken && scope.mode === 'test' ? draft.code : null;
  return {
    verification: made.verification,
    recipient: wanted.recipient.address,
    token,
    provider: draft.route.id,
  };
}

type Draft = {
  readonly id: string;
  readonly messageId: string;
  readonly code: string;
  readonly route: Route;
  readonly recipientKey: string;
  readonly codeDigest: Uint8Array;
  readonly sealedCode: Uint8Array;
  readonly sealedRecipient: Uint8Array;
};

/** All that needs keys and chance, made once and outside of the transaction, which may run again. */
function mint({ store, vault, random, route }: CreateDeps, scope: Scope, wanted: NewVerification): Draft {
  const id = store.newId();
  const code = random.digits(wanted.tokenLength);
  const recipientKey = vault.recipientKey(wanted.recipient);
  return {
    id,
    messageId: store.newId(),
    code,
    recipientKey,
    route: route(scope, wanted.channel),
    codeDigest: vault.digestCode({ ...scope, id, recipientKey }, code),
    sealedCode: vault.sealCode(code, { ...scope, id }),
    sealedRecipient: vault.sealRecipient(wanted.recipient.address, { ...scope, id }),
  };
}

function write(
  draft: Draft,
  { projectId, mode }: Scope,
  wanted: NewVerification,
  attemptsLeft: number,
  nowMs: number,
  lease: CreateDeps['lease'],
): { verification: Open; message: Pending } {
  const { id, messageId, recipientKey, sealedRecipient, codeDigest, sealedCode, route } = draft;
  const { channel, originator, reference, wording, tokenLength } = wanted;
  const expiresAtMs = nowMs + wanted.timeoutSeconds * 1000;
  return {
    verification: {
      ...{ id, projectId, mode, channel, recipientKey, sealedRecipient, originator, reference, wording },
      ...{ tokenLength, messageId, createdAtMs: nowMs, expiresAtMs, codeDigest, attemptsLeft, sealedCode },
      codeIsKept: route.keepsCodes ? 'until-expiry' : 'until-hand-over',
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

function outboundOf(draft: Draft, wanted: NewVerification): Outbound {
  const { channel, originator, wording, recipient } = wanted;
  const text = fillTemplate(wording.template, draft.code);
  return {
    ...{ messageId: draft.messageId, provider: draft.route.id, to: recipient.address },
    ...{ channel, originator, wording, text, attempt: 1 },
  };
}
