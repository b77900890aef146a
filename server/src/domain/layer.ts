/** Parts of the configuration file that operators may lay something over. */
export const LAYER_PARTS = ['guard', 'routes', 'templates'] as const;
export type LayerPart = (typeof LAYER_PARTS)[number];

/** What holds for every project that says nothing else. */
export const EVERY_PROJECT = '*';

/** Over which part, and of which project; `*` for all of them. */
export type LayerKey = { readonly part: LayerPart; readonly projectId: string };

/** What was set, as the configuration file would have it below the part and the project. */
export type LayerDocument = { readonly [name: string]: unknown };

/** A document that was in force, or is. Kept as it is, until there are `MOST_VERSIONS` after it. */
export type LayerVersion = LayerKey & {
  /** 1 for the first. */
  readonly version: number;
  readonly document: LayerDocument;
  /** Id of the operator who put it in force; null for the command line. */
  readonly author: string | null;
  readonly atMs: number;
  /** Why, in the operator's words; may be empty. */
  readonly note: string;
};

/** A document that is being written. */
export type LayerDraft = {
  /** Grows with each change, so that nobody changes or publishes what they have not seen. */
  readonly number: number;
  /** The version from which it was begun; 0 for the file alone. */
  readonly base: number;
  /** `monitored`: rules of it are judged and written down beside those in force. */
  readonly state: 'kept' | 'monitored';
  /** What is judged where the draft was changed since somebody asked for that; left out where it is the document. */
  readonly judged?: LayerDocument;
  readonly document: LayerDocument;
  readonly author: string | null;
  readonly atMs: number;
};

/**
 * What operators set over one part of the configuration file: what is in force, and what is being written. Where nothing
 * ever was in force `atMs` tells when the last draft was given up.
 */
export type Layer = LayerVersion & {
  readonly draft: LayerDraft | null;
  /** Of the last draft, whatever became of it; 0 before the first. */
  readonly draftNumber: number;
};

/**
 * Parts of projects over which something is set or drafted: each node reads through those in force. Of what was drafted
 * and dropped the row counts too, until it goes (see `isForgettable`).
 */
export const MOST_LAYERS = 1_000;
/** Of one part and project; the oldest goes then. */
export const MOST_VERSIONS = 1_000;

/** What of a draft is judged beside what is in force; null where nothing is. */
export const judgedOf = (draft: LayerDraft | null): LayerDocument | null =>
  draft?.state === 'monitored' ? (draft.judged ?? draft.document) : null;

/** Longer than any session lasts: no page is left that shows the draft. */
const REMEMBERED_MS = 24 * 3_600_000;

/**
 * Whether nothing is left of it but the number of its last draft, which nobody can have before them any more: with the
 * row it begins anew, and somebody who saw the first draft must not publish another one of the same number.
 */
export const isForgettable = ({ version, draft, atMs }: Layer, nowMs: number): boolean =>
  version === 0 && draft === null && nowMs >= atMs + REMEMBERED_MS;

export const LONGEST_NOTE = 200;
/** Of a document, as JSON. */
const MOST_CHARACTERS = 200_000;

/** A part of which nothing was set. */
export const noLayer = (key: LayerKey): Layer => ({
  ...{ part: key.part, projectId: key.projectId, version: 0, document: {}, author: null, atMs: 0, note: '' },
  ...{ draft: null, draftNumber: 0 },
});

/** What stands at a place in a document; undefined where nothing does. */
export function entryAt(document: LayerDocument, path: readonly string[]): unknown {
  let found: unknown = document;
  for (const name of path) {
    if (!isRecord(found) || !Object.hasOwn(found, name)) return undefined;
    found = found[name];
  }
  return found;
}

/** The document with something else at a place; with undefined without it, and without what is empty then. */
export function withEntry(document: LayerDocument, path: readonly string[], entry: unknown): LayerDocument {
  const [name, ...rest] = path;
  if (name === undefined) return isRecord(entry) ? entry : {};
  const within = entryAt(document, [name]);
  const next = rest.length === 0 ? entry : withEntry(isRecord(within) ? within : {}, rest, entry);
  const isGone = next === undefined || (rest.length > 0 && Object.keys(next as LayerDocument).length === 0);
  const { [name]: _, ...others } = document;
  return isGone ? others : { ...others, [name]: next };
}

/** One text for all values that say the same, whatever the order of their names. */
export function textOfEntry(value: unknown): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return `[${value.map(textOfEntry).join(',')}]`;
  if (!isRecord(value)) return JSON.stringify(value);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${textOfEntry(value[name])}`).join(',')}}`;
}

export const isTooLong = (document: LayerDocument): boolean =>
  JSON.stringify(document).length > MOST_CHARACTERS;

/** One thing that differs between two documents; null where it is not there. */
export type LayerChange = { readonly path: string; readonly from: unknown; readonly to: unknown };

/** What differs between two documents, down to single values and whole lists. */
export function layerChanges(before: unknown, after: unknown, path = ''): readonly LayerChange[] {
  if (textOfEntry(before) === textOfEntry(after)) return [];
  if (!isRecord(before ?? {}) || !isRecord(after ?? {}))
    return [{ path, from: before ?? null, to: after ?? null }];
  const [was, is] = [(before ?? {}) as LayerDocument, (after ?? {}) as LayerDocument];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((name) =>
    layerChanges(entryAt(was, [name]), entryAt(is, [name]), path === '' ? name : `${path}.${name}`),
  );
}

const isRecord = (value: unknown): value is LayerDocument =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
