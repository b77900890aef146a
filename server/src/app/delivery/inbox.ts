import type { Channel, Datacoding, Message, MessageState, Voice } from '../../domain/message.ts';
import { type Recipient, readCountry, readRecipient } from '../../domain/recipient.ts';
import type { Mode, Scope } from '../../domain/scope.ts';
import { fillWording } from '../../domain/template.ts';
import type { Text } from '../../domain/text.ts';
import { settle, type Verification } from '../../domain/verification.ts';
import { Failure, isProblem, refuse } from '../../kernel/failure.ts';
import { isId } from '../../kernel/ids.ts';
import { type Store, tables } from '../../store/store.ts';
import { contentOf } from '../owners.ts';
import type { Safe } from '../safe.ts';
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
  /** null for a text without a code; its `token` is empty. */
  readonly verification: Verification['state'] | null;
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

export type InboxDeps = {
  readonly store: Store;
  readonly vault: Vault;
  readonly safe: Safe;
  readonly provider: string;
};

/**
 * Messages of unexpired codes, and texts, that the sandbox carried, the newest last.
 * @throws Failure `invalid_parameter` or `recipient_unreadable` for a recipient or an `after` that cannot be one
 */
export async function listInbox(
  { store, vault, safe, provider }: InboxDeps,
  query: InboxQuery,
): Promise<{ messages: InboxMessage[]; nowMs: number }> {
  const nowMs = store.nowMs();
  const recipientKey =
    query.recipientTyped === undefined ? null : vault.recipientKey(recipientOf(query, query.recipientTyped));
  const show = query.scope === null ? 'all' : 'arrived';
  const after = await messageAfter(store, query);
  const wanted = {
    provider,
    nowMs,
    recipientKey,
    limit: query.limit,
    scope: query.scope,
    show,
    after,
  } as const;
  const [codes, texts] = await Promise.all([store.read.carried(wanted), store.read.carriedTexts(wanted)]);
  const shownCodes = codes.map(({ message, verification }) => shown(vault, message, verification, nowMs));
  const shownTexts = texts.map(({ message, text }) => shownText(safe, message, text));
  const all = shownTexts.length === 0 ? shownCodes : inOrder([...shownCodes, ...shownTexts], show, query);
  return { messages: all, nowMs };
}

/** Codes and texts are asked for apart. Without `after` the newest are wanted, with it those that follow. */
function inOrder(
  messages: readonly InboxMessage[],
  show: 'arrived' | 'all',
  { after, limit }: InboxQuery,
): InboxMessage[] {
  const at = ({ createdAtMs, endedAtMs }: InboxMessage): number =>
    show === 'arrived' ? (endedAtMs ?? createdAtMs) : createdAtMs;
  const sorted = messages.toSorted((a, b) => at(a) - at(b));
  return after === undefined ? sorted.slice(-limit) : sorted.slice(0, limit);
}

function shownText(safe: Safe, message: Message, text: Text): InboxMessage {
  const { to, text: words, originator, wording } = contentOf(safe, text);
  const spoken = message.channel === 'tts';
  return {
    ...{ id: message.id, verificationId: text.id, projectId: message.projectId, mode: message.mode },
    ...{
      channel: message.channel,
      recipient: to,
      originator,
      subject: wording.subject,
      text: words,
      token: '',
    },
    datacoding: wording.datacoding,
    language: spoken ? wording.language : null,
    voice: spoken ? wording.voice : null,
    ...{ state: message.state, verification: null, attemptsLeft: null, ...timesOf(message) },
  };
}

const timesOf = (message: Message) => ({
  createdAtMs: message.createdAtMs,
  sentAtMs: message.state === 'pending' ? null : message.sentAtMs,
  endedAtMs: message.state === 'pending' || message.state === 'sent' ? null : message.endedAtMs,
  expiresAtMs: message.expiresAtMs,
});

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
  const { originator } = verification;
  const wording = vault.openWording(verification);
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
    text: fillWording(wording, token, message.channel),
    token,
    datacoding: wording.datacoding,
    language: spoken ? wording.language : null,
    voice: spoken ? wording.voice : null,
    state: message.state,
    verification: settled.state,
    attemptsLeft: settled.state === 'open' ? settled.attemptsLeft : null,
    ...timesOf(message),
  };
}
