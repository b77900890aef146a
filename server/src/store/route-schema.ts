import type { Dialect } from './dialect.ts';

/** The step of the schema that brings routes: why a message went where, and how providers are doing. */
export function routeSchema({ types, tableSuffix }: Dialect): readonly string[] {
  const { text, int, json } = types;
  return [
    `ALTER TABLE messages ADD COLUMN routing ${json}`,
    // Receipts over a provider's own connection name its reference alone. The sandbox gives none.
    'CREATE INDEX messages_by_reference ON messages (provider, reference) WHERE reference IS NOT NULL',
    `CREATE TABLE breakers (
      provider ${text} NOT NULL PRIMARY KEY, state ${text} NOT NULL, window_at_ms ${int} NOT NULL,
      failures ${int} NOT NULL, successes ${int} NOT NULL, openings ${int} NOT NULL,
      until_ms ${int} NOT NULL)${tableSuffix}`,
    // Each process counts in rows of its own, so that no two wait for one row. Readers add them up.
    `CREATE TABLE delivery_rates (
      provider ${text} NOT NULL, country ${text} NOT NULL, hour_ms ${int} NOT NULL, counter ${text} NOT NULL,
      accepted ${int} NOT NULL, failed ${int} NOT NULL, delivered ${int} NOT NULL, undelivered ${int} NOT NULL,
      delay_ms ${int} NOT NULL, PRIMARY KEY (provider, country, hour_ms, counter))${tableSuffix}`,
  ];
}
