import {
  entryAt,
  isTooLong,
  judgedOf,
  LAYER_PARTS,
  type Layer,
  type LayerDocument,
  type LayerDraft,
  type LayerKey,
  LONGEST_NOTE,
  layerChanges,
  MOST_LAYERS,
  MOST_VERSIONS,
  noLayer,
  textOfEntry,
  withEntry,
} from '../../domain/layer.ts';
import { type Store, type Transaction, tables } from '../../store/store.ts';
import type { Audit } from '../audit.ts';
import { lockLayers, tellNodes } from './revision.ts';

export type EditDeps = {
  readonly store: Store;
  readonly audit: Audit;
  /** Everything that is wrong with a document where it is to lie, by the readers of the configuration file. */
  readonly problemsOf: (key: LayerKey, document: LayerDocument) => readonly string[];
};

/** What became of a change. */
export type Edited =
  | { readonly kind: 'done'; readonly layer: Layer }
  /** Somebody else was faster: nothing was changed, and this is how it stands now. */
  | { readonly kind: 'stale'; readonly layer: Layer }
  | { readonly kind: 'refused'; readonly layer: Layer; readonly problems: readonly string[] };

/** Who edits: the id of an operator, or null for the command line. */
export type Author = string | null;

/** One entry of a document as it is to be, and as it was when somebody began to edit it. */
export type EntryChange = {
  readonly path: readonly string[];
  /** undefined takes it away, so that what lies below shows. */
  readonly entry: unknown;
  /** As `textOfEntry` writes it. */
  readonly was: string;
};

/**
 * Writes entries into the draft, which begins from what is in force: all of them or none. Two people may edit different
 * entries of one draft; of the same one the second is told. A draft that says nothing else than what is in force is none.
 * Where it is monitored it goes on being so as it was.
 */
export function editDraft(
  deps: EditDeps,
  by: Author,
  key: LayerKey,
  changes: readonly EntryChange[],
): Promise<Edited> {
  return changed(deps, key, (tx, layer) => {
    const before = layer.draft?.document ?? layer.document;
    if (changes.some(({ path, was }) => textOfEntry(entryAt(before, path)) !== was))
      return { kind: 'stale', layer };
    const document = changes.reduce((next, { path, entry }) => withEntry(next, path, entry), before);
    if (textOfEntry(document) === textOfEntry(before)) return { kind: 'done', layer };
    const problems = problemsIn(deps, key, document);
    if (problems.length > 0) return { kind: 'refused', layer, problems };
    const places = layerChanges(before, document).map(({ path }) => path);
    note(deps, tx, by, key, 'edited', places.join(' '));
    return done(drafted(layer, document, by, tx.nowMs));
  });
}

/** Makes a draft of a version that was in force before. There must be no other draft, since it would be lost. */
export function draftVersion(deps: EditDeps, by: Author, key: LayerKey, version: number): Promise<Edited> {
  return changed(deps, key, async (tx, layer) => {
    const found = await tx.get(tables.layerVersions, { ...key, version });
    // Before the first version there was the file alone.
    const document = version === 0 ? {} : found?.document;
    if (layer.draft !== null || document === undefined) return { kind: 'stale', layer };
    if (textOfEntry(document) === textOfEntry(layer.document)) return { kind: 'done', layer };
    const problems = problemsIn(deps, key, document);
    if (problems.length > 0) return { kind: 'refused', layer, problems };
    note(deps, tx, by, key, 'edited', `as version ${version}`);
    return done(drafted(layer, document, by, tx.nowMs));
  });
}

/** Drops the draft that somebody has seen. */
export function dropDraft(deps: EditDeps, by: Author, key: LayerKey, number: number): Promise<Edited> {
  return changed(deps, key, (tx, layer) => {
    if (layer.draft?.number !== number) return { kind: 'stale', layer };
    note(deps, tx, by, key, 'dropped', `draft ${number}`);
    return done({ ...layer, draft: null });
  });
}

/** Has the draft that somebody has seen judged beside what is in force, or no more. */
export function monitorDraft(
  deps: EditDeps,
  by: Author,
  key: LayerKey,
  { number, state }: Pick<LayerDraft, 'number' | 'state'>,
): Promise<Edited> {
  return changed(deps, key, (tx, layer) => {
    if (layer.draft?.number !== number) return { kind: 'stale', layer };
    note(deps, tx, by, key, state === 'monitored' ? 'monitored' : 'unmonitored', `draft ${number}`);
    const { judged: _, ...draft } = layer.draft;
    const isNone = state === 'kept' && textOfEntry(draft.document) === textOfEntry(layer.document);
    return done({ ...layer, draft: isNone ? null : { ...draft, state } });
  });
}

/** Puts the draft that somebody has seen in force over the version that they have seen, as the next version. */
export function publishDraft(
  deps: EditDeps,
  by: Author,
  key: LayerKey,
  seen: { readonly number: number; readonly version: number; readonly note: string },
): Promise<Edited> {
  return changed(deps, key, async (tx, layer) => {
    const { draft } = layer;
    if (draft?.number !== seen.number || layer.version !== seen.version) return { kind: 'stale', layer };
    const problems = problemsIn(deps, key, draft.document);
    if (problems.length > 0) return { kind: 'refused', layer, problems };
    const version = {
      ...{ ...key, version: layer.version + 1, document: draft.document, author: by, atMs: tx.nowMs },
      note: seen.note.trim().slice(0, LONGEST_NOTE),
    };
    tx.insert(tables.layerVersions, version);
    const oldest = { ...key, version: version.version - MOST_VERSIONS };
    if ((await tx.get(tables.layerVersions, oldest)) !== null) tx.remove(tables.layerVersions, oldest);
    note(deps, tx, by, key, 'enforced', `version ${version.version}`);
    return done({ ...version, draft: null, draftNumber: layer.draftNumber });
  });
}

async function changed(
  { store }: EditDeps,
  { part, projectId }: LayerKey,
  change: (tx: Transaction, layer: Layer) => Edited | Promise<Edited>,
): Promise<Edited> {
  return store.transaction(async (tx) => {
    await lockLayers(tx);
    const key = { part, projectId };
    const known = await tx.get(tables.layers, key);
    const layer = known ?? noLayer(key);
    // Under the lock, so that however many begin at once the bound holds.
    if (known === null && (await countLayers(tx)) >= MOST_LAYERS)
      return { kind: 'refused', layer, problems: [`${part}: ${TOO_MANY}`] };
    const edited = await change(tx, layer);
    if (edited.kind !== 'done' || edited.layer === layer) return edited;
    const isGivenUp = edited.layer.version === 0 && edited.layer.draft === null;
    const kept = isGivenUp ? { ...edited.layer, atMs: tx.nowMs } : edited.layer;
    if (known === null) tx.insert(tables.layers, kept);
    else tx.update(tables.layers, kept);
    if (isSeenByNodes(layer, edited.layer)) await tellNodes(tx);
    return edited;
  });
}

async function countLayers(tx: Transaction): Promise<number> {
  const parts = await Promise.all(LAYER_PARTS.map(async (part) => tx.list(tables.layersOfPart, { part })));
  return parts.flat().length;
}

const TOO_MANY = `something is set or drafted for ${MOST_LAYERS} parts of projects already; set it for every project, or drop a draft: its place is free a day later`;

/** Whether nodes go by something else from now on: a draft that is only kept is nothing to them. */
const isSeenByNodes = (before: Layer, after: Layer): boolean =>
  before.version !== after.version ||
  before.draft?.state === 'monitored' ||
  after.draft?.state === 'monitored';

const done = (layer: Layer): Edited => ({ kind: 'done', layer });

function drafted(layer: Layer, document: LayerDocument, author: Author, atMs: number): Layer {
  const draftNumber = layer.draftNumber + 1;
  const base = layer.draft?.base ?? layer.version;
  const written = { number: draftNumber, base, document, author, atMs };
  // What is monitored was asked for as it was, with a fresh factor, and goes on until somebody who shows one ends it.
  const judged = judgedOf(layer.draft);
  if (judged !== null) return { ...layer, draftNumber, draft: { ...written, state: 'monitored', judged } };
  if (textOfEntry(document) === textOfEntry(layer.document)) return { ...layer, draft: null, draftNumber };
  return { ...layer, draftNumber, draft: { ...written, state: 'kept' } };
}

function problemsIn(deps: EditDeps, key: LayerKey, document: LayerDocument): readonly string[] {
  if (isTooLong(document)) return [`${key.part}: it is too long; leave some of it in the configuration file`];
  return deps.problemsOf(key, document);
}

function note(
  { audit }: EditDeps,
  tx: Transaction,
  actor: Author,
  { part, projectId }: LayerKey,
  what: string,
  result: string,
): void {
  audit.note(tx, { actor, action: `${part}.${what}`, object: projectId, result });
}
