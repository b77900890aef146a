import { asGuessed, type ErasedCode, grantAttempts } from '../domain/budget.ts';
import type { Outbound, Pending, Wording } from '../domain/message.ts';
import type { NewVerification } from '../domain/new-verification.ts';
import type { Scope } from '../domain/scope.ts';
import { fillWording } from '../domain/template.ts';
import type { Open } from '../domain/verification.ts';
import { Failure } from '../kernel/failure.ts';
import type { Random } from '../kernel/random.ts';
import { type Store, type Transaction, tables } from '../store/store.ts';
import {
  type Asker,
  type GuardDeps,
  type Guarded,
  type GuardFacts,
  guardFailure,
  guardSending,
  NOBODY,
  prepareGuard,
  readGuardFacts,
  refusalRow,
} from './guard.ts';
import type { Route, Router } from './router.ts';
import type { Safe } from './safe.ts';
import type { Vault } from './vault.ts';

export type IssueDeps = {
  readonly store: Store;
  readonly vault: Vault;
  readonly safe: Safe;
  readonly random: Random;
  /** Who carries it. @throws Failure `invalid_parameter` when nobody does */
  readonly route: Router['first'];
  readonly guard: GuardDeps;
  /** Leases new messages to this node: who holds them, and for how long. */
  readonly lease: { holder(): string; readonly leaseMs: number };
  /** Sends at once what has just been committed. Must return without waiting for the sending. */
  readonly dispatch: (message: Pending, outbound: Outbound) => void;
};

/** A code that has been minted and is not yet anybody's. It holds secrets: never log or store it. */
export type Draft = {
  readonly scope: Scope;
  readonly wanted: NewVerification;
  readonly id: string;
  readonly messageId: string;
  readonly code: string;
  readonly route: Route;
  readonly recipientKey: string;
  readonly shadowKey: string;
  readonly codeDigest: Uint8Array;
  readonly sealedCode: Uint8Array;
  readonly sealedRecipient: Uint8Array;
  readonly boundTo: string | null;
  readonly guarded: Guarded;
  /** As it is kept; some words are kept sealed. */
  readonly keptWording: Wording;
  /** Where its end is reported to, beside the webhooks of the project. */
  readonly sealedReportUrl: Uint8Array | null;
};

export type Issued = { readonly verification: Open; readonly message: Pending };

/**
 * All of a new code that needs keys and chance, made once and outside of the transaction, which may run again.
 * `boundTo` names what asks for it, where that is not the Verify wire.
 */
export function mint(
  {
    store,
    vault,
    safe,
    random,
    route: routeOf,
    guard,
  }: Pick<IssueDeps, 'store' | 'vault' | 'safe' | 'random' | 'route' | 'guard'>,
  scope: Scope,
  wanted: NewVerification,
  boundTo: string | null = null,
  asker: Asker = NOBODY,
): Draft {
  const { projectId, mode } = scope;
  const id = store.newId();
  const owner = { projectId, mode, id };
  const code = random.digits(wanted.tokenLength);
  const recipientKey = vault.recipientKey(wanted.recipient);
  const route = routeOf(scope, wanted, id);
  return {
    ...{
      scope: { projectId, mode },
      wanted,
      keptWording: wanted.wording,
      id,
      code,
      recipientKey,
      boundTo,
      route,
    },
    guarded: prepareGuard(guard, { scope: { projectId, mode }, wanted, recipientKey, asker, route }),
    messageId: store.newId(),
    shadowKey: vault.shadowKey(recipientKey),
    codeDigest: vault.digestCode({ ...owner, recipientKey, boundTo }, code),
    sealedCode: vault.sealCode(code, owner),
    sealedRecipient: vault.sealRecipient(wanted.recipient.address, owner),
    sealedReportUrl:
      wanted.reportUrl === undefined ? null : safe.seal('report address', wanted.reportUrl, owner),
  };
}

/**
 * Reserves attempts from the recipient's budget, asks the guard, and writes verification and message.
 * @returns Failure `too_many_open` or `budget_spent`, with the time when it may succeed; nothing is written then.
 * `sending_refused`, `money_spent` or `flooded`: why is written down
 */
export async function issue(
  tx: Transaction,
  draft: Draft,
  lease: IssueDeps['lease'],
): Promise<Issued | Failure> {
  const about = { ...draft.scope, recipientKey: draft.recipientKey };
  await tx.lock(about);
  const shadows = tx.list(tables.erasedCodesOf, { shadowKey: draft.shadowKey });
  const history = await tx.list(tables.guessHistory, about);
  const erased = await shadows;
  const facts = withErased(await readGuardFacts(tx, draft.guarded, about), erased);
  const guessed = erased.filter((code) => isIn(draft.scope, code)).map(asGuessed);
  const grant = grantAttempts(
    guessed.length === 0 ? history : [...history, ...guessed],
    draft.wanted.attempts,
    tx.nowMs,
    facts.whence,
  );
  if (grant instanceof Failure) return grant;
  const guarding = guardSending(draft.guarded, facts, draft.scope.projectId, tx.nowMs);
  if (guarding.refusal !== null) {
    tx.insert(tables.refusals, refusalRow(draft.guarded, guarding, { ...about, id: draft.id }, tx.nowMs));
    return guardFailure(guarding.refusal, draft.id, draft.guarded);
  }
  const attempts = Math.min(grant.attempts, guarding.attempts ?? grant.attempts);
  const issued = rowsOf(draft, attempts, guarding.note, tx.nowMs, lease);
  tx.insert(tables.verifications, issued.verification);
  tx.insert(tables.messages, issued.message);
  if (draft.sealedReportUrl !== null) {
    const { sealedReportUrl, id } = draft;
    tx.insert(tables.eventStreams, { ...draft.scope, id, lastSequence: 0, sealedReportUrl });
  }
  return issued;
}

/** Codes of before the recipient was erased count on, unless they are known still. */
function withErased(facts: GuardFacts, erased: readonly ErasedCode[]): GuardFacts {
  const more = erased
    .filter((code) => !facts.recent.some((one) => one.atMs === code.createdAtMs && isIn(code, one)))
    .map(({ createdAtMs: atMs, projectId, mode, whence }) => ({
      ...{ atMs, projectId, mode },
      whence: whence === 'known' ? ('known' as const) : ('unknown' as const),
    }));
  return more.length === 0 ? facts : { ...facts, recent: [...facts.recent, ...more] };
}

const isIn = (a: Scope, b: Scope): boolean => a.projectId === b.projectId && a.mode === b.mode;

/** What a provider is given to carry, once it has been committed. */
export function outboundOf({ messageId, route, code, wanted }: Draft, { expiresAtMs }: Pending): Outbound {
  const { originator, wording, recipient } = wanted;
  const { channel } = route;
  const text = fillWording(wording, code, channel);
  return {
    ...{ messageId, provider: route.id, to: recipient.address },
    ...{ channel, originator, wording, text, code, attempt: 1, expiresAtMs, receiptUrl: null },
  };
}

function rowsOf(
  draft: Draft,
  attemptsLeft: number,
  guard: string,
  nowMs: number,
  lease: IssueDeps['lease'],
): Issued {
  const { id, messageId, recipientKey, sealedRecipient, codeDigest, sealedCode, route, boundTo } = draft;
  const { projectId, mode } = draft.scope;
  const { channel, originator, reference, tokenLength, timeoutSeconds } = draft.wanted;
  const flag = draft.sealedReportUrl === null ? {} : ({ isReported: true } as const);
  const wording = draft.sealedReportUrl === null ? draft.keptWording : { ...draft.keptWording, ...flag };
  const expiresAtMs = nowMs + timeoutSeconds * 1000;
  return {
    verification: {
      ...{ id, projectId, mode, channel, recipientKey, sealedRecipient, originator, reference, wording },
      ...{ tokenLength, messageId, createdAtMs: nowMs, expiresAtMs, codeDigest, attemptsLeft, sealedCode },
      codeIsKept: route.keepsCodes ? 'until-expiry' : 'until-hand-over',
      boundTo,
      guard,
      state: 'open',
      wrongGuesses: 0,
      lastWrongAtMs: null,
    },
    message: {
      ...{ id: messageId, projectId, mode, verificationId: id, channel: route.channel },
      ...{ provider: route.id, routing: route.routing, reference: null, attempts: 1, state: 'pending' },
      ...{ createdAtMs: nowMs, expiresAtMs, ...flag },
      lease: { holder: lease.holder(), dueAtMs: nowMs + lease.leaseMs },
    },
  };
}
