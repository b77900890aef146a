import { readFileSync } from 'node:fs';
import { auditKey } from '../app/audit.ts';
import { checkProvider, lastCheck } from '../app/delivery/check-provider.ts';
import { replayGuard } from '../app/guard/replay.ts';
import type { EditDeps } from '../app/layers/edit.ts';
import type { Router } from '../app/router.ts';
import type { Faults } from '../app/sandbox/faults.ts';
import { noteFaults } from '../app/sandbox/faults.ts';
import type { TextDeps } from '../app/texts.ts';
import type { Vault } from '../app/vault.ts';
import type { EndpointDeps } from '../app/webhooks/endpoints.ts';
import { shownLayers, shownSettings } from '../config/shown.ts';
import { type Config, ConfigProblems, readGuardRules } from '../config.ts';
import { ruleChanges } from '../domain/guard/changes.ts';
import type { Rule } from '../domain/guard/rules.ts';
import { EVERY_PROJECT } from '../domain/layer.ts';
import { firstRouting } from '../domain/onward.ts';
import { STAFF, STAFF_PROJECT } from '../domain/operator.ts';
import type { Policy } from '../domain/policy.ts';
import { AUDIT_MS, RETENTION } from '../domain/retention.ts';
import type { ProjectRoutes } from '../domain/route.ts';
import { auditRoom } from '../http/console/audit.ts';
import { goingLiveRoom } from '../http/console/going-live.ts';
import { guardRoom } from '../http/console/guard.ts';
import { type Drafted, guardReplayRoom } from '../http/console/guard-replay.ts';
import type { Room } from '../http/console/plugin.ts';
import { providersRoom } from '../http/console/providers.ts';
import { recipientsRoom } from '../http/console/recipients.ts';
import { settingsRoom } from '../http/console/settings.ts';
import { templatesRoom } from '../http/console/templates.ts';
import { tokensRoom } from '../http/console/tokens.ts';
import { usersRoom } from '../http/console/users.ts';
import { webhooksRoom } from '../http/console/webhooks.ts';
import { PROVIDER_KINDS } from '../providers/kinds.ts';
import type { Provider } from '../providers/provider.ts';
import type { Store } from '../store/store.ts';
import { mayCall } from './delivery.ts';
import type { MetadataWatch } from './fido-metadata.ts';
import { composeLayerRooms, createReplayTurn, routedProjects, templateWhence } from './layer-rooms.ts';
import type { Layers } from './layers.ts';

export type RoomDeps = {
  readonly config: Config;
  readonly store: Store;
  readonly vault: Vault;
  readonly masterKey: Uint8Array;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly sandbox: Provider;
  readonly router: Router;
  readonly policy: (projectId: string) => Policy;
  readonly routes: (projectId: string) => ProjectRoutes | null;
  readonly rules: (projectId: string) => readonly Rule[];
  readonly layers: Layers;
  readonly editing: EditDeps;
  readonly texts: TextDeps;
  readonly webhooks: EndpointDeps;
  readonly faults: Faults;
  readonly metadata: MetadataWatch['state'];
};

/** Rooms of the console for what is configured, sent, and kept. */
export function composeRooms(deps: RoomDeps): readonly Room[] {
  const { config, store, vault, providers, sandbox, policy } = deps;
  const real = [...providers.values()].filter(({ id }) => id !== sandbox.id);
  const kinds = new Map(config.providers.map(({ id, kind }) => [id, kind]));
  const { routes, rules } = deps;
  const oneAtATime = createReplayTurn();
  return [
    guardRoom({
      ...{ rules, force: config.guard },
      currency: config.prices[0]?.cost.currency ?? null,
    }),
    guardReplayRoom({
      present: guardPart(config),
      currency: config.prices[0]?.cost.currency ?? null,
      replay: (draft, span) => oneAtATime(() => replayDraft(deps, draft, span)),
    }),
    ...composeLayerRooms(deps, oneAtATime),
    providersRoom({
      carriers: [...real, sandbox].map(({ id, channels, check }) => ({
        ...{ id, channels, kind: kinds.get(id) ?? 'sandbox', canBeChecked: check !== undefined },
      })),
      check: (id) => checkProvider({ store, providers }, id),
      faults: {
        list: deps.faults.list,
        change: (by, change) =>
          deps.faults.change(change, (tx) => noteFaults(deps.editing.audit, tx, change, { actor: by.id })),
      },
      projects: () => routedProjects(config, deps.layers),
      preview: {
        ...{ routes, prices: config.prices, fallback: (projectId) => policy(projectId).delivery.fallback },
        mayCall: (projectId, country) => mayCall(config.guard, rules(projectId), country),
      },
      texts: (id) => ({ ...deps.texts, route: (_scope, wanted) => routeBy(deps, id, wanted) }),
    }),
    recipientsRoom(() => policy(STAFF_PROJECT)),
    usersRoom,
    tokensRoom,
    webhooksRoom(deps.webhooks),
    templatesRoom({
      ...{ policy, prices: config.prices },
      whence: templateWhence(config.templates, deps.layers),
    }),
    auditRoom({ store, vault, key: auditKey(deps.masterKey), auditMs: AUDIT_MS }),
    settingsRoom({
      settings: () => [
        ...shownSettings(config, PROVIDER_KINDS),
        ...shownLayers(deps.layers.current().layers),
      ],
      retention: RETENTION,
    }),
    goingLiveRoom({
      ...{ store, vault, providers: real, staff: STAFF, lastCheck: (id) => lastCheck(store, id) },
      settings: {
        ...{ publicUrl: config.publicUrl, sandbox: config.sandbox },
        isEnforced: config.guard === 'enforce',
        get metadata() {
          return deps.metadata();
        },
        get countries() {
          const allowed = rules(EVERY_PROJECT).find((rule) => rule.kind === 'countries');
          return allowed?.kind === 'countries' && allowed.mode === 'enforce' ? allowed.allow : null;
        },
      },
    }),
  ];
}

/** The part `guard` of the configuration file, as somebody wrote it. */
function guardPart({ sources: { file } }: Config): string | null {
  if (file === null) return null;
  const { guard } = JSON.parse(readFileSync(file, 'utf8')) as { guard?: unknown };
  return guard === undefined ? null : JSON.stringify(guard, null, 2);
}

const DAY_MS = 86_400_000;

async function replayDraft(
  { config, store, vault }: RoomDeps,
  draft: string,
  { days, of }: { readonly days: number; readonly of: 'real' | 'sandbox' },
): Promise<Drafted> {
  try {
    const rules = readGuardRules(JSON.parse(draft));
    const untilMs = store.nowMs();
    const question = { rules: () => rules, sinceMs: untilMs - days * DAY_MS, untilMs, of };
    const report = await replayGuard({ store, vault }, question);
    return { kind: 'replayed', changes: ruleChanges(config.guardRules, rules), report };
  } catch (error) {
    if (error instanceof SyntaxError) return { kind: 'refused', problems: ['this is not valid JSON'] };
    if (error instanceof ConfigProblems) return { kind: 'refused', problems: error.problems };
    throw error;
  }
}

/** A route by one provider, whatever the configured ones say, and no other after it. */
function routeBy(
  { providers, router }: RoomDeps,
  id: string,
  wanted: Parameters<Router['first']>[1],
): ReturnType<Router['first']> {
  const { channel, recipient } = wanted;
  const keepsCodes = providers.get(id)?.keepsCodes ?? false;
  if (keepsCodes) return { id, channel, keepsCodes, routing: null };
  const country = recipient.kind === 'phone' ? recipient.country : null;
  const chosen = { channel, provider: id, passedOver: [], estimate: router.estimate(id, wanted) };
  return { id, channel, keepsCodes, routing: firstRouting(chosen, country, []) };
}
