import type { Key } from '../../src/domain/scope.ts';
import { POSTGRES } from '../../src/store/dialect.ts';
import {
  begin,
  CLOCK,
  COMMIT,
  ROLLBACK,
  recipients,
  SetStatements,
} from '../../src/store/drivers/postgres-statements.ts';
import { MIGRATIONS, migrationsTable } from '../../src/store/migrations.ts';
import { createReader } from '../../src/store/reader.ts';
import { tables } from '../../src/store/store.ts';
import type { Query, SqlValue, Table } from '../../src/store/table.ts';

type AnyTable = Table<never, never>;
type AnyQuery = Query<never, never>;

/** Every statement that a node sends to PostgreSQL while it serves. */
export async function allStatements(): Promise<string[]> {
  const sets = new SetStatements();
  const ofTables = [...allTables(), recipients as AnyTable].flatMap((table) => [
    ...[sets.get(table, 'wait'), sets.get(table, 'pass'), sets.have(table), sets.ensure(table)],
    ...[sets.insert(table), sets.remove(table)],
    ...(table.mutable.length > 0 ? [sets.update(table)] : []),
  ]);
  const begins = [...begin({ isCockroach: false }), ...begin({ isCockroach: true })];
  const ofQueries = allQueries().map((query) => sets.list(query));
  return [
    ...[...ofTables, ...ofQueries, ...begins, CLOCK, COMMIT, ROLLBACK].map(({ text }) => text),
    ...(await questions()),
  ];
}

/** Every statement that makes or changes the schema. */
export const schemaStatements = (): string[] => [
  migrationsTable(POSTGRES),
  ...MIGRATIONS.flatMap((step) => step.statements(POSTGRES)),
];

export const allTables = (): AnyTable[] =>
  Object.values(tables).filter((one) => 'keyValues' in one) as unknown as AnyTable[];

export const allQueries = (): AnyQuery[] =>
  Object.values(tables).filter((one) => 'equals' in one) as unknown as AnyQuery[];

/** What `Reader` asks, taken down as it asks it. */
async function questions(): Promise<string[]> {
  const asked: string[] = [];
  const ids = { fresh: () => '', toStored: () => Buffer.alloc(16), fromStored: () => '' };
  const run = (sql: string, _: readonly SqlValue[]) => {
    asked.push(sql);
    return [];
  };
  const reader = createReader(run, ids) as unknown as Record<
    string,
    (...args: unknown[]) => Promise<unknown>
  >;
  const scope = { projectId: 'p', mode: 'test' };
  const message = { ...scope, id: 'a'.repeat(32), state: 'delivered', createdAtMs: 1, endedAtMs: 1 };
  const carried = {
    provider: 'x',
    nowMs: 1,
    limit: 1,
    scope,
    recipientKey: 'ab',
    show: 'arrived',
    after: message,
  };
  const known: { readonly [name: string]: () => unknown[][] } = {
    get: () => allTables().map((table) => [{ ...table, keyValues: () => [] }, {} as Key]),
    list: () => allQueries().map((query) => [{ ...query, equals: () => [] }, {}, 1]),
    madeBefore: () => [[tables.verifications, { after: null, beforeMs: 1, limit: 1 }]],
    page: () => [[tables.texts, { scope, where: { kind: 'x', canceled_at_ms: null }, offset: 0, limit: 1 }]],
    dueDeliveries: () => [['ab', 1, 1]],
    carriedTexts: () => [
      [carried],
      [{ ...carried, scope: null, recipientKey: null, show: 'all', after: null }],
    ],
    carried: () => [[carried], [{ ...carried, scope: null, recipientKey: null, show: 'all', after: null }]],
  };
  const question = {
    after: 'ab',
    before: 'ab',
    limit: 1,
    nowMs: 1,
    ownerId: 'ab',
    rows: 1,
    recipientKey: 'ab',
  };
  const filters = ['open', 'expired', 'failed'].map((state) => ({
    ...{ ...scope, recipientKey: 'ab', state, country: state === 'open' ? 'NL' : 'ZZ', reason: 'x' },
  }));
  const within: { readonly [name: string]: unknown[][] } = {
    ...{ countedMessages: [[['ab']]], verificationsAt: [[['ab']]], keyOf: [['refusals', 'ab']] },
    ...{ placesAfter: [['refusals', 'ab', 1]], placeBack: [['refusals', 'ab', 1]] },
    ...{ sievesBefore: [['refusals', 'ab', 1]], about: [['texts', question]] },
    listVerifications: filters.map((where) => [{ ...question, where }]),
    listRefusals: filters.map((where) => [{ ...question, where }]),
  };
  for (const [name, ask] of Object.entries(reader)) {
    if (typeof ask === 'function') {
      for (const args of known[name]?.() ?? [[1, 1]]) await ask(...args);
      continue;
    }
    const room = ask as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
    for (const [of, some] of Object.entries(room)) {
      for (const args of within[of] ?? [[question]]) await some(...args);
    }
  }
  return asked.map((sql) => sql.replaceAll('?', '$1'));
}
