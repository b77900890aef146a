import type { Channel, Message, MessageState } from '../../domain/message.ts';
import { MODES, type Mode } from '../../domain/scope.ts';
import { maskRecipient } from '../../kernel/mask.ts';
import { type Store, tables } from '../../store/store.ts';
import type { Safe } from '../safe.ts';
import type { Vault } from '../vault.ts';

/** A message as an operator may see it. */
export type SentMessage = {
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly mode: Mode;
  readonly channel: Channel;
  readonly provider: string;
  /** Most of it hidden; a dash once it is forgotten. */
  readonly recipient: string;
  readonly state: MessageState;
  readonly attempts: number;
  readonly reason: string | null;
};

export type SentDeps = { readonly store: Pick<Store, 'read'>; readonly vault: Vault; readonly safe: Safe };

/** The newest messages of a project, in both modes, the newest last. */
export async function listSent(
  deps: SentDeps,
  projectId: string,
  limit: number,
): Promise<readonly SentMessage[]> {
  const pages = await Promise.all(
    MODES.map((mode) =>
      deps.store.read.page(tables.messages, { scope: { projectId, mode }, where: {}, offset: 0, limit }),
    ),
  );
  const found = pages
    .flatMap(({ items }) => items)
    .sort((a, b) => a.createdAtMs - b.createdAtMs)
    .slice(-limit);
  return Promise.all(found.map((message) => shown(deps, message)));
}

async function shown(deps: SentDeps, message: Message): Promise<SentMessage> {
  const { id, mode, channel, provider, state, attempts, createdAtMs } = message;
  return {
    ...{ id, at: new Date(createdAtMs).toISOString(), mode, channel, provider },
    ...{ recipient: await recipientOf(deps, message), state, attempts },
    reason: 'reason' in message ? message.reason : null,
  };
}

async function recipientOf({ store, vault, safe }: SentDeps, message: Message): Promise<string> {
  const { projectId, mode, verificationId: id } = message;
  const verification = await store.read.get(tables.verifications, { projectId, mode, id });
  if (verification !== null) {
    return verification.sealedRecipient === null ? '-' : maskRecipient(vault.openRecipient(verification));
  }
  const text = await store.read.get(tables.texts, { projectId, mode, id });
  if (text === null || text.sealedRecipient === null) return '-';
  return maskRecipient(safe.open('text recipient', text.sealedRecipient, text));
}
