import type {
  Layer,
  LayerDocument,
  LayerDraft,
  LayerKey,
  LayerPart,
  LayerVersion,
} from '../../domain/layer.ts';
import type { Query, SqlRow, Table } from '../table.ts';

export const layers: Table<Layer, LayerKey> = {
  name: 'layers',
  columns: {
    ...{ part: 'text', project_id: 'text', version: 'int', document: 'json', author: 'text', at_ms: 'int' },
    ...{ note: 'text', draft_number: 'int', draft: 'json' },
  },
  key: ['part', 'project_id'],
  mutable: ['version', 'document', 'author', 'at_ms', 'note', 'draft_number', 'draft'],
  keyValues: (key) => [key.part, key.projectId],
  keyOf: (layer) => layer,
  toRow: (l) => [...versionRow(l), l.draftNumber, l.draft === null ? null : JSON.stringify(l.draft)],
  fromRow: (row) => ({
    ...versionOf(row),
    draftNumber: row[7] as number,
    draft: row[8] === null ? null : (JSON.parse(row[8] as string) as LayerDraft),
  }),
};

export const allLayers: Query<Layer, Record<never, never>> = {
  name: 'all_layers',
  table: layers as Table<Layer, never>,
  columns: [],
  equals: () => [],
  condition: 'at_ms > ?',
  sinceMs: Number.MAX_SAFE_INTEGER, // however long ago
};

/** All of one part, as works see them: of every project that it was set or drafted for. */
export const layersOfPart: Query<Layer, Pick<LayerKey, 'part'>> = {
  ...allLayers,
  name: 'layers_of_part',
  columns: ['part'],
  equals: ({ part }) => [part],
};

/** Those that nodes go by: in force, or with a draft that is monitored. At most they find a row too many. */
export const countingLayers: Query<Layer, Record<never, never>> = {
  ...allLayers,
  name: 'counting_layers',
  condition: `at_ms > ? AND (version > 0 OR draft LIKE '%"state":"monitored"%')`,
};

export const layerVersions: Table<LayerVersion, Pick<LayerVersion, 'part' | 'projectId' | 'version'>> = {
  name: 'layer_versions',
  columns: {
    ...{ part: 'text', project_id: 'text', version: 'int', document: 'json', author: 'text', at_ms: 'int' },
    note: 'text',
  },
  key: ['part', 'project_id', 'version'],
  mutable: ['note'],
  keyValues: (key) => [key.part, key.projectId, key.version],
  keyOf: (version) => version,
  toRow: (version) => versionRow(version),
  fromRow: (row) => versionOf(row),
};

/** The newest of one part and project. */
export const versionsOfLayer: Query<LayerVersion, LayerKey> = {
  name: 'versions_of_layer',
  table: layerVersions as Table<LayerVersion, never>,
  columns: ['part', 'project_id'],
  equals: (by) => [by.part, by.projectId],
  condition: 'at_ms > ?',
  sinceMs: Number.MAX_SAFE_INTEGER, // however long ago
  newest: { by: 'version', most: 50 },
};

const versionRow = (v: LayerVersion): SqlRow => [
  ...[v.part, v.projectId, v.version, JSON.stringify(v.document), v.author, v.atMs, v.note],
];

const versionOf = (row: SqlRow): LayerVersion => ({
  part: row[0] as LayerPart,
  projectId: row[1] as string,
  version: row[2] as number,
  document: JSON.parse(row[3] as string) as LayerDocument,
  author: row[4] as string | null,
  atMs: row[5] as number,
  note: row[6] as string,
});
