import { dateIn } from './date.ts';
import { RoostError } from './errors.ts';
import type { Answer, Transport } from './transport.ts';
import type { Status } from './verification.ts';

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
type Channel = SandboxMessage['channel'];
/** What the sandbox can be made to do wrong. */
export type FaultKind = 'slow' | 'busy' | 'refused' | 'time-out' | 'undelivered' | 'no-receipt';
/** A fault to switch on, for an hour. */
export type NewSandboxFault = {
  /** `all` unless given. */
  readonly channel?: Channel | 'all';
  /** Of sendings, in percent: 1 to 100, which it is unless given. */
  readonly share?: number;
} & (
  | { readonly kind: Exclude<FaultKind, 'slow'> }
  /** Until it answers: 1 to 30, and 5 unless given. */
  | { readonly kind: 'slow'; readonly seconds?: number }
);
/** A fault in force: everything that the sandbox carries over this channel may meet it. */
export type SandboxFault = {
  readonly channel: Channel;
  readonly kind: FaultKind;
  readonly share: number;
  /** Of slow ones alone. */
  readonly seconds?: number;
  readonly untilDatetime: Date;
};
/** A verification for which time was let pass. */
export type AgedVerification = {
  readonly id: string;
  readonly status: Status;
  readonly validUntilDatetime: Date;
};
export type Sandbox = {
  /** What this key's recipients would have been sent, newest last, as long as the codes work. */
  messages(query?: SandboxQuery): Promise<readonly SandboxMessage[]>;
  /**
   * Lets time pass for one verification of this test key: its code ends so much sooner, at the earliest now.
   * @param seconds whole, 1 to 172800
   */
  age(verificationId: string, seconds: number): Promise<AgedVerification>;
  /** What the sandbox is made to do wrong at present. */
  faults(): Promise<readonly SandboxFault[]>;
  /** Lets the sandbox fail, in the place of what the channel had; answers the faults in force. Needs a test key. */
  fail(fault: NewSandboxFault): Promise<readonly SandboxFault[]>;
  /** Ends the fault of a channel, of all unless one is named. Needs a test key. */
  heal(channel?: Channel | 'all'): Promise<readonly SandboxFault[]>;
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
    async age(verificationId, seconds) {
      const path = `/sandbox/verifications/${encodeURIComponent(verificationId)}/age`;
      return readAged(await send({ method: 'POST', path, body: { seconds } }), verificationId);
    },
    async faults() {
      return readFaults(await send({ method: 'GET', path: '/sandbox/faults' }));
    },
    async fail({ channel = 'all', ...body }) {
      return readFaults(await send({ method: 'PUT', path: faultsOf(channel), body }));
    },
    async heal(channel = 'all') {
      return readFaults(await send({ method: 'PUT', path: faultsOf(channel), body: { kind: 'none' } }));
    },
  };
}

const faultsOf = (channel: string): string => `/sandbox/faults/${encodeURIComponent(channel)}`;

function readMessages(answer: Answer): readonly SandboxMessage[] {
  const { messages } = (answer.body ?? {}) as { messages?: unknown };
  const read = Array.isArray(messages) ? messages.map(messageIn) : [null];
  if (read.every((message) => message !== null)) return read;
  throw unexpected(answer, 'The answer holds no list of messages');
}

function readFaults(answer: Answer): readonly SandboxFault[] {
  const { faults } = (answer.body ?? {}) as { faults?: unknown };
  const read = Array.isArray(faults) ? faults.map(faultIn) : [null];
  if (read.every((fault) => fault !== null)) return read;
  throw unexpected(answer, 'The answer holds no list of faults');
}

function readAged(answer: Answer, wanted: string): AgedVerification {
  const aged = (answer.body ?? {}) as Record<string, unknown>;
  const { id, status } = aged;
  const validUntilDatetime = dateIn(aged.validUntilDatetime);
  const isIt = id === wanted && typeof status === 'string';
  if (isIt && validUntilDatetime !== null) return { id, status: status as Status, validUntilDatetime };
  throw unexpected(answer, 'The answer is not about this verification');
}

const unexpected = ({ headers }: Answer, message: string): RoostError =>
  new RoostError('unexpected', message, { requestId: headers.get('request-id') });

const FAULTS: readonly unknown[] = [
  ...(['slow', 'busy', 'refused', 'time-out', 'undelivered', 'no-receipt'] satisfies FaultKind[]),
];

function faultIn(value: unknown): SandboxFault | null {
  if (typeof value !== 'object' || value === null) return null;
  const fault = value as Record<string, unknown>;
  const untilDatetime = dateIn(fault.untilDatetime);
  const whole =
    CHANNELS.includes(fault.channel) && FAULTS.includes(fault.kind) && typeof fault.share === 'number';
  return whole && untilDatetime !== null ? ({ ...fault, untilDatetime } as unknown as SandboxFault) : null;
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
