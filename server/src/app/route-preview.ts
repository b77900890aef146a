import type { Channel, Money } from '../domain/message.ts';
import { estimateCost, type Price } from '../domain/price.ts';
import type { Recipient } from '../domain/recipient.ts';
import { channelsOf, nextStep, type ProjectRoutes, placeOf, type Taken } from '../domain/route.ts';

export type PreviewDeps = {
  /** The routes of a project; null when every message is for the sandbox. */
  readonly routes: (projectId: string) => ProjectRoutes | null;
  readonly prices: readonly Price[];
  readonly fallback: (projectId: string) => readonly Channel[];
  readonly mayCall: (projectId: string, country: string | null) => boolean;
};

/** One way that a message would take, when all before it have failed. */
export type PreviewStep = {
  readonly channel: Channel;
  readonly provider: string;
  /** Providers that stand before it and are known to fail now. */
  readonly passedOver: readonly string[];
  /** Of one segment, a call or an e-mail; null when no price is known. */
  readonly estimate: Money | null;
};

export type Asked = {
  readonly projectId: string;
  readonly channel: Channel;
  readonly recipient: Recipient;
  /** Decides shares, as the id of a message does. */
  readonly id: string;
  readonly segments: number;
};

/** The ways of a message in their order, as the router would choose them now. Nothing is sent or used up. */
export function previewRoute(
  { routes, prices, fallback, mayCall }: PreviewDeps,
  { projectId, channel, recipient, id, segments }: Asked,
  health: (provider: string) => 'closed' | 'open',
): readonly PreviewStep[] {
  const found = routes(projectId);
  if (found === null) return [];
  const { address } = recipient;
  const country = recipient.kind === 'phone' ? recipient.country : null;
  const channels = channelsOf(channel, fallback(projectId)).filter(
    (one) => one === channel || one !== 'tts' || mayCall(projectId, country),
  );
  const facts = { address, country, place: placeOf(id) };
  const taken: Taken[] = [];
  const steps: PreviewStep[] = [];
  for (;;) {
    const choice = nextStep(found, channels, facts, taken, health);
    if (choice === null) return steps;
    const { step, passedOver } = choice;
    const about = { provider: step.provider, channel: step.channel, address, country, segments };
    steps.push({
      channel: step.channel,
      provider: step.provider,
      passedOver,
      estimate: estimateCost(prices, about),
    });
    taken.push(step);
  }
}
