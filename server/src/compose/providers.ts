import { strangers } from '../config/layers.ts';
import type { Routes } from '../config/routes.ts';
import { type Config, ConfigProblems } from '../config.ts';
import type { Channel } from '../domain/message.ts';
import type { ProjectRoutes } from '../domain/route.ts';
import type { ProviderDeps } from '../providers/deps.ts';
import { type MakeProvider, PROVIDER_KINDS, type ProviderKind } from '../providers/kinds.ts';
import type { Provider } from '../providers/provider.ts';

type Named = { readonly id: string; readonly make: MakeProvider };

/**
 * What makes each configured provider, in their order.
 * @throws ConfigProblems with everything that is wrong with their settings
 */
export function readProviderSettings({ providers }: Config): readonly Named[] {
  const problems: string[] = [];
  const kinds: { readonly [kind: string]: ProviderKind } = PROVIDER_KINDS;
  const made = providers.flatMap(({ id, kind, given }) => {
    const known = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
    if (known === undefined) problems.push(`providers.${id}.kind: there is no such kind of provider`);
    const make = known?.read(given, `providers.${id}`, problems) ?? null;
    return make === null ? [] : [{ id, make }];
  });
  if (problems.length > 0) throw new ConfigProblems(problems);
  return made;
}

/**
 * The providers by their names, the sandbox among them.
 * @throws ConfigProblems when routes lead to channels that a provider does not carry, a fallback to none, receipts could not come back, or
 * nobody said to which countries messages may go
 */
export function makeProviders(
  config: Config,
  named: readonly Named[],
  sandbox: Provider,
  deps: ProviderDeps,
): ReadonlyMap<string, Provider> {
  const providers = new Map<string, Provider>([[sandbox.id, sandbox]]);
  for (const { id, make } of named) providers.set(id, make(id, deps));
  const problems = [
    ...routeProblems(config, providers),
    ...fallbackProblems(config, providers),
    ...receiptProblems(config, providers),
    ...countryProblems(config, providers),
  ];
  if (problems.length > 0) throw new ConfigProblems(problems);
  return providers;
}

function routeProblems({ routes }: Config, providers: ReadonlyMap<string, Provider>): string[] {
  const carries = carriesOf(providers);
  return Object.entries(routes ?? {}).flatMap(([project, channels]) =>
    Object.entries(channels).flatMap(([channel, steps]) =>
      strangers(steps, `routes.${project}.${channel}`, carries),
    ),
  );
}

/** What each provider carries. */
export const carriesOf = (
  providers: ReadonlyMap<string, Provider>,
): ReadonlyMap<string, readonly Channel[]> =>
  new Map([...providers].map(([id, { channels }]) => [id, channels]));

/**
 * A way on that nobody carries would be found missing on the day that it is needed. Providers are looked at, not routes:
 * those can be changed while Roost runs.
 */
function fallbackProblems({ policy }: Config, providers: ReadonlyMap<string, Provider>): string[] {
  const real = [...providers.values()].filter(({ keepsCodes }) => !keepsCodes);
  if (real.length === 0) return [];
  return policy.delivery.fallback
    .filter((channel) => channel !== 'email' && !real.some(({ channels }) => channels.includes(channel)))
    .map((channel) => `policy.fallback: no provider carries ${channel}; add one, or leave it out`);
}

function receiptProblems({ publicUrl }: Config, providers: ReadonlyMap<string, Provider>): string[] {
  if (publicUrl !== null) return [];
  const reporting = [...providers.values()]
    .filter(({ receipts, collected }) => (receipts ?? collected) !== undefined)
    .map(({ id }) => id);
  if (reporting.length === 0) return [];
  const who =
    reporting.length === 1 ? `provider ${reporting[0]} sends` : `providers ${reporting.join(', ')} send`;
  return [
    `ROOST_PUBLIC_URL: set the https address under which Roost is reached, since ${who} receipts to it`,
  ];
}

/** Where codes may go is the one rule that only the operator knows, and the one that stops most of what costs money. */
function countryProblems({ namesCountries }: Config, providers: ReadonlyMap<string, Provider>): string[] {
  const carrier = [...providers.values()].find(
    ({ channels, keepsCodes }) => !keepsCodes && channels.some((channel) => channel !== 'email'),
  );
  if (namesCountries || carrier === undefined) return [];
  return [
    `guard.countries: list the countries that codes may be sent to, such as ["NL", "BE"], since provider ${carrier.id} sends to phones; "*" for all`,
  ];
}

/**
 * The routes as the file has them; null while every message is for the sandbox. Where the file names no routes, every
 * channel goes by all providers that carry it, in their order.
 */
export function routesOf(
  { routes }: Pick<Config, 'routes'>,
  providers: ReadonlyMap<string, Provider>,
  sandbox: Provider,
): Routes | null {
  if (routes !== null) return routes;
  const real = [...providers.values()].filter(({ id }) => id !== sandbox.id);
  if (real.length === 0) return null;
  const usual: ProjectRoutes = Object.fromEntries(
    sandbox.channels.map((channel) => [
      channel,
      real
        .filter(({ channels }) => channels.includes(channel))
        .map(({ id }) => ({
          ...{ channel, provider: id, countries: null, prefixes: null, lineTypes: null, sharePercent: null },
        })),
    ]),
  );
  return { '*': usual };
}

/** The routes of one project. */
export function routesFor(routes: Routes | null): (projectId: string) => ProjectRoutes | null {
  if (routes === null) return () => null;
  const shared = routes['*'] ?? {};
  return (projectId) => (Object.hasOwn(routes, projectId) ? (routes[projectId] ?? shared) : shared);
}
