import type { Message } from '../../domain/message.ts';
import type { Key } from '../../domain/scope.ts';
import { refuse } from '../../kernel/failure.ts';
import { type Store, tables } from '../../store/store.ts';

/**
 * The message of an e-mail verification.
 * @throws Failure `not_found`, also for messages of other channels
 */
export async function readEmailMessage({ store }: { readonly store: Store }, key: Key): Promise<Message> {
  const found = await store.read.get(tables.messages, key);
  if (found === null || found.channel !== 'email') throw refuse('not_found', 'Entity not found');
  return found;
}
