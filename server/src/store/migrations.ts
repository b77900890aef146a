import { createHash } from 'node:crypto';
import { accessKeySchema, keyScopeSchema } from './access-key-schema.ts';
import { auditSchema } from './audit-schema.ts';
import { consoleSchema } from './console-schema.ts';
import type { Dialect } from './dialect.ts';
import { factorSchema } from './factor-schema.ts';
import { brakeSchema, guardSchema, tallyLogSchema, textGuardSchema } from './guard-schema.ts';
import { insightSchema } from './insight-schema.ts';
import { layerSchema } from './layer-schema.ts';
import { outgoingSchema } from './outgoing-schema.ts';
import { passkeySchema } from './passkey-schema.ts';
import { proofSchema } from './proof-schema.ts';
import { DatabaseRefused } from './refused.ts';
import { routeSchema } from './route-schema.ts';
import { statementSchema } from './statement-schema.ts';
import { tokenSchema } from './token-schema.ts';

/** One step of the schema. A step that has been released is never edited: its checksum is kept and compared. */
export type Migration = {
  readonly number: number;
  readonly name: string;
  statements(dialect: Dialect): readonly string[];
};

export const MIGRATIONS: readonly Migration[] = [
  { number: 1, name: 'verifications, messages, access keys, settings', statements: first },
  { number: 2, name: 'users, factors, challenges', statements: factorSchema },
  { number: 3, name: 'proofs and what is approved', statements: proofSchema },
  { number: 4, name: 'hardware tokens', statements: tokenSchema },
  { number: 5, name: 'passkeys', statements: passkeySchema },
  { number: 6, name: 'routes, breakers and delivery rates', statements: routeSchema },
  { number: 7, name: 'webhooks, texts, look-ups and idempotency keys', statements: outgoingSchema },
  { number: 8, name: 'what the guard counts', statements: guardSchema },
  { number: 9, name: 'old keys and redeemed proofs', statements: statementSchema },
  { number: 10, name: 'operators of the console', statements: consoleSchema },
  { number: 11, name: 'figures, and by which words rows are found', statements: insightSchema },
  { number: 12, name: 'what was done and by whom, and guesses at the erased', statements: auditSchema },
  { number: 13, name: 'brakes that are closed', statements: brakeSchema },
  { number: 14, name: 'what the guard thought of texts', statements: textGuardSchema },
  { number: 15, name: 'what operators set over the configuration file', statements: layerSchema },
  { number: 17, name: 'access keys that end by themselves', statements: accessKeySchema },
  { number: 18, name: 'what access keys open', statements: keyScopeSchema },
  { number: 19, name: 'counts on their way into their rows', statements: tallyLogSchema },
];

/** The highest number of a step, which need not be how many there are. */
export const NEWEST_STEP = Math.max(...MIGRATIONS.map(({ number }) => number));

export function checksum(migration: Migration, dialect: Dialect): string {
  return createHash('sha256').update(migration.statements(dialect).join(';\n')).digest('hex');
}

/** Where applied steps are written down; made before the first step. */
export function migrationsTable({ types, tableSuffix }: Dialect): string {
  return `CREATE TABLE IF NOT EXISTS migrations (
    number ${types.int} PRIMARY KEY, name ${types.text} NOT NULL, checksum ${types.text} NOT NULL,
    applied_at_ms ${types.int} NOT NULL)${tableSuffix}`;
}

export type Applied = { readonly number: number; readonly checksum: string };

/**
 * The steps still to be taken.
 * @throws Error when the database was made by a newer Roost, or by one that took other steps.
 */
export function outstanding(applied: readonly Applied[], dialect: Dialect): readonly Migration[] {
  for (const step of applied) {
    const known = MIGRATIONS.find(({ number }) => number === step.number);
    if (known === undefined) {
      throw new DatabaseRefused(
        `the database has schema step ${step.number}, this Roost knows ${NEWEST_STEP}: start a newer Roost`,
      );
    }
    if (checksum(known, dialect) !== step.checksum) {
      throw new DatabaseRefused(`schema step ${step.number} of the database is not the one this Roost knows`);
    }
  }
  const taken = new Set(applied.map(({ number }) => number));
  return MIGRATIONS.filter(({ number }) => !taken.has(number));
}

function first({
  name,
  types: { text, int, bytes, hex, id, json },
  tableSuffix,
}: Dialect): readonly string[] {
  // What works about one recipient lock. On SQLite one work writes at a time, so there is nothing to lock.
  const recipients = `CREATE TABLE recipients (
    recipient_key ${hex} NOT NULL, project_id ${text} NOT NULL, mode ${text} NOT NULL,
    PRIMARY KEY (recipient_key, project_id, mode))`;
  const byRecipient = `CREATE INDEX verifications_by_recipient ON verifications (recipient_key)
    WHERE code_digest IS NOT NULL OR wrong_guesses > 0`;
  // SQLite has its index by recipient in memory (see drivers/sqlite-memory.ts), built from this one and the next.
  const guessed =
    'CREATE INDEX verifications_guessed ON verifications (last_wrong_at_ms) WHERE wrong_guesses > 0';
  return [
    ...(name === 'postgres' ? [recipients] : []),
    `CREATE TABLE verifications (
      id ${id} NOT NULL, project_id ${text} NOT NULL, mode ${text} NOT NULL, state ${text} NOT NULL,
      channel ${text} NOT NULL, recipient_key ${hex} NOT NULL, sealed_recipient ${bytes},
      originator ${text} NOT NULL, reference ${text}, wording ${json} NOT NULL, token_length ${int} NOT NULL,
      message_id ${id} NOT NULL, created_at_ms ${int} NOT NULL, expires_at_ms ${int} NOT NULL,
      code_digest ${bytes}, attempts_left ${int}, wrong_guesses ${int} NOT NULL, last_wrong_at_ms ${int},
      closed_at_ms ${int}, reason ${text}, sealed_code ${bytes}, code_is_kept ${text} NOT NULL,
      CHECK ((state = 'open') = (code_digest IS NOT NULL)),
      CHECK ((state = 'open') = (closed_at_ms IS NULL)),
      CHECK (state <> 'open' OR sealed_recipient IS NOT NULL),
      CHECK (attempts_left IS NULL OR attempts_left > 0))${tableSuffix}`,
    'CREATE UNIQUE INDEX verifications_by_id ON verifications (id)',
    name === 'postgres' ? byRecipient : guessed,
    `CREATE INDEX verifications_with_code ON verifications (expires_at_ms)
      WHERE code_digest IS NOT NULL OR sealed_code IS NOT NULL`,
    `CREATE TABLE messages (
      id ${id} NOT NULL, project_id ${text} NOT NULL, mode ${text} NOT NULL, verification_id ${id} NOT NULL,
      state ${text} NOT NULL, channel ${text} NOT NULL, provider ${text} NOT NULL,
      created_at_ms ${int} NOT NULL, expires_at_ms ${int} NOT NULL, reference ${text},
      attempts ${int} NOT NULL, holder ${text}, due_at_ms ${int}, promised ${text},
      sent_at_ms ${int}, ended_at_ms ${int}, reason ${text})${tableSuffix}`,
    'CREATE UNIQUE INDEX messages_by_id ON messages (id)',
    'CREATE INDEX messages_due ON messages (due_at_ms) WHERE due_at_ms IS NOT NULL',
    `CREATE TABLE access_keys (
      digest ${bytes} NOT NULL PRIMARY KEY, id ${text} NOT NULL, project_id ${text} NOT NULL,
      mode ${text} NOT NULL, name ${text} NOT NULL, created_at_ms ${int} NOT NULL,
      revoked_at_ms ${int})${tableSuffix}`,
    `CREATE TABLE settings (name ${text} NOT NULL PRIMARY KEY, value ${text} NOT NULL)${tableSuffix}`,
  ];
}
