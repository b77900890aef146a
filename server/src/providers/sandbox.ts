import { setTimeout as sleep } from 'node:timers/promises';
import { CHANNELS, type Channel, type Outbound, type SendOutcome } from '../domain/message.ts';
import { isMagic, sandboxFate } from '../domain/sandbox-fates.ts';
import type { SandboxFault } from '../domain/sandbox-faults.ts';
import type { Provider } from './provider.ts';

/** The fault that a sending over this channel is to meet; null for none. */
type Meet = (channel: Channel) => SandboxFault | null;

/**
 * The provider that sends nothing and shows everything: the virtual phone reads what it "carried" from the
 * store. Magic numbers and addresses give every outcome that a real provider has, and faults that somebody switched on
 * give them to everybody else. Nothing but this provider is told of faults, so no other can be broken by one.
 */
export function sandboxProvider(meet: Meet): Provider {
  return {
    ...{ id: 'sandbox', channels: CHANNELS, deduplicates: true, keepsCodes: true },
    async send(message, signal) {
      const fault = isMagic(message.channel, message.to) ? null : meet(message.channel);
      return fault === null ? sendAsFated(message) : sendWith(fault, message, signal);
    },
  };
}

const BUSY_MS = 1_000;

async function sendWith(
  { kind, slowMs }: SandboxFault,
  message: Outbound,
  signal: AbortSignal,
): Promise<SendOutcome> {
  switch (kind) {
    case 'slow': {
      const isOver = await sleep(slowMs, true, { signal, ref: false }).catch(() => false);
      return isOver ? sendAsFated(message) : { kind: 'unknown', reason: fault('did not answer in time') };
    }
    case 'busy':
      return { kind: 'busy', retryAfterMs: BUSY_MS };
    case 'refused':
      return { kind: 'refused', reason: fault('refuses messages') };
    case 'time-out':
      return { kind: 'unknown', reason: fault('did not answer in time') };
    case 'undelivered':
      return { kind: 'accepted', reference: null, receipt: { status: 'undelivered', afterMs: 0 } };
    case 'no-receipt':
      return { kind: 'accepted', reference: null };
    default:
      return kind satisfies never;
  }
}

const fault = (what: string): string => `the sandbox ${what}: a fault is switched on`;

function sendAsFated(message: Outbound): SendOutcome {
  const fate = sandboxFate(message.channel, message.to);
  switch (fate.kind) {
    case 'delivered':
      return { kind: 'accepted', reference: null, receipt: { status: 'delivered', afterMs: 0 } };
    case 'undelivered':
      return { kind: 'accepted', reference: null, receipt: { status: 'undelivered', afterMs: 0 } };
    case 'late':
      return { kind: 'accepted', reference: null, receipt: { status: 'delivered', afterMs: fate.afterMs } };
    case 'busy':
      if (message.attempt > fate.times) {
        return { kind: 'accepted', reference: null, receipt: { status: 'delivered', afterMs: 0 } };
      }
      return { kind: 'busy', retryAfterMs: fate.retryAfterMs };
    case 'refused':
      return { kind: 'refused', reason: 'the sandbox refuses this recipient' };
    default:
      return fate satisfies never;
  }
}
