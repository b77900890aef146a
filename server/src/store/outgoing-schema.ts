import type { Dialect } from './dialect.ts';

/** The step of the schema that brings webhooks, texts without a code, look-ups in networks and idempotency keys. */
export function outgoingSchema({ types, tableSuffix }: Dialect): readonly string[] {
  const { text, int, bytes, hex, id, json } = types;
  const scoped = `project_id ${text} NOT NULL, mode ${text} NOT NULL`;
  return [
    // Set where the create that it came of said whom to tell.
    `ALTER TABLE messages ADD COLUMN is_reported ${text}`,
    `CREATE TABLE webhook_endpoints (
      id ${id} NOT NULL, ${scoped}, sealed_url ${bytes} NOT NULL, name ${text}, events ${json} NOT NULL,
      recipients ${text} NOT NULL, sealed_secret ${bytes} NOT NULL, sealed_old_secret ${bytes},
      old_secret_until_ms ${int}, created_at_ms ${int} NOT NULL, failing_since_ms ${int},
      disabled_at_ms ${int}, disabled_reason ${text})${tableSuffix}`,
    'CREATE UNIQUE INDEX webhook_endpoints_by_id ON webhook_endpoints (id)',
    // One row for each thing that events are told of. Its lock keeps them, and their deliveries, in order.
    `CREATE TABLE event_streams (
      id ${id} NOT NULL, ${scoped}, last_sequence ${int} NOT NULL, sealed_report_url ${bytes})${tableSuffix}`,
    'CREATE UNIQUE INDEX event_streams_by_id ON event_streams (id)',
    `CREATE TABLE webhook_deliveries (
      id ${id} NOT NULL, ${scoped}, endpoint_id ${hex} NOT NULL, stream ${hex} NOT NULL, sequence ${int} NOT NULL,
      type ${text} NOT NULL, sealed_body ${bytes} NOT NULL, sealed_url ${bytes}, state ${text} NOT NULL,
      attempts ${json} NOT NULL, holder ${text}, due_at_ms ${int}, created_at_ms ${int} NOT NULL,
      ended_at_ms ${int})${tableSuffix}`,
    'CREATE UNIQUE INDEX webhook_deliveries_by_id ON webhook_deliveries (id)',
    `CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, due_at_ms)
      WHERE due_at_ms IS NOT NULL`,
    'CREATE INDEX webhook_deliveries_by_stream ON webhook_deliveries (stream)',
    'CREATE INDEX webhook_deliveries_by_endpoint ON webhook_deliveries (endpoint_id, id)',
    `CREATE TABLE texts (
      id ${id} NOT NULL, ${scoped}, batch_id ${hex} NOT NULL, place ${int} NOT NULL, kind ${text} NOT NULL,
      channel ${text} NOT NULL, recipient_key ${hex} NOT NULL, sealed_recipient ${bytes}, sealed_body ${bytes},
      sealed_report_url ${bytes}, originator ${text} NOT NULL, reference ${text}, wording ${json} NOT NULL,
      details ${json} NOT NULL, message_id ${id} NOT NULL, created_at_ms ${int} NOT NULL,
      scheduled_at_ms ${int}, expires_at_ms ${int} NOT NULL, canceled_at_ms ${int})${tableSuffix}`,
    'CREATE UNIQUE INDEX texts_by_id ON texts (id)',
    'CREATE INDEX texts_by_batch ON texts (batch_id)',
    'CREATE INDEX texts_shown ON texts (expires_at_ms) WHERE sealed_body IS NOT NULL',
    `CREATE TABLE hlrs (
      id ${id} NOT NULL, ${scoped}, number_key ${hex} NOT NULL, sealed_number ${bytes}, reference ${text},
      state ${text} NOT NULL, provider ${text} NOT NULL, upstream_id ${text}, network ${int},
      sealed_details ${bytes}, attempts ${int} NOT NULL, holder ${text}, due_at_ms ${int},
      created_at_ms ${int} NOT NULL, status_at_ms ${int} NOT NULL)${tableSuffix}`,
    'CREATE UNIQUE INDEX hlrs_by_id ON hlrs (id)',
    'CREATE INDEX hlrs_by_number ON hlrs (number_key)',
    'CREATE INDEX hlrs_due ON hlrs (due_at_ms) WHERE due_at_ms IS NOT NULL',
    `CREATE TABLE idempotency_keys (
      key_hash ${hex} NOT NULL, ${scoped}, request_digest ${hex} NOT NULL, sealed_answer ${bytes} NOT NULL,
      created_at_ms ${int} NOT NULL, PRIMARY KEY (key_hash, project_id, mode))${tableSuffix}`,
    'CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at_ms)',
  ];
}
