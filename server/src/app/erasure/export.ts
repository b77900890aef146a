import { readNote } from '../../domain/guard/note.ts';
import type { Message } from '../../domain/message.ts';
import type { Recipient } from '../../domain/recipient.ts';
import type { Key, Mode } from '../../domain/scope.ts';
import type { Text } from '../../domain/text.ts';
import { age, type Verification } from '../../domain/verification.ts';
import { type Store, tables } from '../../store/store.ts';
import type { Audit } from '../audit.ts';
import type { Safe } from '../safe.ts';
import type { Vault } from '../vault.ts';
import { findHoldings, onlyThis } from './holdings.ts';

export type ExportDeps = {
  readonly store: Store;
  readonly vault: Vault;
  readonly safe: Safe;
  readonly audit: Audit;
};

/** All that is kept about a recipient, in words that it can be handed to somebody in. It holds no code and no key. */
export type Exported = { readonly recipient: string; readonly exportedAt: string } & {
  readonly [part in
    | 'verifications'
    | 'texts'
    | 'lookups'
    | 'refusals'
    | 'factors'
    | 'places'
    | 'erasedCodes']: readonly object[];
};

const moment = (ms: number): string => new Date(ms).toISOString();
const momentOrNull = (ms: number | null): string | null => (ms === null ? null : moment(ms));

/** Everything that is held about a recipient in some modes of a project. Reads whole tables, a stretch at a time. */
export async function exportRecipient(
  deps: ExportDeps,
  by: string | null,
  { projectId, modes, recipient }: { projectId: string; modes: readonly Mode[]; recipient: Recipient },
): Promise<Exported> {
  const { store, vault, audit } = deps;
  const recipientKey = vault.recipientKey(recipient);
  const { rows, haunts } = await findHoldings(store, onlyThis(projectId, modes, recipientKey));
  const nowMs = store.nowMs();
  const shadows = await store.read.list(
    tables.erasedCodesOf,
    { shadowKey: vault.shadowKey(recipientKey) },
    nowMs,
  );
  const exported: Exported = {
    ...{ recipient: recipient.address, exportedAt: moment(nowMs) },
    verifications: await each(rows.verifications, (key) => aboutCode(deps, key)),
    texts: await each(rows.texts, (key) => aboutText(deps, key)),
    lookups: await each(rows.hlrs, (key) => aboutLookup(deps, key)),
    refusals: await each(rows.refusals, (key) => aboutRefusal(deps, key)),
    factors: await each(rows.factors, (key) => aboutFactor(deps, key)),
    places: haunts.map(({ mode, lastSuccessAtMs }) => ({ mode, lastSuccessAt: moment(lastSuccessAtMs) })),
    erasedCodes: shadows
      .filter((code) => code.projectId === projectId && modes.includes(code.mode))
      .map(({ mode, createdAtMs, wrongGuesses, lastWrongAtMs }) => ({
        ...{ mode, createdAt: moment(createdAtMs), wrongGuesses, lastWrongAt: momentOrNull(lastWrongAtMs) },
      })),
  };
  await store.transaction(async (tx) => {
    for (const mode of modes) {
      const object = `subject:${vault.erasureKey({ projectId, mode }, recipientKey)}`;
      audit.note(tx, { actor: by, action: 'recipient.exported', object, result: 'done' });
    }
  });
  return exported;
}

async function each(
  keys: readonly Key[],
  tell: (key: Key) => Promise<object | null>,
): Promise<readonly object[]> {
  const told: object[] = [];
  for (const key of keys) {
    const one = await tell(key);
    if (one !== null) told.push(one);
  }
  return told;
}

async function aboutCode({ store, vault }: ExportDeps, key: Key): Promise<object | null> {
  const found = await store.read.get(tables.verifications, key);
  if (found === null) return null;
  const v: Verification = age(found, store.nowMs());
  const closed = v.state === 'open' ? null : v;
  return {
    ...{ id: v.id, mode: v.mode, status: v.state, channel: v.channel, originator: v.originator },
    recipient: v.sealedRecipient === null ? null : vault.openRecipient(v),
    ...{ reference: v.reference, for: v.boundTo, wording: vault.openWording(v).template },
    ...{ createdAt: moment(v.createdAtMs), expiresAt: moment(v.expiresAtMs) },
    ...{ closedAt: momentOrNull(closed?.closedAtMs ?? null), reason: closed?.reason ?? null },
    ...{ wrongGuesses: v.wrongGuesses, lastWrongAt: momentOrNull(v.lastWrongAtMs) },
    decision: v.guard === null ? null : decisionOf(v.guard),
    ...(await sent(store, v)),
  };
}

const decisionOf = (guard: string): object => {
  const { whence, isProven, isSafe = false, readings } = readNote(guard);
  return { whence, verifiedBefore: isProven, ...(isSafe ? { onSafeList: true } : {}), readings };
};

async function aboutText({ store, safe }: ExportDeps, key: Key): Promise<object | null> {
  const text = await store.read.get(tables.texts, key);
  if (text === null) return null;
  const { id, mode, kind, channel, originator, reference, sealedRecipient, sealedBody } = text;
  return {
    ...{ id, mode, kind, channel, originator, reference, batch: text.batchId },
    recipient: sealedRecipient === null ? null : safe.open('text recipient', sealedRecipient, text),
    body: sealedBody === null ? null : safe.open('text', sealedBody, text),
    ...{ createdAt: moment(text.createdAtMs), scheduledAt: momentOrNull(text.scheduledAtMs) },
    ...{ expiresAt: moment(text.expiresAtMs), canceledAt: momentOrNull(text.canceledAtMs) },
    decision: text.guard === null ? null : decisionOf(text.guard),
    ...(await sent(store, text)),
  };
}

/** Its messages over every route, and how many events were told of it by webhook. */
async function sent(store: Store, owner: Verification | Text): Promise<object> {
  const { projectId, mode, id, createdAtMs, expiresAtMs } = owner;
  const hourMs = 3_600_000;
  const keys = await store.read.subjects.messagesOf({
    ...{ ownerId: id, fromMs: createdAtMs - hourMs, toMs: expiresAtMs + hourMs },
  });
  const messages = await each(keys, async (key) => {
    const message = await store.read.get(tables.messages, key);
    return message === null ? null : messageOf(message);
  });
  const told = await store.read.list(
    tables.deliveriesOfStream,
    { projectId, mode, stream: id },
    store.nowMs(),
  );
  return { messages, webhookDeliveries: told.length };
}

const messageOf = (m: Message): object => ({
  ...{ id: m.id, status: m.state, channel: m.channel, provider: m.provider, reference: m.reference },
  ...{ createdAt: moment(m.createdAtMs), sentAt: momentOrNull('sentAtMs' in m ? m.sentAtMs : null) },
  ...{ endedAt: momentOrNull('endedAtMs' in m ? m.endedAtMs : null) },
});

async function aboutLookup({ store, safe }: ExportDeps, key: Key): Promise<object | null> {
  const hlr = await store.read.get(tables.hlrs, key);
  if (hlr === null) return null;
  const { id, mode, reference, status, network, provider, sealedNumber, sealedDetails } = hlr;
  return {
    ...{ id, mode, reference, status, network, provider },
    number: sealedNumber === null ? null : safe.open('number looked up', sealedNumber, hlr),
    details: sealedDetails === null ? null : JSON.parse(safe.open('network details', sealedDetails, hlr)),
    ...{ createdAt: moment(hlr.createdAtMs), statusAt: moment(hlr.statusAtMs) },
  };
}

async function aboutRefusal({ store }: ExportDeps, key: Key): Promise<object | null> {
  const refusal = await store.read.get(tables.refusals, key);
  if (refusal === null) return null;
  const { id, mode, channel, country, rule, recipient, keyId, retryAtMs } = refusal;
  return {
    ...{ id, mode, channel, country, rule, recipient, accessKey: keyId, at: moment(refusal.atMs) },
    ...{ retryAt: momentOrNull(retryAtMs), decision: decisionOf(refusal.guard) },
  };
}

async function aboutFactor({ store, vault }: ExportDeps, key: Key): Promise<object | null> {
  const factor = await store.read.get(tables.factors, key);
  if (factor === null) return null;
  const user = await store.read.get(tables.users, factor);
  return {
    ...{ id: factor.id, mode: factor.mode, kind: factor.kind, name: factor.name },
    user: user === null ? null : vault.openUser(user),
    ...{ createdAt: moment(factor.createdAtMs), confirmedAt: momentOrNull(factor.confirmedAtMs) },
    lastUsedAt: momentOrNull(factor.lastUsedAtMs),
  };
}
