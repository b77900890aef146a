import assert from 'node:assert/strict';
import test from 'node:test';
import { allStatements, schemaStatements } from './sql.ts';

// Roost grows into a distributed engine by changing DATABASE_URL, so it speaks only what PostgreSQL, CockroachDB and
// YugabyteDB all read. Before a word is added here, look it up in the documentation of all three; docs/databases.md
// says what was found.
const WORDS = new Set(
  `ALL AND AS ASC BETWEEN BIGINT BY BYTEA CAST COMMIT CONFLICT COUNT CROSS DELETE DESC DISTINCT DO EPOCH EXISTS EXTRACT
   FALSE FOR FROM GROUP IN INSERT INTO IS JOIN LATERAL LEFT LIKE LIMIT LOCKED NOT NOTHING NULL OF OFFSET ON OR ORDER ROLLBACK SELECT SET
   SKIP TEXT TRUE UNION UPDATE USING VALUES WHERE`.split(/\s+/),
);
const SCHEMA_WORDS = new Set([
  ...WORDS,
  ...'ADD ALTER CHECK COLUMN CREATE DEFAULT DROP IF INDEX KEY PRIMARY REFERENCES TABLE UNIQUE'.split(' '),
]);
const FUNCTIONS = new Set(['unnest', 'clock_timestamp', 'count', 'min', 'max', 'sum', 'coalesce', 'lower']);
/** What begins a transaction, told word for word: isolation and limits, which hold for it alone. */
const BEGINNING = 'BEGIN ISOLATION LEVEL READ COMMITTED';
const SETTINGS =
  /set_config\('(statement_timeout|lock_timeout|idle_in_transaction_session_timeout|enable_(seqscan|hashjoin|mergejoin))', '(off|\d+)', TRUE\)/g;

test('every statement speaks what PostgreSQL, CockroachDB and YugabyteDB all read', async () => {
  const statements = await allStatements();
  assert.ok(statements.length > 40);
  assert.deepEqual(
    statements
      .filter((sql) => sql !== BEGINNING)
      .flatMap((sql) => problemsOf(sql.replace(SETTINGS, ''), WORDS)),
    [],
  );
  assert.deepEqual(
    schemaStatements().flatMap((sql) => problemsOf(sql, SCHEMA_WORDS)),
    [],
  );
});

test('whatever locks rows does so in the order of their keys, as deadlocks would come of anything else', async () => {
  const locking = (await allStatements()).filter((sql) => /\bFOR UPDATE\b/.test(sql));
  assert.ok(locking.length > 5);
  for (const sql of locking) assert.match(sql, /ORDER BY [\w., ]+ FOR UPDATE OF t( SKIP LOCKED)?$/);
});

test('the lint finds what one of them does not read', () => {
  for (const sql of [
    'SELECT pg_advisory_xact_lock(1)',
    'LISTEN jobs',
    "SELECT nextval('s')",
    'MERGE INTO a USING b ON a.id = b.id',
    'SELECT a FROM b FOR NO KEY UPDATE',
    'INSERT INTO a (b) VALUES (now())',
    'SELECT a::jsonb FROM b',
    'SHOW lock_timeout',
    "SELECT set_config('a', 'b', FALSE)",
  ]) {
    assert.notDeepEqual(problemsOf(sql, WORDS), [], sql);
  }
  assert.notDeepEqual(problemsOf('CREATE TABLE a (b SERIAL)', SCHEMA_WORDS), []);
  assert.notDeepEqual(problemsOf('CREATE INDEX a ON b USING gin (c)', SCHEMA_WORDS), []);
});

/** Words, functions and signs of a statement that are not on the lists. Keywords are written in capitals. */
function problemsOf(sql: string, words: ReadonlySet<string>): string[] {
  const bare = sql.replace(/'[^']*'/g, "''");
  const capitals = [...bare.matchAll(/\b[A-Z]+\b/g)].map(([word]) => word).filter((word) => !words.has(word));
  const called = [...bare.matchAll(/\b([a-z_]\w*)\(/g)].map(([, name]) => name ?? '');
  const functions = called.filter((name) => !FUNCTIONS.has(name));
  const signs = [...bare.matchAll(/::(?!(BYTEA|TEXT|BIGINT)(\[\])?\b)\w+|[@#~^&|`"{}\\]|->/g)].map(
    ([sign]) => sign,
  );
  const indexes = /\bUSING \w+ \(/.test(bare) ? ['USING of an index'] : [];
  return [...capitals, ...functions, ...signs, ...indexes].map((what) => `${what} in: ${sql}`);
}
