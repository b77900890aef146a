import type { Channel, Datacoding, Message, MessageState, Voice } from '../../domain/message.ts';
import { type Recipient, readCountry, readRecipient } from '../../domain/recipient.ts';
import type { Mode, Scope } from '../../domain/scope.ts';
import { fillTemplate } from '../../domain/template.ts';
import { settle, type Verification } from '../../domain/verification.ts';
import { Failure, isProblem, refuse } from '../../kernel/failure.ts';
import { isId } from '../../kernel/ids.ts';
import { type Store, tables } from '../../store/store.ts';
import type { Vault } from '../vault.ts';

/** A message as it arrived on the virtual phone. */
export type InboxMessage = {
  readonly id: string;
  readonly verificationId: string;
  readonly projectId: string;
  readonly mode: Mode;
  readonly channel: Channel;
  /** E.164 with its plus sign, or an e-mail address. */
  readonly recipient: string;
  readonly originator: string;
  readonly subject: string | null;
  readonly text: string;
  readonly token: string;
  readonly datacoding: Datacoding;
  readonly language: string | null;
  readonly voice: Voice | null;
  readonly state: MessageState;
  readonly verification: Verification['state'];
  /** Attempts left while the verification is open, else null. */
  readonly attemptsLeft: number | null;
  readonly createdAtMs: number;
  readonly sentAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly expiresAtMs: number;
};

export type InboxQuery = {
  /** Whose messages: of one key's scope those that have arrived, or (null) all of every key, arrived or not. */
  readonly scope: Scope | null;
  /** Any spelling that a create takes. */
  readonly recipientTyped?: string;
  readonly countryCode?: string;
  /** Only messages that came after the one with this id. */
  readonly after?: string;
  readonly limit: number;
};

export type InboxDeps = { readonly store: Store; readonly vault: Vault; readonly provider: string };

/**
 * Messages of unexpired codes that the sandbox carried, the newest last.
 * @throws Failure `invalid_parameter` or `recipient_unreadable` for a recipient or an `after` that cannot be one
 */
export async function listInbox(
  { store, vault, provider }: InboxDeps,
  query: InboxQuery,
): Promise<{ messages: InboxMessage[]; nowMs: number }> {
  const nowMs = store.nowMs();
  const recipientKey =
    query.recipientTyped === undefined ? null : vault.recipientKey(recipientOf(query, query.recipientTyped));
  const rows = await store.read.carried({
    ...{ provider, nowMs, recipientKey, limit: query.limit, scope: query.scope },
    show: query.scope === null ? 'all' : 'arrived',
    after: await messageAfter(store, query),
  });
  return { messages: rows.map((row) => shown(vault, row.message, row.verification, nowMs)), nowMs };
}

function recipientOf({ countryCode }: InboxQuery, typed: string): Recipient {
  const country = countryCode === undefined ? null : readCountry(countryCode);
  const read = readRecipient(typed, typed.includes('@') ? 'email' : 'sms', country);
  if (isProblem(read)) throw new Failure([read]);
  return read;
}

/** A message that is gone, or another scope's, is no reason to refuse: whatever is there came after it. */
async function messageAfter(store: Store, { after, scope }: InboxQuery): Promise<Message | null> {
  if (after === undefined) return null;
  if (!isId(after)) {
    const what = 'after must be the id of a message: 32 hexadecimal characters';
    throw refuse('invalid_parameter', what, 'after');
  }
  return scope === null ? null : store.read.get(tables.messages, { ...scope, id: after });
}

function shown(vault: Vault, message: Message, verification: Verification, nowMs: number): InboxMessage {
  const settled = settle(verification, nowMs);
  const { wording, originator } = verification;
  const token = vault.openCode(verification) ?? '';
  const spoken = message.channel === 'tts';
  return {
    id: message.id,
    verificationId: verification.id,
    projectId: message.projectId,
    mode: message.mode,
    channel: message.channel,
    recipient: vault.openRecipient(verification),
    originator,
    subject: wording.subject,
    text: fillTemplate(wording.template, token),
    token,
    datacoding: wording.datacoding,
    language: spoken ? wording.language : null,
    voice: spoken ? wording.voice : null,
    state: message.state,
    verification: settled.state,
    attemptsLeft: settled.state === 'open' ? settled.attemptsLeft : null,
    createdAtMs: message.createdAtMs,
    sentAtMs: message.state === 'pending' ? null : message.sentAtMs,
    endedAtMs: message.state === 'pending' || message.state === 'sent' ? null : message.endedAtMs,
    expiresAtMs: message.expiresAtMs,
  };
}
