import assert from 'node:assert/strict';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Scope } from '../../../testing/scope.ts';
import type { InboxMessage, InboxQuery } from '../../src/app/delivery/inbox.ts';
import { EVERY_SCOPE } from '../../src/domain/key-scope.ts';
import { readRecipient } from '../../src/domain/recipient.ts';
import { assetsPlugin, readAssets } from '../../src/http/assets.ts';
import { answerHome } from '../../src/http/home.ts';
import { sandboxPlugin } from '../../src/http/sandbox/plugin.ts';
import { Failure, isProblem, refuse } from '../../src/kernel/failure.ts';

export const START_MS = Date.UTC(2026, 10, 23, 14, 1, 8, 112);
export const READER = { projectId: 'default', mode: 'test' } as const;
export const AUTHORIZATION = 'AccessKey test_abcdefghijklmnopqrstuvwxyz';

let made = 0;

/** A message to +31612345678 that was delivered at once, changed as the test needs it. */
export function aMessage(changes: Partial<InboxMessage> = {}): InboxMessage {
  made += 1;
  const id = changes.id ?? made.toString(16).padStart(32, '0');
  const token = changes.token ?? '482913';
  const createdAtMs = changes.createdAtMs ?? START_MS;
  return {
    ...{
      id,
      verificationId: id,
      ...READER,
      channel: 'sms',
      recipient: '+31612345678',
      originator: 'BirdBank',
    },
    ...{
      subject: null,
      text: `Your code is: ${token}`,
      token,
      datacoding: 'plain',
      language: null,
      voice: null,
    },
    ...{ state: 'delivered', verification: 'open', attemptsLeft: 3, createdAtMs, sentAtMs: createdAtMs + 14 },
    ...{ endedAtMs: createdAtMs + 20, expiresAtMs: createdAtMs + 300_000 },
    ...changes,
  };
}

/** An inbox for the door's own tests: it keeps the promises of the real one, in memory. */
export function memoryInbox() {
  let messages: InboxMessage[] = [];
  let nowMs = START_MS;
  const listeners = new Set<() => void>();
  return {
    /** How many watch at this moment. */
    watching: () => listeners.size,
    /** Adds messages, or replaces those with the same id. `quietly`: as if another node had done it. */
    put(changed: InboxMessage[], how: 'aloud' | 'quietly' = 'aloud') {
      const ids = new Set(changed.map(({ id }) => id));
      messages = [...messages.filter(({ id }) => !ids.has(id)), ...changed].sort(
        (a, b) => a.createdAtMs - b.createdAtMs,
      );
      if (how === 'aloud') for (const listener of listeners) listener();
    },
    setNow(toMs: number) {
      nowMs = toMs;
    },
    async list({ scope, recipientTyped, countryCode, after, limit }: InboxQuery) {
      if (after !== undefined && !/^[0-9a-f]{32}$/.test(after)) {
        throw refuse(
          'invalid_parameter',
          'after must be the id of a message: 32 hexadecimal characters',
          'after',
        );
      }
      const recipient = recipientTyped === undefined ? null : addressOf(recipientTyped, countryCode);
      const shown = messages.filter(
        (each) =>
          each.expiresAtMs > nowMs &&
          (scope === null || (each.projectId === scope.projectId && each.mode === scope.mode)) &&
          (recipient === null || each.recipient === recipient),
      );
      const from = after === undefined ? 0 : messages.findIndex(({ id }) => id === after) + 1;
      const later = new Set(messages.slice(from));
      const listed = shown.filter((each) => later.has(each));
      return { messages: after === undefined ? listed.slice(-limit) : listed.slice(0, limit), nowMs };
    },
    watch(listener: () => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function addressOf(typed: string, countryCode: string | undefined): string {
  const read = readRecipient(typed, typed.includes('@') ? 'email' : 'sms', countryCode ?? null);
  if (isProblem(read)) throw new Failure([read]);
  return read.address;
}

export type Door = {
  readonly app: FastifyInstance;
  readonly url: string;
  readonly inbox: ReturnType<typeof memoryInbox>;
};

/** The sandbox's door alone, listening on loopback until the test ends. */
export async function openDoor(t: Scope, allowed: () => boolean = () => true): Promise<Door> {
  const inbox = memoryInbox();
  const assets = readAssets();
  const app = Fastify({ forceCloseConnections: true });
  const authenticate = (header: string | undefined) =>
    header === AUTHORIZATION ? { ...READER, scopeMask: EVERY_SCOPE } : null;
  await app.register(assetsPlugin, { assets });
  const unused = async () => assert.fail('the inbox in memory has no clock');
  await app.register(sandboxPlugin, {
    ...{ assets, inbox, authenticate, allowed },
    faults: { list: async () => [], change: unused },
    clock: { age: unused, ageMessage: unused },
  });
  app.get(
    '/',
    (request, reply) => answerHome(assets, request, reply) ?? reply.code(404).send({ errors: [] }),
  );
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  t.after(() => app.close());
  return { app, url, inbox };
}
