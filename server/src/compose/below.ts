import { type RouteEffect, routeEffect } from '../app/route-effect.ts';
import { createVault } from '../app/vault.ts';
import {
  type Below,
  type Documents,
  inForce,
  routesOver,
  rulesInForce,
  withDocument,
} from '../config/layers.ts';
import type { Config } from '../config.ts';
import { EVERY_PROJECT, type Layer } from '../domain/layer.ts';
import { systemClock } from '../kernel/clock.ts';
import { systemRandom } from '../kernel/random.ts';
import { sandboxProvider } from '../providers/sandbox.ts';
import type { Store } from '../store/store.ts';
import { mayCall } from './delivery.ts';
import { carriesOf, readProviderSettings, routesFor, routesOf } from './providers.ts';

const PATIENCE_MS = 1_000;

/** What lies below the layers, for who edits them beside the nodes. Nothing is sent, and no provider is asked. */
export async function layersBelow(config: Config): Promise<Below> {
  const sandbox = sandboxProvider(() => null);
  const made = readProviderSettings(config).map(({ id, make }) =>
    make(id, { nowMs: systemClock, random: systemRandom }),
  );
  const providers = new Map([sandbox, ...made].map((provider) => [provider.id, provider]));
  const below = { ...config, routes: routesOf(config, providers, sandbox), carries: carriesOf(providers) };
  await Promise.all(made.map((one) => one.close?.(AbortSignal.timeout(PATIENCE_MS)).catch(() => {})));
  return below;
}

/** Whom a layer's draft of routes would affect: see `routeEffect`. */
export function effectOfDraft(
  { config, store, masterKey }: { config: Config; store: Store; masterKey: Uint8Array },
  below: Below,
  layers: readonly Layer[],
  layer: Layer,
): Promise<RouteEffect> {
  const laid = (documents: Documents) =>
    routesFor(below.routes === null ? null : routesOver(below, below.routes, documents));
  const documents = inForce(layers, 'routes');
  const rules = rulesInForce(config.guardRules, layers);
  return routeEffect(
    {
      ...{ store, vault: createVault(masterKey, systemRandom), prices: config.prices },
      fallback: () => config.policy.delivery.fallback,
      mayCall: (project, country) => mayCall(config.guard, rules(project), country),
    },
    laid(documents),
    laid(withDocument(documents, layer, layer.draft?.document ?? layer.document)),
    layer.projectId === EVERY_PROJECT ? null : layer.projectId,
  );
}
