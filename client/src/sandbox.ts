import { dateIn } from './date.ts';
import { RoostError } from './errors.ts';
import type { Answer, Transport } from './transport.ts';

/** A message that the sandbox holds back, with its code. */
export type SandboxMessage = {
  readonly id: string;
  readonly channel: 'sms' | 'flash' | 'tts' | 'email' | 'whatsapp';
  readonly recipient: string;
  readonly originator: string;
  readonly text: string;
  readonly token: string;
  readonly createdDatetime: Date;
};
export type SandboxQuery = {
  /** In any spelling that a create takes. */
  readonly recipient?: string;
  readonly countryCode?: string;
  /** The id of a message: only those that came after it. */
  readonly after?: string;
  /** Seconds from 0 to 30 to wait for a message while there is none. */
  readonly wait?: number;
};
export type Sandbox = {
  /** What this key's recipients would have been sent, newest last, as long as the codes work. */
  messages(query?: SandboxQuery): Promise<readonly SandboxMessage[]>;
};

export function createSandbox(send: Transport): Sandbox {
  return {
    async messages(query = {}) {
      const given = Object.entries(query).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, String(value)] as [string, string]],
      );
      const path = `/sandbox/messages?${new URLSearchParams(given)}`;
      return readMessages(await send({ method: 'GET', path, extraMs: (query.wait ?? 0) * 1_000 }));
    },
  };
}

function readMessages({ body, headers }: Answer): readonly SandboxMessage[] {
  const { messages } = (body ?? {}) as { messages?: unknown };
  const read = Array.isArray(messages) ? messages.map(messageIn) : [null];
  if (read.every((message) => message !== null)) return read;
  throw new RoostError('unexpected', 'The answer holds no list of messages', {
    requestId: headers.get('request-id'),
  });
}

const CHANNELS: readonly unknown[] = [
  'sms',
  'flash',
  'tts',
  'email',
  'whatsapp',
] satisfies SandboxMessage['channel'][];
const TEXTS = ['id', 'recipient', 'originator', 'text', 'token'] as const;

function messageIn(value: unknown): SandboxMessage | null {
  if (typeof value !== 'object' || value === null) return null;
  const message = value as Record<string, unknown>;
  const createdDatetime = dateIn(message.createdDatetime);
  const whole =
    TEXTS.every((name) => typeof message[name] === 'string') && CHANNELS.includes(message.channel);
  return whole && createdDatetime !== null
    ? ({ ...message, createdDatetime } as unknown as SandboxMessage)
    : null;
}
