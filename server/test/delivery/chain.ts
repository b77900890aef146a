import type { Message } from '../../src/domain/message.ts';
import { tables } from '../../src/store/store.ts';
import { LIVE_KEY, type StartedRoost } from '../support/roost.ts';
import { until, verificationOf } from '../wire/wire.ts';

/** Creates a verification with the live key. */
export const create = (roost: StartedRoost, recipient: string, more: object = {}) =>
  roost.call('POST', '/verify', { key: LIVE_KEY, json: { recipient, timeout: 120, ...more } });

/** The messages of a verification, the first one first. */
export async function chainOf(roost: StartedRoost, id: string): Promise<Message[]> {
  const { messageId, projectId, mode } = await verificationOf(roost, id, 'live');
  const read = (of: string) => roost.roost.store.read.get(tables.messages, { projectId, mode, id: of });
  let message = await read(messageId);
  while (message?.routing?.previousId != null) message = await read(message.routing.previousId);
  const chain: Message[] = [];
  while (message !== null) {
    chain.push(message);
    message = message.routing?.nextId == null ? null : await read(message.routing.nextId);
  }
  return chain;
}

/** The messages of a verification, once they are in these states. */
export async function settled(
  roost: StartedRoost,
  id: string,
  states: readonly Message['state'][],
): Promise<Message[]> {
  await until(`the messages are ${states.join(', ')}`, async () => {
    const chain = await chainOf(roost, id);
    return chain.map(({ state }) => state).join() === states.join();
  });
  return chainOf(roost, id);
}
