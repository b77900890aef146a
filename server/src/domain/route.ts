import { type LineType, lineTypesOf } from './line.ts';
import { CHANNELS, type Channel } from './message.ts';

/** One line of a list of routes: a provider for one channel, and whom it is for. */
export type RouteStep = {
  readonly channel: Channel;
  readonly provider: string;
  /** ISO 3166-1 alpha-2; null for every country. */
  readonly countries: readonly string[] | null;
  /** Beginnings of numbers in E.164, with the plus sign; null for every number. */
  readonly prefixes: readonly string[] | null;
  readonly lineTypes: readonly LineType[] | null;
  /** The first choice for so many percent of the messages it is for, and the last for the others; null for all. */
  readonly sharePercent: number | null;
};

/** The routes of one project, in order, by channel. A channel that is left out has none. */
export type ProjectRoutes = { readonly [channel in Channel]?: readonly RouteStep[] };

/** Whom a message is for, as far as routes ask. */
export type RouteFacts = {
  /** E.164 with its plus sign, or an e-mail address. */
  readonly address: string;
  /** ISO 3166-1 alpha-2; null for an e-mail address, and for a number of no country. */
  readonly country: string | null;
  /** The message's place among all, 0 up to (not including) 100: it decides shares. */
  readonly place: number;
};

/** A step that was taken for this code before. */
export type Taken = { readonly channel: Channel; readonly provider: string };

export type Health = 'closed' | 'open';

/** The step to take, and whether healthier ones than the first were preferred. */
export type Choice = { readonly step: RouteStep; readonly passedOver: readonly string[] };

/**
 * The next step for a message: of the channels in their order, the first step that is for this recipient, was not
 * taken yet, and whose provider is not known to fail. Where all are known to fail the first of them is taken, since
 * trying costs less than giving up. null when nothing is left.
 */
export function nextStep(
  routes: ProjectRoutes,
  channels: readonly Channel[],
  facts: RouteFacts,
  taken: readonly Taken[],
  health: (provider: string) => Health,
): Choice | null {
  const left = channels
    .flatMap((channel) => inOrder(routes[channel] ?? [], facts))
    .filter((step) => !taken.some((one) => one.channel === step.channel && one.provider === step.provider));
  const [first] = left;
  if (first === undefined) return null;
  const well = left.findIndex(({ provider }) => health(provider) === 'closed');
  const step = left[well];
  if (step === undefined) return { step: first, passedOver: [] };
  return { step, passedOver: left.slice(0, well).map(({ provider }) => provider) };
}

/** The steps for this recipient, in the order in which they are to be tried. */
function inOrder(steps: readonly RouteStep[], facts: RouteFacts): readonly RouteStep[] {
  const first: RouteStep[] = [];
  const last: RouteStep[] = [];
  let upTo = 0;
  for (const step of steps) {
    if (!isFor(step, facts)) continue;
    if (step.sharePercent === null) {
      first.push(step);
      continue;
    }
    const from = upTo;
    upTo += step.sharePercent;
    if (facts.place >= from && facts.place < upTo) first.push(step);
    else last.push(step);
  }
  return [...first, ...last];
}

function isFor({ countries, prefixes, lineTypes }: RouteStep, { address, country }: RouteFacts): boolean {
  if (countries !== null && (country === null || !countries.includes(country))) return false;
  if (prefixes !== null && !prefixes.some((prefix) => address.startsWith(prefix))) return false;
  return lineTypes === null || lineTypesOf(address).some((type) => lineTypes.includes(type));
}

/** The channels that a code may take: the one asked for, then those it may fall back to, where its recipient has them. */
export function channelsOf(asked: Channel, fallback: readonly Channel[]): readonly Channel[] {
  const others = fallback.filter((channel) => channel !== asked && isEmail(channel) === isEmail(asked));
  return [asked, ...new Set(others)];
}

/** The channels that a project has some way for; calls only where they may be made. */
export const carriedTo = (routes: ProjectRoutes | null, mayCall: boolean): readonly Channel[] =>
  CHANNELS.filter((channel) => (routes?.[channel] ?? []).length > 0 && (channel !== 'tts' || mayCall));

const isEmail = (channel: Channel): boolean => channel === 'email';

/** Where something stands among all, 0 up to (not including) 100. Its id is as good as chance, and always tells the same. */
export const placeOf = (id: string): number => (Number.parseInt(id.slice(0, 8), 16) / 2 ** 32) * 100;
