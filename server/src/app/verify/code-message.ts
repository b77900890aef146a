import type { Channel, Message } from '../../domain/message.ts';
import type { Key } from '../../domain/scope.ts';
import { isHidden, type Verification } from '../../domain/verification.ts';
import { refuse } from '../../kernel/failure.ts';
import { type Store, tables } from '../../store/store.ts';
import type { Vault } from '../vault.ts';

/** The message of a verification, as its owner may see it: the code in it is never shown. */
export type CodeMessage = {
  readonly message: Message;
  readonly verification: Verification;
  readonly recipient: string;
};

/**
 * The message that a verification links to.
 * @throws Failure `not_found`, also for messages of other channels and of verifications that cannot be read
 */
export async function readCodeMessage(
  { store, vault }: { readonly store: Store; readonly vault: Vault },
  key: Key,
  channels: readonly Channel[],
): Promise<CodeMessage> {
  const message = await store.read.get(tables.messages, key);
  if (message === null || !channels.includes(message.channel)) throw unknown();
  const { projectId, mode, verificationId: id } = message;
  const verification = await store.read.get(tables.verifications, { projectId, mode, id });
  if (verification === null || isHidden(verification)) throw unknown();
  return { message, verification, recipient: vault.openRecipient(verification) };
}

const unknown = () => refuse('not_found', 'message not found');
