import { type Postgres, startPostgres } from '../../testing/postgres.ts';

/** A PostgreSQL of our own, as durable as its defaults make it, with a new database whenever asked. */
export async function startDatabase(
  onClose: (clear: () => void | Promise<void>) => void,
): Promise<{ readonly postgres: Postgres; newDatabase(): Promise<string> }> {
  const postgres = await startPostgres({ after: onClose }, { fsync: true });
  let made = 0;
  return { postgres, newDatabase: () => postgres.createDatabase(`bench_${++made}`) };
}
