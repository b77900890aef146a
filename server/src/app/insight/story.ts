import { type GuardNote, readNote } from '../../domain/guard/note.ts';
import type { Refusal } from '../../domain/guard/refusal.ts';
import type { Message } from '../../domain/message.ts';
import type { Key } from '../../domain/scope.ts';
import { settle, type Verification } from '../../domain/verification.ts';
import type { Delivery } from '../../domain/webhook.ts';
import { refuse } from '../../kernel/failure.ts';
import { maskRecipient } from '../../kernel/mask.ts';
import { type Store, tables } from '../../store/store.ts';
import type { Vault } from '../vault.ts';

export type StoryDeps = { readonly store: Store; readonly vault: Vault };

/** An event that was told, or is to be told, to somebody. */
export type Told = {
  readonly delivery: Delivery;
  /** What the endpoint is called; null where it is the address that the create named, or is gone. */
  readonly endpoint: string | null;
};
/** What the guard thought of it. */
export type Thoughts = Pick<GuardNote, 'whence' | 'readings'>;

/** All that is known of one verification. */
export type Story = {
  readonly verification: Verification;
  /** Masked; null once it was erased. */
  readonly recipient: string | null;
  /** The oldest first. */
  readonly messages: readonly Message[];
  readonly thoughts: Thoughts | null;
  readonly told: readonly Told[];
  readonly nowMs: number;
};
export type RefusalStory = { readonly refusal: Refusal; readonly thoughts: Thoughts };

/** Messages of one verification that are looked for, at most. */
const MOST_MESSAGES = 50;

/** @throws Failure `not_found` */
export async function readStory({ store, vault }: StoryDeps, id: string): Promise<Story | RefusalStory> {
  const key = await store.read.insight.keyOf('verifications', id);
  const verification = key === null ? null : await store.read.get(tables.verifications, key);
  if (verification === null) return readRefusal(store, id);
  const nowMs = store.nowMs();
  const [messages, told] = await Promise.all([
    messagesOf(store, verification),
    toldOf(store, verification, nowMs),
  ]);
  return {
    verification: settle(verification, nowMs),
    recipient:
      verification.sealedRecipient === null ? null : maskRecipient(vault.openRecipient(verification)),
    thoughts: verification.guard === null ? null : thoughtsIn(verification.guard),
    ...{ messages, told, nowMs },
  };
}

async function readRefusal(store: Store, id: string): Promise<RefusalStory> {
  const key = await store.read.insight.keyOf('refusals', id);
  const refusal = key === null ? null : await store.read.get(tables.refusals, key);
  if (refusal === null) throw refuse('not_found', 'There is no verification with this id, or no more.');
  return { refusal, thoughts: thoughtsIn(refusal.guard) };
}

function thoughtsIn(note: string): Thoughts {
  const { whence, readings } = readNote(note);
  return { whence, readings };
}

/** The message that the verification points at, those that went before it and those that followed. */
async function messagesOf(store: Store, { projectId, mode, messageId }: Verification): Promise<Message[]> {
  const found = new Map<string, Message>();
  let next: string[] = [messageId];
  while (next.length > 0 && found.size < MOST_MESSAGES) {
    const rows = await Promise.all(
      next.map((id) => store.read.get(tables.messages, { projectId, mode, id })),
    );
    next = [];
    for (const row of rows) {
      if (row === null) continue;
      found.set(row.id, row);
      for (const id of [row.routing?.previousId, row.routing?.nextId]) {
        if (typeof id === 'string' && !found.has(id)) next.push(id);
      }
    }
  }
  return [...found.values()].sort((a, b) => a.createdAtMs - b.createdAtMs);
}

async function toldOf(store: Store, { id, projectId, mode }: Key, nowMs: number): Promise<readonly Told[]> {
  const deliveries = await store.read.list(tables.toldOf, { projectId, mode, stream: id }, nowMs);
  const sorted = [...deliveries].sort((a, b) => a.sequence - b.sequence);
  return Promise.all(
    sorted.map(async (delivery) => {
      const key = { projectId, mode, id: delivery.endpointId };
      const endpoint = await store.read.get(tables.webhookEndpoints, key);
      return { delivery, endpoint: endpoint === null ? null : (endpoint.name ?? endpoint.id) };
    }),
  );
}
