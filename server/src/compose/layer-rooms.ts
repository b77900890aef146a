import { replayGuard } from '../app/guard/replay.ts';
import type { EditDeps } from '../app/layers/edit.ts';
import { routeEffect } from '../app/route-effect.ts';
import type { Vault } from '../app/vault.ts';
import { fieldsOfRule } from '../config/guard.ts';
import {
  type Documents,
  inForce,
  routesOver,
  rulesBelow,
  rulesOver,
  templatesOver,
  withDocument,
} from '../config/layers.ts';
import { policiesOf, type Templates } from '../config/templates.ts';
import type { Config } from '../config.ts';
import { ruleChanges } from '../domain/guard/changes.ts';
import type { Rule } from '../domain/guard/rules.ts';
import { EVERY_PROJECT, entryAt, type LayerDocument, type LayerKey } from '../domain/layer.ts';
import type { Channel } from '../domain/message.ts';
import type { Policy } from '../domain/policy.ts';
import { guardChangesRoom } from '../http/console/guard-changes.ts';
import type { Drafted, Span } from '../http/console/guard-replay.ts';
import { guardRulesRoom } from '../http/console/guard-rules.ts';
import type { Room } from '../http/console/plugin.ts';
import { routesEditRoom } from '../http/console/routes-edit.ts';
import { templateEditRoom } from '../http/console/template-edit.ts';
import { ownOf } from '../kernel/own.ts';
import type { Store } from '../store/store.ts';
import { mayCall } from './delivery.ts';
import type { Layers } from './layers.ts';
import { routesFor } from './providers.ts';

export type LayerRoomDeps = {
  readonly config: Config;
  readonly store: Store;
  readonly vault: Vault;
  readonly layers: Layers;
  readonly editing: EditDeps;
  readonly rules: (projectId: string) => readonly Rule[];
  readonly policy: (projectId: string) => Policy;
};

const DAY_MS = 86_400_000;

/** Rooms of the console that edit over the configuration file. */
export function composeLayerRooms(deps: LayerRoomDeps, oneAtATime: ReplayTurn): readonly Room[] {
  const { config, layers, editing } = deps;
  const shared = { editing, changed: layers.refresh };
  const rules = {
    ...{ ...shared, file: config.guardRules, fieldsOf: fieldsOfRule },
    below: (project: string) => rulesBelow(config.guardRules, documentsOf(layers), project),
    rulesWith: (key: LayerKey, document: LayerDocument) =>
      rulesOver(config.guardRules, withDocument(documentsOf(layers), key, document), key.projectId),
  };
  const words = (documents: Documents, project: string) =>
    policiesOf(config.policy, templatesOver(config.templates, documents))(project).words;
  return [
    guardRulesRoom(rules),
    routesEditRoom({ ...shared, ...routeNeeds(deps) }),
    templateEditRoom({
      ...{ ...shared, prices: config.prices, policy: () => config.policy },
      below: (project) =>
        words(new Map([...documentsOf(layers, 'templates')].filter(([name]) => name !== project)), project),
      wordsWith: (key, document) =>
        words(withDocument(documentsOf(layers, 'templates'), key, document), key.projectId),
    }),
    guardChangesRoom({
      ...{ ...rules, currency: config.prices[0]?.cost.currency ?? null },
      replay: (key, draft, span) => oneAtATime(() => replayLayer(deps, key, draft, span)),
    }),
  ];
}

const documentsOf = ({ current }: Layers, part: LayerKey['part'] = 'guard'): Documents =>
  inForce(current().layers, part);

/** What the room of routes needs of the configuration and the layers over it. */
function routeNeeds({ config, store, vault, layers, rules, policy }: LayerRoomDeps) {
  const { below, current } = layers;
  const laid = (documents: Documents) =>
    routesFor(below.routes === null ? null : routesOver(below, below.routes, documents));
  const documents = () => documentsOf(layers, 'routes');
  return {
    carries: below.carries,
    below: (project: string) => laid(new Map([...documents()].filter(([name]) => name !== project)))(project),
    routesWith: (key: LayerKey, document: LayerDocument) =>
      laid(withDocument(documents(), key, document))(key.projectId),
    isOfFile: (project: string, channel: Channel) =>
      ownOf(config.routes ?? {}, project)?.[channel] !== undefined,
    effect: (key: LayerKey, draft: LayerDocument) =>
      routeEffect(
        {
          ...{ store, vault, prices: config.prices },
          fallback: (project) => policy(project).delivery.fallback,
          mayCall: (project, country) => mayCall(config.guard, rules(project), country),
        },
        current().routes,
        laid(withDocument(documents(), key, draft)),
        key.projectId === EVERY_PROJECT ? null : key.projectId,
      ),
  };
}

/** Projects that have routes of their own, by the file or the console, after every project. */
export function routedProjects({ routes }: Config, { current }: Layers): readonly string[] {
  const named = current().layers.filter(({ part, version }) => part === 'routes' && version > 0);
  return [
    ...new Set([EVERY_PROJECT, ...Object.keys(routes ?? {}), ...named.map(({ projectId }) => projectId)]),
  ];
}

/** Whose text stands for a locale of a project: one set in the console, one of the file, or one that ships. */
export function templateWhence(file: Templates, layers: Layers) {
  return (project: string, channel: Channel, locale: string): 'console' | 'file' | 'ships' => {
    const documents = documentsOf(layers, 'templates');
    for (const one of [project, EVERY_PROJECT]) {
      if (entryAt(documents.get(one) ?? {}, [channel, locale]) !== undefined) return 'console';
      if (ownOf(file, one)?.channels[channel]?.has(locale) === true) return 'file';
    }
    return 'ships';
  };
}

/** Judges the past of the projects that a draft is for by it. */
async function replayLayer(
  { config, store, vault, layers }: LayerRoomDeps,
  key: LayerKey,
  draft: LayerDocument,
  { days, of }: Span,
): Promise<Drafted> {
  const drafted = withDocument(documentsOf(layers), key, draft);
  const known = new Map<string, readonly Rule[]>();
  const rules = (project: string): readonly Rule[] => {
    const found = known.get(project) ?? rulesOver(config.guardRules, drafted, project);
    known.set(project, found);
    return found;
  };
  const untilMs = store.nowMs();
  const report = await replayGuard(
    { store, vault },
    {
      ...{ rules, sinceMs: untilMs - days * DAY_MS, untilMs, of },
      ...(key.projectId === EVERY_PROJECT ? {} : { projectId: key.projectId }),
    },
  );
  const before = rulesOver(config.guardRules, documentsOf(layers), key.projectId);
  return { kind: 'replayed', changes: ruleChanges(before, rules(key.projectId)), report };
}

export type ReplayTurn = (work: () => Promise<Drafted>) => Promise<Drafted>;

/** A replay reads all that was decided, so there is one at a time. */
export function createReplayTurn(): ReplayTurn {
  let isBusy = false;
  return async (work) => {
    if (isBusy)
      return { kind: 'refused', problems: ['another replay is under way; try again when it is done'] };
    isBusy = true;
    try {
      return await work();
    } finally {
      isBusy = false;
    }
  };
}
