import type { Message, Pending } from '../../domain/message.ts';
import type { NewVerification } from '../../domain/new-verification.ts';
import { firstRouting } from '../../domain/onward.ts';
import { readRecipient } from '../../domain/recipient.ts';
import type { Key } from '../../domain/scope.ts';
import { notFound, type Open, remove, settle, type Verification } from '../../domain/verification.ts';
import { Failure, isProblem, refuse } from '../../kernel/failure.ts';
import { type Store, type Transaction, tables } from '../../store/store.ts';
import type { Audit } from '../audit.ts';
import { guardFailure, guardSending, NOBODY, prepareGuard, readGuardFacts, refusalRow } from '../guard.ts';
import type { IssueDeps } from '../issue.ts';
import { carriedFor } from '../owners.ts';
import type { Vault } from '../vault.ts';

export type HandleDeps = IssueDeps & { readonly audit: Audit };
export type AuditDeps = { readonly store: Store; readonly audit: Audit };
/** Id of the operator who does it. */
type By = { readonly id: string };

/** Between two messages of one code that somebody asks for by hand. */
const LEAST_PAUSE_MS = 30_000;
/** Messages of one code, routes that failed included. */
const MOST_MESSAGES = 6;
/** A code that ends sooner would arrive too late. */
const LEAST_LEFT_MS = 15_000;

/**
 * Sends the code of an open verification once more. Where the code has left the house only its digest is kept, so a new
 * one takes its place under the same id: what is left of attempts and time stays as it was, so that nobody gains a guess.
 * The guard is asked as for any other message.
 * @throws Failure `not_found`; `code_spent` when it has ended; `flooded`, `sending_refused` or `money_spent` when it may
 * not be sent now
 */
export async function sendAgain(deps: HandleDeps, by: By, key: Key): Promise<'same code' | 'new code'> {
  const { store, vault } = deps;
  const known = await store.read.get(tables.verifications, key);
  if (known === null || known.sealedRecipient === null) throw notFound();
  const wanted = wantedAgain(vault, known);
  const route = deps.route(key, wanted, known.id);
  const guarded = prepareGuard(deps.guard, {
    ...{ scope: key, wanted, recipientKey: known.recipientKey, asker: NOBODY, route },
  });
  const messageId = store.newId();
  const refusalId = store.newId();
  const code = deps.random.digits(known.tokenLength);
  const fresh = { codeDigest: vault.digestCode(known, code), sealedCode: vault.sealCode(code, known) };
  const holder = deps.lease.holder();
  const sent = await store.transaction(async (tx): Promise<Sent | Failure> => {
    const about = { projectId: key.projectId, mode: key.mode, recipientKey: known.recipientKey };
    await tx.lock(about);
    const found = await tx.get(tables.verifications, key);
    const open = found === null ? null : stillOpen(found, tx.nowMs);
    if (open === null) return refuse('code_spent', 'It has ended: there is no code to send any more.');
    const last = await tx.get(tables.messages, { ...key, id: open.messageId });
    const held = await heldBack(tx, open, last);
    if (held !== null) return held;
    const facts = await readGuardFacts(tx, guarded, about);
    const guarding = guardSending(guarded, facts, key.projectId, tx.nowMs);
    if (guarding.refusal !== null) {
      tx.insert(tables.refusals, refusalRow(guarded, guarding, { ...about, id: refusalId }, tx.nowMs));
      return guardFailure(guarding.refusal, refusalId, guarded);
    }
    const isSame = open.sealedCode !== null;
    const verification: Open = { ...open, ...(isSame ? {} : fresh), messageId };
    const message = nextMessage(
      verification,
      last,
      route,
      { holder, dueAtMs: tx.nowMs + deps.lease.leaseMs },
      tx.nowMs,
    );
    tx.update(tables.verifications, verification);
    tx.insert(tables.messages, message);
    if (last !== null && last.routing !== null) {
      tx.update(tables.messages, { ...last, routing: { ...last.routing, nextId: messageId } });
    }
    const result = isSame ? 'same code' : 'new code';
    deps.audit.note(tx, { actor: by.id, action: 'verification.sent-again', object: key.id, result });
    return { result, message, verification };
  });
  if (sent instanceof Failure) throw sent;
  const { message, verification } = sent;
  deps.dispatch(message, carriedFor(deps, message, { kind: 'verification', verification }));
  return sent.result;
}

type Sent = {
  readonly result: 'same code' | 'new code';
  readonly message: Pending;
  readonly verification: Open;
};

/** The verification as somebody would ask for it now. */
function wantedAgain(vault: Vault, v: Verification): NewVerification {
  if (v.boundTo !== null) {
    throw refuse(
      'invalid_parameter',
      'This code belongs to a challenge: its user asks for another one there.',
    );
  }
  const recipient = readRecipient(vault.openRecipient(v), v.channel);
  if (isProblem(recipient)) throw new Failure([recipient]);
  const { channel, originator, reference, tokenLength } = v;
  return {
    ...{ recipient, channel, originator, reference, tokenLength, wording: vault.openWording(v) },
    ...{
      timeoutSeconds: Math.round((v.expiresAtMs - v.createdAtMs) / 1000),
      attempts: 1,
      returnToken: false,
    },
  };
}

function stillOpen(v: Verification, nowMs: number): Open | null {
  const settled = settle(v, nowMs);
  return settled.state === 'open' ? settled : null;
}

/** Why it is not to be sent again now, in words for the operator. */
async function heldBack(tx: Transaction, open: Open, last: Message | null): Promise<Failure | null> {
  const flooded = (words: string, retryAtMs: number) => refuse('flooded', words, null, { retryAtMs });
  if (open.expiresAtMs - tx.nowMs < LEAST_LEFT_MS) {
    return refuse('code_spent', 'It ends within seconds: a message would arrive too late.');
  }
  if (last === null) return null;
  if (last.state === 'pending') return flooded('Its message is still on its way out.', tx.nowMs + 1000);
  const waitMs = last.createdAtMs + LEAST_PAUSE_MS - tx.nowMs;
  if (waitMs > 0) {
    const seconds = Math.ceil(waitMs / 1000);
    return flooded(`A message went out a moment ago: send again in ${seconds} s.`, tx.nowMs + waitMs);
  }
  let count = 1;
  for (let at: Message | null = last; at?.routing?.previousId != null; count += 1) {
    const { projectId, mode } = open;
    at = await tx.get(tables.messages, { projectId, mode, id: at.routing.previousId });
  }
  return count < MOST_MESSAGES
    ? null
    : flooded(`It was sent ${count} times already: begin a new verification.`, open.expiresAtMs);
}

function nextMessage(
  { id: verificationId, projectId, mode, messageId, expiresAtMs }: Open,
  last: Message | null,
  route: ReturnType<IssueDeps['route']>,
  lease: Pending['lease'],
  nowMs: number,
): Pending {
  const chosen = { channel: route.channel, provider: route.id, passedOver: [], estimate: null };
  const routing = route.routing ?? firstRouting(chosen, last?.routing?.country ?? null, []);
  return {
    ...{ id: messageId, projectId, mode, verificationId, channel: route.channel, provider: route.id },
    ...{ createdAtMs: nowMs, expiresAtMs, reference: null, attempts: 1, state: 'pending', lease },
    ...(last?.isReported === true ? { isReported: true as const } : {}),
    routing: { ...routing, previousId: last?.id ?? null },
  };
}

/**
 * Takes a verification back: its code is void at once.
 * @throws Failure `not_found`; `code_spent` when it has ended
 */
export async function cancelByHand({ store, audit }: AuditDeps, by: By, key: Key): Promise<void> {
  const refusal = await store.transaction(async (tx) => {
    const found = await tx.get(tables.verifications, key);
    if (found === null) return notFound();
    const settled = settle(found, tx.nowMs);
    if (settled.state !== 'open') return refuse('code_spent', 'It has ended: there is nothing to cancel.');
    tx.update(tables.verifications, remove(settled, tx.nowMs));
    audit.note(tx, { actor: by.id, action: 'verification.canceled', object: key.id, result: 'deleted' });
    return null;
  });
  if (refusal !== null) throw refusal;
}

/**
 * Tells a recipient in full, to somebody who may know it. It is told only once that has been written down.
 * @throws Failure `not_found` when there is no such verification, or its recipient was erased
 */
export async function unmask(
  { store, audit, vault }: AuditDeps & { readonly vault: Vault },
  by: By,
  key: Key,
): Promise<string> {
  const found = await store.transaction(async (tx) => {
    const verification = await tx.get(tables.verifications, key);
    if (verification === null || verification.sealedRecipient === null) return null;
    audit.note(tx, { actor: by.id, action: 'recipient.unmasked', object: key.id, result: 'shown' });
    return verification;
  });
  if (found === null) throw refuse('not_found', 'The recipient of this verification was erased.');
  return vault.openRecipient(found);
}
