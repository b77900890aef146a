import type { Channel, Message, Routing, Wording } from '../domain/message.ts';
import { type Chosen, firstRouting } from '../domain/onward.ts';
import type { DeliveryPolicy } from '../domain/policy.ts';
import { estimateCost, type Price } from '../domain/price.ts';
import type { Recipient } from '../domain/recipient.ts';
import {
  channelsOf,
  nextStep,
  type ProjectRoutes,
  placeOf,
  type RouteFacts,
  type Taken,
} from '../domain/route.ts';
import type { Scope } from '../domain/scope.ts';
import { countSegments } from '../domain/segments.ts';
import { fillWording, isText } from '../domain/template.ts';
import { refuse } from '../kernel/failure.ts';
import type { Provider } from '../providers/provider.ts';

/** Something that is to be sent for the first time. */
export type Routable = {
  readonly channel: Channel;
  readonly recipient: Recipient;
  /** Channels that may follow; null for those of the project's policy. */
  readonly fallback?: readonly Channel[] | null;
  readonly wording: Pick<Wording, 'template' | 'datacoding' | 'lastLine'>;
  /** Digits of the code in it; 0 when it holds none. */
  readonly tokenLength: number;
};

/** Who carries a message. */
export type Route = {
  readonly id: string;
  /** Another than was asked for where that has no route to this recipient. */
  readonly channel: Channel;
  readonly keepsCodes: boolean;
  readonly routing: Routing | null;
};

/** What a message that was sent before tells of whom and what it is for. */
export type Sendable = {
  readonly ownerId: string;
  /** The channel that was asked for. */
  readonly channel: Channel;
  readonly address: string;
  readonly wording: Pick<Wording, 'template' | 'datacoding' | 'lastLine'>;
  readonly tokenLength: number;
};

export type RouterDeps = {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly sandbox: Provider;
  /** The routes of a project; null when every message is for the sandbox. */
  readonly routes: (projectId: string) => ProjectRoutes | null;
  readonly prices: readonly Price[];
  readonly policy: (projectId: string) => DeliveryPolicy;
  /** Whether calls may be made to this country: a text must not become a call that the guard would have refused. */
  readonly mayCall: (projectId: string, country: string | null) => boolean;
  readonly health: {
    of(provider: string): 'closed' | 'open';
    /** A message goes to this provider: the right to try it again, where there was one, is used. */
    used(provider: string): void;
  };
};

export type Router = {
  /**
   * The first provider of something that `ownerId` names. Test keys, and all while there is no provider, have the sandbox.
   * @throws Failure `invalid_parameter` when no route leads to this recipient, or none is there for the channel
   */
  first(scope: Scope, wanted: Routable, ownerId: string): Route;
  /** The provider after that of `message`; null when there is none left. */
  next(message: Message & { readonly routing: Routing }, about: Sendable): Chosen | null;
  /** What the channel asked for costs by this provider, in millionths; null when the price book does not say. */
  estimate(provider: string, wanted: Routable): { readonly micros: number; readonly currency: string } | null;
};

/** Decides who carries what. Everything it knows is in memory, so a create waits for nothing. */
export function createRouter(deps: RouterDeps): Router {
  const { sandbox, prices, health } = deps;
  const toSandbox = new Map<Channel, Route>(
    sandbox.channels.map((channel) => [
      channel,
      { id: sandbox.id, channel, keepsCodes: sandbox.keepsCodes, routing: null },
    ]),
  );
  const allowed = (projectId: string, asked: Channel, fallback: readonly Channel[], country: string | null) =>
    channelsOf(asked, fallback).filter(
      (channel) => channel === asked || channel !== 'tts' || deps.mayCall(projectId, country),
    );
  const choose = (
    routes: ProjectRoutes,
    channels: readonly Channel[],
    facts: RouteFacts,
    taken: readonly Taken[],
    what: Pick<Routable, 'wording' | 'tokenLength'>,
  ): Chosen | null => {
    const choice = nextStep(routes, channels, facts, taken, health.of);
    if (choice === null) return null;
    const { provider, channel } = choice.step;
    const { address, country } = facts;
    const segments = prices.length === 0 ? 1 : segmentsOf(what, channel);
    const estimate = estimateCost(prices, { provider, channel, address, country, segments });
    return { channel, provider, passedOver: choice.passedOver, estimate };
  };
  return {
    first(scope, wanted, ownerId) {
      const routes = scope.mode === 'test' ? null : deps.routes(scope.projectId);
      if (routes === null) return sandboxRoute(toSandbox, wanted.channel);
      const steps = routes[wanted.channel] ?? [];
      if (steps.length === 0) throw noRoute(wanted.channel, routes);
      if (steps[0]?.provider === sandbox.id) return sandboxRoute(toSandbox, wanted.channel);
      const fallback = wanted.fallback ?? deps.policy(scope.projectId).fallback;
      const facts = factsOf(wanted, ownerId);
      const channels = allowed(scope.projectId, wanted.channel, fallback, facts.country);
      const chosen = choose(routes, channels, facts, [], wanted);
      if (chosen === null) throw noWay(facts);
      health.used(chosen.provider);
      const { provider: id, channel } = chosen;
      const keepsCodes = deps.providers.get(id)?.keepsCodes ?? false;
      return { id, channel, keepsCodes, routing: firstRouting(chosen, facts.country, fallback) };
    },
    next({ projectId, mode, channel, provider, routing }, about) {
      const routes = mode === 'test' ? null : deps.routes(projectId);
      if (routes === null) return null;
      const channels = allowed(projectId, about.channel, routing.fallback, routing.country);
      const taken = [...routing.taken, { channel, provider }];
      const { address, ownerId } = about;
      const facts = { address, country: routing.country, place: placeOf(ownerId) };
      const chosen = choose(routes, channels, facts, taken, about);
      return chosen === null || chosen.provider === sandbox.id ? null : chosen;
    },
    estimate(provider, wanted) {
      const { address } = wanted.recipient;
      const country = wanted.recipient.kind === 'phone' ? wanted.recipient.country : null;
      const segments = segmentsOf(wanted, wanted.channel);
      return estimateCost(prices, { provider, channel: wanted.channel, address, country, segments });
    },
  };
}

function sandboxRoute(routes: ReadonlyMap<Channel, Route>, channel: Channel): Route {
  const route = routes.get(channel);
  if (route === undefined) throw new Error('the sandbox carries every channel');
  return route;
}

const factsOf = ({ recipient }: Routable, ownerId: string): RouteFacts => ({
  address: recipient.address,
  country: recipient.kind === 'phone' ? recipient.country : null,
  place: placeOf(ownerId),
});

function segmentsOf(
  { wording, tokenLength }: Pick<Routable, 'wording' | 'tokenLength'>,
  channel: Channel,
): number {
  if (!isText(channel)) return 1;
  // A text without a code goes out as it is: `%token` in it is no place for one.
  const text = tokenLength === 0 ? wording.template : fillWording(wording, '0'.repeat(tokenLength), channel);
  return countSegments(text, wording.datacoding).segments;
}

function noRoute(channel: Channel, routes: ProjectRoutes) {
  const others = Object.entries(routes)
    .filter(([, steps]) => steps.length > 0)
    .map(([name]) => name);
  const what =
    others.length === 0
      ? 'this project has no route for any type; configure one'
      : `type ${channel} has no route here; send one of ${others.join(', ')}, or configure a route for it`;
  return refuse('invalid_parameter', what, 'type');
}

function noWay({ country, address }: RouteFacts) {
  const where = address.includes('@')
    ? 'this address'
    : country === null
      ? 'this number'
      : `numbers of ${country}`;
  return refuse('invalid_parameter', `no route leads to ${where}`, 'recipient');
}
