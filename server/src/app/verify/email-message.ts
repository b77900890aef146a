import type { Message } from '../../domain/message.ts';
import type { Key } from '../../domain/scope.ts';
import { isHidden } from '../../domain/verification.ts';
import { refuse } from '../../kernel/failure.ts';
import { type Store, tables } from '../../store/store.ts';

/**
 * The message of an e-mail verification.
 * @throws Failure `not_found`, also for messages of other channels and of verifications that cannot be read
 */
export async function readEmailMessage({ store }: { readonly store: Store }, key: Key): Promise<Message> {
  const found = await store.read.get(tables.messages, key);
  if (found === null || found.channel !== 'email') throw unknown();
  const { projectId, mode, verificationId: id } = found;
  const verification = await store.read.get(tables.verifications, { projectId, mode, id });
  if (verification === null || isHidden(verification)) throw unknown();
  return found;
}

const unknown = () => refuse('not_found', 'Entity not found');
