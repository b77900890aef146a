import assert from 'node:assert/strict';
import test from 'node:test';
import { startPostgres } from '../../../testing/postgres.ts';
import { type StartedRoost, startRoost } from '../support/roost.ts';
import { type App, challenge, check, enrolApp, refusalOf, wrong } from './factors.ts';

/** Two Roosts over one PostgreSQL. Their time is the database's, so codes are made for its present moment. */
async function twoNodes(t: Parameters<typeof startRoost>[0]): Promise<readonly [StartedRoost, StartedRoost]> {
  const { url } = await startPostgres(t);
  const env = { DATABASE_URL: url, ROOST_SECRET_KEY: 'ccccccccccccccccccccA1B2c3D4e5F6g7H8i9J0kLm' };
  return [await startRoost(t, { env }), await startRoost(t, { env })];
}

const MANY = 200;

async function successes(ask: (i: number) => Promise<{ status: number; text: string }>): Promise<number> {
  const answers = await Promise.all(Array.from({ length: MANY }, (_, i) => ask(i)));
  for (const answer of answers) assert.ok(answer.status < 500, answer.text);
  return answers.filter(({ status }) => status === 200).length;
}

// Stops a code from being spent once on each node; those of factors are in `every-kind.test.ts`.
test('on two nodes over one PostgreSQL, of 200 parallel right codes for a verification one is accepted', async (t) => {
  const nodes = await twoNodes(t);
  const { id, code } = await nodes[0].createVerification('+31687654321');
  assert.equal(await successes((i) => (i % 2 === 0 ? nodes[0] : nodes[1]).check(id, code)), 1);
});

test('on two nodes, of 100 parallel wrong codes over 20 challenges five are judged', async (t) => {
  const nodes = await twoNodes(t);
  const app = await enrolUnused(nodes[0]);
  const ids = await Promise.all(Array.from({ length: 20 }, () => challenge(nodes[0], 'bob')));
  const code = wrong(app.code());
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, i) =>
      check(i % 2 === 0 ? nodes[0] : nodes[1], ids[i % 20] ?? '', app.id, code),
    ),
  );
  assert.equal(answers.filter((answer) => refusalOf(answer) === 'wrong_code').length, 5);
});

/** The database's clock cannot be moved, so the next code of this app is the one of the coming step. */
const enrolUnused = (roost: StartedRoost): Promise<App> => enrolApp(roost, 'bob');
