import { CHANNELS, type Outbound, type SendOutcome } from '../domain/message.ts';
import { sandboxFate } from '../domain/sandbox-fates.ts';
import type { Provider } from './provider.ts';

/**
 * The provider that sends nothing and shows everything: the virtual phone reads what it "carried" from the
 * store. Magic numbers and addresses give every outcome that a real provider has.
 */
export function sandboxProvider(): Provider {
  return { id: 'sandbox', channels: CHANNELS, deduplicates: true, keepsCodes: true, send };
}

async function send(message: Outbound): Promise<SendOutcome> {
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
