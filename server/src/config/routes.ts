import { LINE_TYPES } from '../domain/line.ts';
import { CHANNELS, type Channel } from '../domain/message.ts';
import { readCountry } from '../domain/recipient.ts';
import type { ProjectRoutes, RouteStep } from '../domain/route.ts';
import { nearest } from '../kernel/did-you-mean.ts';
import { SANDBOX } from './providers.ts';
import { isObject, noteUnknown, textsAt, unknownName } from './reading.ts';

/** Routes by project; `*` holds for every project that is not named. */
export type Routes = { readonly [project: string]: ProjectRoutes };

const STEP = ['provider', 'country', 'prefix', 'lineType', 'share'] as const;
export const PROJECT = /^(\*|[a-z0-9][a-z0-9-]{0,39})$/;
const MOST_STEPS = 50;

/** The part `routes`; null when it is left out. `providers` are the names of those that are configured. */
export function readRoutes(given: unknown, providers: readonly string[], problems: string[]): Routes | null {
  if (given === undefined) return null;
  if (!isObject(given)) {
    problems.push('routes: set an object by project and channel, such as { "*": { "sms": ["bird"] } }');
    return null;
  }
  const routes: Record<string, ProjectRoutes> = {};
  for (const [project, channels] of Object.entries(given)) {
    const at = `routes.${project}`;
    if (!PROJECT.test(project)) {
      problems.push(`${at}: name a project with small letters, digits and dashes, or * for all others`);
    } else if (isObject(channels)) {
      routes[project] = projectOf(channels, at, providers, problems);
    } else {
      problems.push(`${at}: set an object of lists by channel, such as { "sms": ["bird"] }`);
    }
  }
  return routes;
}

/**
 * The routes that a layer has for one project, written as they are below `routes` and the project. A list of which nothing
 * can be used is left out.
 */
export function readRoutesLayer(
  project: string,
  given: Record<string, unknown>,
  providers: readonly string[],
  problems: string[],
): ProjectRoutes {
  const routes = projectOf(given, `routes.${project}`, providers, problems);
  const usable = Object.entries(routes).map(([channel, steps]) => [
    channel,
    steps.filter(({ provider }) => provider !== ''),
  ]);
  return Object.fromEntries(usable.filter(([, steps]) => (steps ?? []).length > 0));
}

function projectOf(
  given: Record<string, unknown>,
  at: string,
  providers: readonly string[],
  problems: string[],
): ProjectRoutes {
  const routes: { [channel in Channel]?: readonly RouteStep[] } = {};
  for (const [name, list] of Object.entries(given)) {
    const channel = CHANNELS.find((one) => one === name);
    const path = `${at}.${name}`;
    if (channel === undefined) {
      problems.push(
        unknownName(
          path,
          CHANNELS.map((one) => `${at}.${one}`),
        ),
      );
    } else {
      routes[channel] = listOf(list, channel, path, providers, problems);
    }
  }
  return routes;
}

function listOf(
  given: unknown,
  channel: Channel,
  at: string,
  providers: readonly string[],
  problems: string[],
): readonly RouteStep[] {
  if (!Array.isArray(given) || given.length === 0 || given.length > MOST_STEPS) {
    problems.push(`${at}: set a list of 1 to ${MOST_STEPS} providers, the first choice first`);
    return [];
  }
  const steps = given.flatMap((step, i) => stepOf(step, channel, `${at}[${i}]`, providers, problems) ?? []);
  if (steps.length > 1 && steps.some(({ provider }) => provider === SANDBOX)) {
    problems.push(`${at}: name the sandbox alone: it takes every message, and nothing can follow`);
  }
  const shares = steps.reduce((sum, { sharePercent }) => sum + (sharePercent ?? 0), 0);
  const isSplit = steps.every(({ countries, prefixes, lineTypes }) => !countries && !prefixes && !lineTypes);
  if (isSplit && shares > 100) problems.push(`${at}: the shares come to ${shares}; set 100 together at most`);
  return steps;
}

function stepOf(
  given: unknown,
  channel: Channel,
  at: string,
  providers: readonly string[],
  problems: string[],
): RouteStep | null {
  const step = typeof given === 'string' ? { provider: given } : given;
  if (!isObject(step)) {
    problems.push(
      `${at}: set the name of a provider, or an object such as { "provider": "bird", "country": "NL" }`,
    );
    return null;
  }
  noteUnknown(step, at, STEP, problems);
  const texts = <T extends string>(name: string, parse: (text: string) => T | null, right: string) =>
    textsAt(step, name, at, parse, right, problems);
  const where = typeof given === 'string' ? at : `${at}.provider`;
  return {
    channel,
    provider: providerOf(step.provider, where, providers, problems),
    countries: texts('country', countryOf, 'a country in capitals (ISO 3166-1), such as NL'),
    prefixes: texts('prefix', prefixOf, 'the beginning of a number, such as +3161'),
    lineTypes: texts(
      'lineType',
      (text) => LINE_TYPES.find((one) => one === text) ?? null,
      `one of ${LINE_TYPES.join(', ')}`,
    ),
    sharePercent: shareOf(step.share, at, problems),
  };
}

function providerOf(given: unknown, at: string, providers: readonly string[], problems: string[]): string {
  const known = [...providers, SANDBOX];
  if (typeof given === 'string' && known.includes(given)) return given;
  const meant = typeof given === 'string' ? nearest(given, known) : null;
  const hint = meant === null ? `set one of ${known.join(', ')}` : `did you mean ${meant}?`;
  problems.push(`${at}: there is no such provider; ${hint}`);
  return '';
}

function shareOf(given: unknown, at: string, problems: string[]): number | null {
  if (given === undefined) return null;
  if (typeof given === 'number' && given >= 0 && given <= 100) return given;
  problems.push(`${at}.share: set a number of percent from 0 to 100`);
  return null;
}

/** As it is written: a country in small letters is no country here. */
export const countryOf = (text: string): string | null =>
  /^[A-Z]{2}$/.test(text) && readCountry(text) === text ? text : null;

export const prefixOf = (text: string): string | null => (/^\+[1-9]\d{0,14}$/.test(text) ? text : null);
