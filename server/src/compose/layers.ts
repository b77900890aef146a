import type { Audit } from '../app/audit.ts';
import { type InForce, openInForce } from '../app/layers/in-force.ts';
import {
  type Below,
  inForce,
  layerProblems,
  routesOver,
  rulesInForce,
  templatesOver,
} from '../config/layers.ts';
import { policiesOf } from '../config/templates.ts';
import type { Config } from '../config.ts';
import type { Rule } from '../domain/guard/rules.ts';
import type { Layer, LayerKey } from '../domain/layer.ts';
import type { Policy } from '../domain/policy.ts';
import type { ProjectRoutes } from '../domain/route.ts';
import type { Log } from '../kernel/log.ts';
import type { Provider } from '../providers/provider.ts';
import type { Store } from '../store/store.ts';
import { carriesOf, routesFor, routesOf } from './providers.ts';

/** What the configuration file and the layers over it come to. Everything is made; asking costs a look into a map. */
export type Standing = {
  readonly layers: readonly Layer[];
  readonly rules: (projectId: string) => readonly Rule[];
  readonly routes: (projectId: string) => ProjectRoutes | null;
  readonly policy: (projectId: string) => Policy;
};

export type LayerDeps = {
  readonly config: Config;
  readonly store: Store;
  readonly log: Log;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly sandbox: Provider;
};
export type Layers = InForce<Standing> & {
  /** What lies below all layers. */
  readonly below: Below;
};

/** Reads what operators set, and keeps up with it. What does not fit the file any more is left out, and logged. */
export async function composeLayers(deps: LayerDeps): Promise<Layers> {
  const { config, store, providers, sandbox } = deps;
  const routes = routesOf(config, providers, sandbox);
  const below = { ...config, routes, carries: carriesOf(providers) };
  const made = {
    rules: remembered((layers) => rulesInForce(config.guardRules, layers)),
    routes: remembered((layers) =>
      routesFor(routes === null ? null : routesOver(below, routes, inForce(layers, 'routes'))),
    ),
    policy: remembered((layers) =>
      policiesOf(config.policy, templatesOver(config.templates, inForce(layers, 'templates'))),
    ),
  };
  const laid = (layers: readonly Layer[]): Standing => ({
    layers,
    rules: made.rules(ofPart(layers, 'guard')),
    routes: made.routes(ofPart(layers, 'routes')),
    policy: made.policy(ofPart(layers, 'templates')),
  });
  const standing = await openInForce(store, (layers): Standing => {
    tellUnfit(deps, below, layers);
    try {
      return laid(layers);
    } catch {
      // Whatever one row holds, nodes start and go by all others.
      return laid(layers.flatMap((layer) => usable(deps, layer, laid)));
    }
  });
  return { ...standing, below };
}

/** A layer of which something can be made, by itself; without its draft where that is what cannot be read. */
function usable({ log }: LayerDeps, layer: Layer, laid: (layers: readonly Layer[]) => Standing): Layer[] {
  const { part, projectId, version } = layer;
  for (const one of [layer, { ...layer, draft: null }]) {
    try {
      laid([one]);
      return [one];
    } catch (error) {
      log.error('layers.unfit', {
        part,
        project: projectId,
        version,
        problems: `left out: ${String(error)}`,
      });
    }
  }
  return [];
}

const ofPart = (layers: readonly Layer[], part: LayerKey['part']): readonly Layer[] =>
  layers.filter((layer) => layer.part === part);

/** A part that has not changed is not made again: books of words take milliseconds each. */
function remembered<T>(make: (layers: readonly Layer[]) => T): (layers: readonly Layer[]) => T {
  let known: { readonly stamp: string; readonly made: T } | null = null;
  return (layers) => {
    const stamp = JSON.stringify(
      layers.map(({ projectId, version, draft }) => [
        ...[projectId, version, draft?.number, draft?.state, draft?.judged === undefined],
      ]),
    );
    if (known?.stamp !== stamp) known = { stamp, made: make(layers) };
    return known.made;
  };
}

/** What is wrong with each layer in force: the file below it may have changed since. */
const unfitLayers = (
  below: Below,
  layers: readonly Layer[],
): readonly { readonly layer: Layer; readonly problems: readonly string[] }[] =>
  layers
    .filter(({ version }) => version > 0)
    .map((layer) => ({
      layer,
      problems: layerProblems(below, inForce(layers, layer.part), layer, layer.document),
    }))
    .filter(({ problems }) => problems.length > 0);

function tellUnfit({ log }: LayerDeps, below: Below, layers: readonly Layer[]): void {
  for (const { layer, problems } of unfitLayers(below, layers)) {
    const { part, projectId, version } = layer;
    log.error('layers.unfit', { part, project: projectId, version, problems: problems.join('\n') });
  }
}

/** What a change is judged by. */
export const editDeps = ({ below, current }: Layers, store: Store, audit: Audit) => ({
  ...{ store, audit },
  problemsOf: (key: LayerKey, document: Layer['document']) =>
    layerProblems(below, inForce(current().layers, key.part), key, document),
});
