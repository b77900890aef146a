import type { Message, Outbound, Pending } from '../domain/message.ts';
import type { NewTexts } from '../domain/new-text.ts';
import type { Recipient } from '../domain/recipient.ts';
import type { Key, Scope } from '../domain/scope.ts';
import { forgetText, type Text } from '../domain/text.ts';
import { Failure, refuse } from '../kernel/failure.ts';
import { maskRecipient } from '../kernel/mask.ts';
import { type Store, type Transaction, tables } from '../store/store.ts';
import { type GuardDeps, guardFailure, refusalRow } from './guard.ts';
import { type GuardedText, judgeTexts, prepareText, readTextFacts } from './guard-texts.ts';
import { type Once, transactOnce } from './once.ts';
import { contentOf } from './owners.ts';
import type { Route, Router } from './router.ts';
import type { Safe } from './safe.ts';
import type { Vault } from './vault.ts';

export type TextDeps = {
  readonly store: Store;
  readonly vault: Vault;
  readonly safe: Safe;
  /** Who carries it. @throws Failure `invalid_parameter` when nobody does */
  readonly route: Router['first'];
  readonly guard: GuardDeps;
  readonly lease: { holder(): string; readonly leaseMs: number };
  /** Sends at once what has just been committed. Must return without waiting for the sending. */
  readonly dispatch: (message: Pending, outbound: Outbound) => void;
};

/** A text, what became of it, and whom it is for; null when that was forgotten. */
export type TextView = { readonly text: Text; readonly message: Message; readonly recipient: string | null };
/** All texts of one request, in its order. */
export type BatchView = {
  readonly id: string;
  readonly body: string | null;
  readonly texts: readonly [TextView, ...TextView[]];
  readonly provider: string;
};

/** Texts that are not written yet. They hold recipients and words: never log them. */
type TextDraft = {
  readonly scope: Scope;
  readonly batchId: string;
  readonly wanted: NewTexts;
  readonly parts: readonly {
    readonly id: string;
    readonly messageId: string;
    readonly recipient: Recipient;
    readonly route: Route;
    readonly guarded: GuardedText;
    readonly text: Pick<Text, 'recipientKey' | 'sealedRecipient' | 'sealedBody' | 'sealedReportUrl'>;
  }[];
};

/**
 * Sends texts without a code: they and their messages are written in one transaction, then handed to the dispatcher
 * like any message. The guard counts and judges each of them in that transaction; one that it refuses keeps all from
 * being sent.
 * @throws Failure `invalid_parameter` when nobody carries them; `sending_refused`, `money_spent` or `flooded`: why is
 * written down
 */
export async function sendTexts(
  deps: TextDeps,
  scope: Scope,
  wanted: NewTexts,
  /** Public id of the access key. */
  keyId: string,
  once: Once<BatchView> | null,
): Promise<BatchView> {
  const draft = draftTexts(deps, scope, wanted, keyId);
  const made = await transactOnce(deps, once, async (tx) => {
    const notes = await guardTexts(tx, draft);
    return notes instanceof Failure ? notes : writeTexts(tx, draft, notes, deps.lease);
  });
  dispatchTexts(deps, made);
  return made;
}

/** All of new texts that needs keys, made outside of the transaction, which may run again. */
function draftTexts(
  { store, vault, safe, route, guard }: Pick<TextDeps, 'store' | 'vault' | 'safe' | 'route' | 'guard'>,
  { projectId, mode }: Scope,
  wanted: NewTexts,
  keyId: string,
): TextDraft {
  const { channel, body, wording, reportUrl } = wanted;
  const parts = wanted.recipients.map((recipient) => {
    const id = store.newId();
    const key = { projectId, mode, id };
    const sending = {
      channel,
      recipient,
      fallback: [],
      wording: { ...wording, template: body },
    };
    const by = route({ projectId, mode }, { ...sending, tokenLength: 0 }, id);
    const recipientKey = vault.recipientKey(recipient);
    return {
      ...{ id, recipient, messageId: store.newId(), route: by },
      guarded: prepareText(guard, {
        wanted: { ...sending, originator: wanted.originator, reference: wanted.reference },
        ...{ scope: { projectId, mode }, recipientKey, keyId, route: by },
        occasion: wanted.scheduledAtMs === null ? 'at-once' : 'for-later',
      }),
      text: {
        recipientKey,
        sealedRecipient: safe.seal('text recipient', recipient.address, key),
        sealedBody: safe.seal('text', body, key),
        sealedReportUrl: reportUrl === null ? null : safe.seal('report address', reportUrl, key),
      },
    };
  });
  return { scope: { projectId, mode }, batchId: store.newId(), wanted, parts };
}

/** Counts all of them, and tells what was thought of each; or writes down why one of them is refused. */
async function guardTexts(
  tx: Transaction,
  { scope, parts }: TextDraft,
): Promise<readonly string[] | Failure> {
  const guarded = parts.map((part) => part.guarded);
  const facts = await readTextFacts(tx, guarded, scope);
  const { judged, keep } = judgeTexts(guarded, facts, tx.nowMs);
  for (const [i, part] of parts.entries()) {
    const verdict = judged[i];
    if (verdict === undefined || verdict.refusal === null) continue;
    const about = { ...scope, id: part.id, recipientKey: part.text.recipientKey };
    tx.insert(tables.refusals, refusalRow(part.guarded.guarded, verdict, about, tx.nowMs));
    const to = maskRecipient(part.recipient.address);
    const said = { words: `nothing is sent to ${to} now`, parameter: 'recipients' };
    return guardFailure(verdict.refusal, part.id, part.guarded.guarded, said);
  }
  keep();
  return judged.map(({ note }) => note);
}

/** Writes texts and their messages. Those that leave at once are leased to this node. */
function writeTexts(
  tx: Transaction,
  draft: TextDraft,
  notes: readonly string[],
  lease: TextDeps['lease'],
): BatchView {
  const { wanted, batchId, scope } = draft;
  const { kind, originator, reference, wording, details, scheduledAtMs, body } = wanted;
  const leavesAtMs = scheduledAtMs ?? tx.nowMs;
  const expiresAtMs = leavesAtMs + wanted.validSeconds * 1000;
  const texts = draft.parts.map(({ id, messageId, recipient, route, text: sealed }, place): TextView => {
    const text: Text = {
      ...{ id, ...scope, batchId, place, kind, channel: wanted.channel, ...sealed },
      ...{ originator, reference, wording, details, messageId },
      ...{ createdAtMs: tx.nowMs, scheduledAtMs, expiresAtMs, canceledAtMs: null },
      guard: notes[place] ?? null,
    };
    const message: Pending = {
      ...{ id: messageId, ...scope, verificationId: id, channel: route.channel, provider: route.id },
      ...{ routing: route.routing, reference: null, createdAtMs: tx.nowMs, expiresAtMs, state: 'pending' },
      ...(sealed.sealedReportUrl === null ? {} : { isReported: true }),
      ...(scheduledAtMs === null
        ? { attempts: 1, lease: { holder: lease.holder(), dueAtMs: tx.nowMs + lease.leaseMs } }
        : { attempts: 0, lease: { holder: null, dueAtMs: scheduledAtMs } }),
    };
    tx.insert(tables.texts, text);
    tx.insert(tables.messages, message);
    return { text, message, recipient: recipient.address };
  });
  return { id: batchId, body, texts: notEmpty(texts), provider: draft.parts[0]?.route.id ?? '' };
}

/** Hands what has just been committed to the dispatcher; what is scheduled it finds itself. */
function dispatchTexts({ safe, dispatch }: Pick<TextDeps, 'safe' | 'dispatch'>, made: BatchView): void {
  for (const { text, message } of made.texts) {
    if (message.state !== 'pending' || message.lease.holder === null) continue;
    const { id: messageId, provider, channel, attempts: attempt, expiresAtMs } = message;
    const about = { messageId, provider, channel, attempt, expiresAtMs, receiptUrl: null };
    dispatch(message, { ...about, ...contentOf(safe, text) });
  }
}

/** The texts of one request. @throws Failure `not_found`, also when they were deleted or are of another kind */
export async function readTexts(
  deps: Pick<TextDeps, 'store' | 'safe'>,
  { projectId, mode, id: batchId }: Key,
  kind: Text['kind'],
): Promise<BatchView> {
  const found = await deps.store.read.list(
    tables.textsOfBatch,
    { projectId, mode, batchId },
    deps.store.nowMs(),
  );
  const mine = found.filter((text) => text.kind === kind && text.canceledAtMs === null);
  if (mine.length === 0) throw unknown();
  return viewOf(deps, mine);
}

export type TextQuery = {
  readonly offset: number;
  readonly limit: number;
  readonly originator: string | null;
};

/** Requests of one kind, the newest first, and how many there are. */
export async function listTexts(
  deps: Pick<TextDeps, 'store' | 'safe'>,
  { projectId, mode }: Scope,
  kind: Text['kind'],
  { offset, limit, originator }: TextQuery,
): Promise<{ items: readonly BatchView[]; total: number }> {
  const { store } = deps;
  const where = { kind, place: 0, canceled_at_ms: null, ...(originator === null ? {} : { originator }) };
  const page = await store.read.page(tables.texts, { scope: { projectId, mode }, where, offset, limit });
  const items = await Promise.all(
    page.items.map(async ({ batchId }) =>
      viewOf(deps, await store.read.list(tables.textsOfBatch, { projectId, mode, batchId }, store.nowMs())),
    ),
  );
  return { items, total: page.total };
}

/**
 * Deletes the texts of a request: what they said and whom they were for is forgotten, and what has not left never
 * will.
 * @throws Failure `not_found`
 */
export async function removeTexts(
  { store }: Pick<TextDeps, 'store'>,
  { projectId, mode, id: batchId }: Key,
  kind: Text['kind'],
): Promise<void> {
  const found = await store.read.list(tables.textsOfBatch, { projectId, mode, batchId }, store.nowMs());
  const ids = found.filter((text) => text.kind === kind && text.canceledAtMs === null).map(({ id }) => id);
  const count = await store.transaction(async (tx) => {
    const texts = await Promise.all(ids.map((id) => tx.get(tables.texts, { projectId, mode, id })));
    const left = texts.filter((text) => text !== null && text.canceledAtMs === null);
    for (const text of left) if (text !== null) tx.update(tables.texts, forgetText(text, tx.nowMs));
    return left.length;
  });
  if (count === 0) throw unknown();
}

async function viewOf(
  { store, safe }: Pick<TextDeps, 'store' | 'safe'>,
  found: readonly Text[],
): Promise<BatchView> {
  const texts = found.toSorted((a, b) => a.place - b.place);
  const views = await Promise.all(
    texts.map(async (text): Promise<TextView> => {
      const message = await store.read.get(tables.messages, { ...text, id: text.messageId });
      if (message === null) throw new Error('a text has lost its message');
      const sealed = text.sealedRecipient;
      return { text, message, recipient: sealed === null ? null : safe.open('text recipient', sealed, text) };
    }),
  );
  const all = notEmpty(views);
  const [{ text: first, message }] = all;
  const body = first.sealedBody === null ? null : safe.open('text', first.sealedBody, first);
  return { id: first.batchId, body, texts: all, provider: message.provider };
}

function notEmpty(views: readonly TextView[]): BatchView['texts'] {
  const [first, ...more] = views;
  if (first === undefined) throw new Error('a request for texts has a recipient');
  return [first, ...more];
}

const unknown = () => refuse('not_found', 'message not found');
