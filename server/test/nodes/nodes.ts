import { createHash } from 'node:crypto';
import { after } from 'node:test';
import { startPostgres } from '../../../testing/postgres.ts';
import { type Scope, type StartedRoost, startRoost } from '../support/roost.ts';

/** One PostgreSQL for the tests of a file. Made here, as it must outlive each test. */
const postgres = await startPostgres({ after });
let made = 0;

export const SECRET_KEY = createHash('sha256').update('not a secret: it is for tests').digest('hex');

export type Nodes = {
  readonly databaseUrl: string;
  readonly one: StartedRoost;
  readonly other: StartedRoost;
  /** The nodes in turn. */
  of(i: number): StartedRoost;
};

/** Two nodes over one fresh database. */
export async function startNodes(t: Scope): Promise<Nodes> {
  made += 1;
  const databaseUrl = await postgres.createDatabase(`nodes_${made}`);
  const [one, other] = await Promise.all([startNode(t, databaseUrl), startNode(t, databaseUrl)]);
  return { databaseUrl, one, other, of: (i) => (i % 2 === 0 ? one : other) };
}

export const startNode = (t: Scope, databaseUrl: string): Promise<StartedRoost> =>
  startRoost(t, { env: { DATABASE_URL: databaseUrl, ROOST_SECRET_KEY: SECRET_KEY } });
