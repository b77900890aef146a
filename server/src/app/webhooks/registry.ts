import { MODES, type Mode, type Scope } from '../../domain/scope.ts';
import type { Endpoint } from '../../domain/webhook.ts';
import { type Store, tables } from '../../store/store.ts';

/** The endpoints that are told of events, known to this node without asking the database for each event. */
export type Registry = {
  /** Whether there is any, in any project: while there is none, nothing needs to be looked at. */
  any(): boolean;
  /** Those in force for a project. */
  of(scope: Scope): readonly Endpoint[];
  /** Those in force, everywhere. */
  all(): readonly Endpoint[];
  /** Reads them again. Called often enough that every node knows a new one within a second. */
  refresh(): Promise<void>;
};

const NONE: readonly Endpoint[] = [];

export async function openRegistry(store: Store): Promise<Registry> {
  let all = NONE;
  let byScope: ReadonlyMap<string, readonly Endpoint[]> = new Map();
  const refresh = async () => {
    const nowMs = store.nowMs();
    const found = await Promise.all(
      MODES.map((mode) => store.read.list(tables.webhookEndpointsIn, { mode }, nowMs)),
    );
    all = found.flat().filter(({ disabled }) => disabled === null);
    byScope = Map.groupBy(all, nameOf);
  };
  await refresh();
  return {
    refresh,
    any: () => all.length > 0,
    all: () => all,
    of: (scope) => (all.length === 0 ? NONE : (byScope.get(nameOf(scope)) ?? NONE)),
  };
}

const nameOf = ({ projectId, mode }: { readonly projectId: string; readonly mode: Mode }): string =>
  `${mode} ${projectId}`;
