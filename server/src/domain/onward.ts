import type { Channel, HowItWent, Lease, Message, Money, Pending, Routing } from './message.ts';

/** A provider that was chosen for a message. */
export type Chosen = {
  readonly channel: Channel;
  readonly provider: string;
  /** Those before it in the list that were known to fail. */
  readonly passedOver: readonly string[];
  readonly estimate: Money | null;
};

/** How the first message of a code came to its provider. */
export function firstRouting(
  { passedOver, estimate }: Chosen,
  country: string | null,
  fallback: readonly Channel[],
): Routing {
  return {
    ...{ country, fallback, passedOver, estimate, taken: [], previousId: null, nextId: null },
    ...{ troubledAtMs: null, leaving: null, isDoubtful: false, tookMs: null, cost: null },
  };
}

/** The message that takes the next route with the same code. It is nobody's before, and is to be sent at once. */
export function followUp(
  before: Message & { readonly routing: Routing },
  how: HowItWent,
  chosen: Chosen,
  id: string,
  lease: Lease,
  nowMs: number,
): Pending {
  const { projectId, mode, verificationId, channel, provider, expiresAtMs, routing } = before;
  return {
    ...{ id, projectId, mode, verificationId, expiresAtMs, createdAtMs: nowMs, reference: null },
    ...{ channel: chosen.channel, provider: chosen.provider, attempts: 1, state: 'pending', lease },
    ...(before.isReported === true ? { isReported: true as const } : {}),
    ...(before.isReported === true ? { isReported: true as const } : {}),
    routing: {
      ...firstRouting(chosen, routing.country, routing.fallback),
      taken: [...routing.taken, { channel, provider, how }],
      previousId: before.id,
    },
  };
}
