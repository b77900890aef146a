import type { EventType } from '../../domain/event.ts';
import type { Key, Mode, Scope } from '../../domain/scope.ts';
import type { Attempt, Delivery, Endpoint, StreamOfEndpoint } from '../../domain/webhook.ts';
import {
  bufferOf,
  bytesHex,
  hexBytes,
  type Query,
  type SqlRow,
  type SqlValue,
  type Table,
} from '../table.ts';

const bytesOrNull = (value: SqlValue | undefined): Uint8Array | null =>
  value === null || value === undefined ? null : bufferOf(value);

export const webhookEndpoints: Table<Endpoint, Key> = {
  name: 'webhook_endpoints',
  columns: {
    id: 'id',
    project_id: 'text',
    mode: 'text',
    sealed_url: 'bytes',
    name: 'text',
    events: 'json',
    recipients: 'text',
    sealed_secret: 'bytes',
    sealed_old_secret: 'bytes',
    old_secret_until_ms: 'int',
    created_at_ms: 'int',
    failing_since_ms: 'int',
    disabled_at_ms: 'int',
    disabled_reason: 'text',
  },
  key: ['id', 'project_id', 'mode'],
  mutable: [
    ...['sealed_url', 'name', 'events', 'recipients', 'sealed_secret', 'sealed_old_secret'],
    ...['old_secret_until_ms', 'failing_since_ms', 'disabled_at_ms', 'disabled_reason'],
  ],
  keyValues: (key) => [key.id, key.projectId, key.mode],
  keyOf: (endpoint) => endpoint,
  toRow: (e) => [
    ...[e.id, e.projectId, e.mode, e.sealedUrl, e.name, JSON.stringify(e.events), e.recipients],
    ...[e.sealedSecret, e.oldSecret?.sealed ?? null, e.oldSecret?.untilMs ?? null, e.createdAtMs],
    ...[e.failingSinceMs, e.disabled?.atMs ?? null, e.disabled?.reason ?? null],
  ],
  fromRow: endpointOf,
};

function endpointOf(row: SqlRow): Endpoint {
  const oldSecret = bytesOrNull(row[8]);
  return {
    ...{ id: row[0] as string, projectId: row[1] as string, mode: row[2] as Mode },
    sealedUrl: bufferOf(row[3]),
    name: row[4] as string | null,
    events: JSON.parse(row[5] as string) as readonly EventType[] | null,
    recipients: row[6] as Endpoint['recipients'],
    sealedSecret: bufferOf(row[7]),
    oldSecret: oldSecret === null ? null : { sealed: oldSecret, untilMs: row[9] as number },
    createdAtMs: row[10] as number,
    failingSinceMs: row[11] as number | null,
    disabled: row[12] === null ? null : { atMs: row[12] as number, reason: row[13] as string },
  };
}

/** All endpoints of one mode, of every project. */
export const webhookEndpointsIn: Query<Endpoint, { readonly mode: Mode }> = {
  name: 'webhook_endpoints_in',
  table: webhookEndpoints as Table<Endpoint, never>,
  columns: ['mode'],
  equals: (by) => [by.mode],
  condition: 'created_at_ms > ?',
  sinceMs: Number.MAX_SAFE_INTEGER, // however long ago
};

export const webhookEndpointsOf: Query<Endpoint, Scope> = {
  ...webhookEndpointsIn,
  name: 'webhook_endpoints_of',
  columns: ['project_id', 'mode'],
  equals: (by) => [by.projectId, by.mode],
};

/** How many events have been told of something, and where they are reported to beside the endpoints. */
export type EventStream = Key & {
  readonly lastSequence: number;
  readonly sealedReportUrl: Uint8Array | null;
};

export const eventStreams: Table<EventStream, Key> = {
  name: 'event_streams',
  columns: { id: 'id', project_id: 'text', mode: 'text', last_sequence: 'int', sealed_report_url: 'bytes' },
  key: ['id', 'project_id', 'mode'],
  mutable: ['last_sequence', 'sealed_report_url'],
  keyValues: (key) => [key.id, key.projectId, key.mode],
  keyOf: (stream) => stream,
  toRow: (s) => [s.id, s.projectId, s.mode, s.lastSequence, s.sealedReportUrl],
  fromRow: (row) => ({
    ...{ id: row[0] as string, projectId: row[1] as string, mode: row[2] as Mode },
    lastSequence: row[3] as number,
    sealedReportUrl: bytesOrNull(row[4]),
  }),
};

export const webhookDeliveries: Table<Delivery, Key> = {
  name: 'webhook_deliveries',
  columns: {
    id: 'id',
    project_id: 'text',
    mode: 'text',
    endpoint_id: 'hex',
    stream: 'hex',
    sequence: 'int',
    type: 'text',
    sealed_body: 'bytes',
    sealed_url: 'bytes',
    state: 'text',
    attempts: 'json',
    holder: 'text',
    due_at_ms: 'int',
    created_at_ms: 'int',
    ended_at_ms: 'int',
  },
  key: ['id', 'project_id', 'mode'],
  mutable: ['state', 'attempts', 'holder', 'due_at_ms', 'ended_at_ms'],
  keyValues: (key) => [key.id, key.projectId, key.mode],
  keyOf: (delivery) => delivery,
  toRow: (d) => [
    ...[d.id, d.projectId, d.mode, hexBytes(d.endpointId), hexBytes(d.stream), d.sequence, d.type],
    ...[d.sealedBody, d.sealedUrl, d.state, JSON.stringify(d.attempts), d.holder, d.dueAtMs],
    ...[d.createdAtMs, d.endedAtMs],
  ],
  fromRow: (row) => ({
    ...{ id: row[0] as string, projectId: row[1] as string, mode: row[2] as Mode },
    endpointId: bytesHex(row[3]),
    stream: bytesHex(row[4]),
    sequence: row[5] as number,
    type: row[6] as string,
    sealedBody: bufferOf(row[7]),
    sealedUrl: bytesOrNull(row[8]),
    state: row[9] as Delivery['state'],
    attempts: JSON.parse(row[10] as string) as readonly Attempt[],
    holder: row[11] as string | null,
    dueAtMs: row[12] as number | null,
    createdAtMs: row[13] as number,
    endedAtMs: row[14] as number | null,
  }),
};

/** Everything that was told, or is to be told, of one stream. */
export const deliveriesOfStream: Query<Delivery, Scope & { readonly stream: string }> = {
  name: 'deliveries_of_stream',
  table: webhookDeliveries as Table<Delivery, never>,
  columns: ['stream', 'project_id', 'mode'],
  equals: (by) => [hexBytes(by.stream), by.projectId, by.mode],
  condition: 'created_at_ms > ?',
  sinceMs: Number.MAX_SAFE_INTEGER, // however long ago
};

/** What an endpoint has not been told yet of one stream. */
export const untold: Query<Delivery, StreamOfEndpoint> = {
  name: 'untold',
  table: webhookDeliveries as Table<Delivery, never>,
  columns: ['stream', 'endpoint_id', 'project_id', 'mode'],
  equals: (by) => [hexBytes(by.stream), hexBytes(by.endpointId), by.projectId, by.mode],
  condition: "state IN ('waiting', 'pending') AND created_at_ms > ?",
  sinceMs: Number.MAX_SAFE_INTEGER,
};

/** All that was told of one stream, or is to be. */
export const toldOf: Query<Delivery, Omit<StreamOfEndpoint, 'endpointId'>> = {
  name: 'told_of',
  table: webhookDeliveries as Table<Delivery, never>,
  columns: ['stream', 'project_id', 'mode'],
  equals: (by) => [hexBytes(by.stream), by.projectId, by.mode],
  condition: 'created_at_ms > ?',
  sinceMs: Number.MAX_SAFE_INTEGER, // however long ago
};
