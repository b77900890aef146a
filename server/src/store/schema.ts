import type { Connection } from './connection.ts';
import { checksum, MIGRATIONS, type Migration, NEWEST_STEP, outstanding } from './migrations.ts';

export type Step = {
  readonly number: number;
  readonly name: string;
  readonly state: 'taken' | 'outstanding';
};

/**
 * Every step of the schema, and whether the database has taken it.
 * @throws Error when the database was made by a newer Roost, or by one that took other steps
 */
export async function schemaSteps(connection: Connection): Promise<readonly Step[]> {
  const left = outstanding(await connection.applied(), connection.dialect);
  return MIGRATIONS.map((step) => ({
    ...{ number: step.number, name: step.name },
    state: left.includes(step) ? 'outstanding' : 'taken',
  }));
}

/** Takes the outstanding steps up to number `last`, all or none. */
export async function migrate(connection: Connection, nowMs: number): Promise<readonly Migration[]> {
  await connection.begin('write');
  try {
    await connection.holdSchema();
    const taken = await takeSteps(connection, nowMs, NEWEST_STEP);
    await connection.end('COMMIT');
    return taken;
  } catch (error) {
    await connection.end('ROLLBACK');
    throw error;
  }
}

/** Takes the outstanding steps up to number `last`, within a transaction that holds the schema. */
export async function takeSteps(
  connection: Connection,
  nowMs: number,
  last: number,
): Promise<readonly Migration[]> {
  const { dialect } = connection;
  const left = outstanding(await connection.applied(), dialect).filter(({ number }) => number <= last);
  for (const step of left) {
    for (const statement of step.statements(dialect)) await connection.run(statement);
    await connection.run(
      'INSERT INTO migrations (number, name, checksum, applied_at_ms) VALUES (?, ?, ?, ?)',
      [step.number, step.name, checksum(step, dialect), nowMs],
    );
  }
  return left;
}
