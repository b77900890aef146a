import type { RouteEffect } from '../app/route-effect.ts';
import { inForce, routesOver, rulesOver, templatesOver, withDocument } from '../config/layers.ts';
import { over } from '../config/templates.ts';
import { type RuleChange, ruleChanges } from '../domain/guard/changes.ts';
import {
  EVERY_PROJECT,
  entryAt,
  type Layer,
  type LayerChange,
  type LayerVersion,
  layerChanges,
} from '../domain/layer.ts';
import { CHANNELS } from '../domain/message.ts';
import type { RouteStep } from '../domain/route.ts';
import { amountOf } from '../domain/words/lint-costs.ts';
import { ownOf } from '../kernel/own.ts';
import type { Looking } from './layer-editing.ts';

type Whence = 'console' | 'file';

/** Routes of one channel as they are in force, in their order. */
export type ShownRoutes = {
  readonly channel: string;
  readonly from: Whence;
  readonly steps: readonly RouteStep[];
};
/** A text of ours in force; those that ship are not told. */
export type ShownText = {
  readonly channel: string;
  readonly locale: string;
  readonly from: Whence;
  readonly template: string;
  readonly subject: string | null;
};

/** The routes of a project in force; null while every message is for the sandbox. */
export function routesInForce({ below, layers, layer }: Looking): readonly ShownRoutes[] | null {
  if (below.routes === null) return null;
  const documents = inForce(layers, 'routes');
  const all = routesOver(below, below.routes, documents);
  const own = ownOf(all, layer.projectId) ?? all[EVERY_PROJECT] ?? {};
  const names = [layer.projectId, EVERY_PROJECT];
  return CHANNELS.flatMap((channel): ShownRoutes[] => {
    const steps = own[channel];
    if (steps === undefined) return [];
    const isLaid = names.some((name) => entryAt(documents.get(name) ?? {}, [channel]) !== undefined);
    return [{ channel, from: isLaid ? 'console' : 'file', steps }];
  });
}

/** The texts of a project in force that do not ship. */
export function textsInForce({ below, layers, layer }: Looking): readonly ShownText[] {
  const documents = inForce(layers, 'templates');
  const all = templatesOver(below.templates, documents);
  const none = { locale: null, channels: {} };
  const book = over(ownOf(all, EVERY_PROJECT) ?? none, ownOf(all, layer.projectId) ?? none);
  const names = [layer.projectId, EVERY_PROJECT];
  return CHANNELS.flatMap((channel) =>
    [...(book.channels[channel] ?? [])].map(([locale, { template, subject }]) => {
      const isLaid = names.some(
        (name) => entryAt(documents.get(name) ?? {}, [channel, locale]) !== undefined,
      );
      return { channel, locale, from: isLaid ? 'console' : 'file', template, subject } as const;
    }),
  );
}

/** A list of routes in one line: `bird (NL BE, 30 %), spare`. */
export const lineOfRoutes = (steps: readonly RouteStep[]): string =>
  steps
    .map(({ provider, countries, prefixes, lineTypes, sharePercent }) => {
      const limits = [countries, prefixes, lineTypes].flatMap((list) =>
        list === null ? [] : [list.join(' ')],
      );
      const all = [...limits, ...(sharePercent === null ? [] : [`${sharePercent} %`])];
      return all.length === 0 ? provider : `${provider} (${all.join(', ')})`;
    })
    .join(', ');

/** What a draft would change, value by value, in the words of the configuration file. */
export const draftChanges = ({ document, draft }: Layer): readonly LayerChange[] =>
  draft === null ? [] : layerChanges(document, draft.document);

/** What a draft of rules would change about the rules in force. */
export function draftRuleChanges({ below, layers, layer }: Looking): readonly RuleChange[] {
  if (layer.draft === null) return [];
  const documents = inForce(layers, 'guard');
  const drafted = withDocument(documents, layer, layer.draft.document);
  return ruleChanges(
    rulesOver(below.guardRules, documents, layer.projectId),
    rulesOver(below.guardRules, drafted, layer.projectId),
  );
}

export const lineOfRule = ({ rule, change, fields }: RuleChange): string =>
  `  ${rule}: ${change === 'changed' ? fields.map(({ name, from, to }) => `${name} ${from} -> ${to}`).join(', ') : change}`;

export const lineOfChange = ({ path, from, to }: LayerChange): string =>
  `  ${path === '' ? 'everything' : path}: ${shownValue(from)} -> ${shownValue(to)}`;

const shownValue = (value: unknown): string => (value === null ? 'nothing' : JSON.stringify(value));

/** Whom a draft of routes would affect, of the live codes of the last week. */
export function linesOfEffect({ looked, sinceMs, moved, costs }: RouteEffect): string[] {
  if (looked === 0)
    return ['No live code was sent within the last week, so nobody can be told whom it affects.'];
  const count = moved.reduce((sum, one) => sum + one.count, 0);
  const cost =
    costs === null
      ? []
      : [
          `They cost ${amountOf({ micros: costs.before, currency: costs.currency })} ${costs.currency}, and would cost ${amountOf({ micros: costs.after, currency: costs.currency })}.`,
        ];
  return [
    `Of ${looked} live codes since ${dateOf(sinceMs)} it would send ${count} another way.`,
    ...moved.map(
      ({ channel, country, from, to, count: times }) =>
        `  ${channel} ${country ?? '--'}: ${from ?? 'nobody'} -> ${to ?? 'nobody'}, ${times}`,
    ),
    ...cost,
  ];
}

/** How it stands: version, draft and history. */
export function linesOfStanding(
  { version, draft }: Layer,
  versions: readonly LayerVersion[],
  commands: string,
): string[] {
  const drafted =
    draft === null
      ? []
      : [`There is a draft of ${dateOf(draft.atMs)}: ${commands} diff shows what it would change.`];
  const history = versions.map(
    (one) =>
      `  ${one.version}  ${dateOf(one.atMs)}  ${one.author ?? 'command line'}${one.note === '' ? '' : `  ${one.note}`}`,
  );
  const stands = version === 0 ? ['Nothing is set over the configuration file.'] : ['Versions:', ...history];
  return [...stands, ...drafted];
}

/** A moment as people read it, in UTC. */
export const dateOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 16).replace('T', ' ');
