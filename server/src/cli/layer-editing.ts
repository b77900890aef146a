import { createAudit } from '../app/audit.ts';
import type { EditDeps, Edited } from '../app/layers/edit.ts';
import { readLayer, readLayers } from '../app/layers/read.ts';
import type { openStore } from '../compose.ts';
import { type Below, inForce, layerProblems } from '../config/layers.ts';
import type { Config } from '../config.ts';
import { EVERY_PROJECT, type Layer, type LayerPart, LONGEST_NOTE } from '../domain/layer.ts';
import { type Given, WrongUsage } from './command.ts';
import { COMMAND_LINE, existingMasterKey, readSettings, withStore } from './store-tools.ts';
import type { Surroundings } from './surroundings.ts';

const PROJECT = /^(?:\*|[a-z0-9][a-z0-9-]{0,39})$/;

export const OF_PROJECT = [
  '--project shop',
  'of one project; without it of every project that says nothing else',
] as const;
export const NOTE = [
  '--note TEXT',
  `why, up to ${LONGEST_NOTE} characters; stands in the list of versions`,
] as const;

/** @throws WrongUsage */
export function projectOf({ options: { project = EVERY_PROJECT } }: Given): string {
  if (typeof project !== 'string' || !PROJECT.test(project))
    throw new WrongUsage('--project: name a project with small letters, digits and dashes, or * for all');
  return project;
}

/** @throws WrongUsage */
export function noteOf({ options: { note = '' } }: Given): string {
  if (typeof note === 'string' && note.length <= LONGEST_NOTE) return note;
  throw new WrongUsage(`--note: say why, in up to ${LONGEST_NOTE} characters`);
}

/** @throws WrongUsage */
export function versionOf(typed: string): number {
  if (/^\d{1,9}$/.test(typed)) return Number(typed);
  throw new WrongUsage('VERSION: give the number of a version, such as 3; 0 is the configuration file alone');
}

/** What a command that looks at one part for one project is given. */
export type Looking = {
  readonly config: Config;
  readonly store: Awaited<ReturnType<typeof openStore>>;
  readonly below: Below;
  readonly layers: readonly Layer[];
  /** The one that is looked at. */
  readonly layer: Layer;
};
/** What one that changes it is given besides. */
export type Editing = Looking & { readonly deps: EditDeps; readonly masterKey: Uint8Array };

/** Looks at what is set over one part of the configuration file for one project. */
export async function lookAt<T>(
  surroundings: Surroundings,
  part: LayerPart,
  projectId: string,
  work: (looking: Looking) => Promise<T>,
): Promise<T> {
  const config = readSettings(surroundings);
  return withStore(surroundings, async (store) => {
    // Routes alone are judged by what providers carry.
    const below =
      part === 'routes' ? await surroundings.layersBelow(config) : { ...config, carries: new Map() };
    const [layers, layer] = await Promise.all([
      readLayers({ store }),
      readLayer({ store }, { part, projectId }),
    ]);
    return work({ config, store, below, layers, layer });
  });
}

/** Changes what is set over one part for one project; every change is in the audit log. */
export async function change<T>(
  surroundings: Surroundings,
  part: LayerPart,
  projectId: string,
  work: (editing: Editing) => Promise<T>,
): Promise<T> {
  const masterKey = existingMasterKey(readSettings(surroundings));
  return lookAt(surroundings, part, projectId, async (looking) => {
    const { store, below, layers } = looking;
    const deps: EditDeps = {
      ...{ store, audit: createAudit({ store, masterKey, node: COMMAND_LINE }) },
      problemsOf: (key, document) => layerProblems(below, inForce(layers, part), key, document),
    };
    return work({ ...looking, deps, masterKey });
  });
}

/** The layer as it is after a change. @throws Error with what is wrong, where nothing was changed */
export function settled(edited: Edited): Layer {
  if (edited.kind === 'done') return edited.layer;
  if (edited.kind === 'refused') throw new Error(edited.problems.join('\n'));
  throw new Error('somebody changed it just now; look at it and try again');
}
