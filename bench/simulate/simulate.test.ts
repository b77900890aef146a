import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '../driver/random.ts';
import { Disk, draw, Engine, Machine } from './engine.ts';
import type { Parameters } from './parameters.ts';
import { type Run, type Shape, simulate } from './simulate.ts';

const STILL: Parameters = {
  node: { createMs: 0.1, settleMs: 0.05, checkMs: 0.06, batchMs: 0.2 },
  database: { createMs: 0.05, settleMs: 0.02, checkMs: 0.03, batchMs: 0.4 },
  driverMs: 0.01,
  loopbackMs: 0.05,
  sync: { medianMs: 0.1, p99Ms: 0.1 },
  cores: 8,
  crowding: 1,
};
const HERE: Shape = {
  ...{ nodes: 1, shards: 1, lanes: 'one', replicaMs: null, lagMs: 0 },
  place: { kind: 'one machine', cores: 8 },
};
const FAR: Shape = {
  ...HERE,
  place: { kind: 'apart', databaseCores: 8, hopMs: 1, clientMs: 10 },
};
const CALM: Run = {
  ...{ seed: 3, warmUpMs: 100, measureMs: 1_000 },
  load: { kind: 'closed', connections: 1, work: 'check' },
  failure: { kind: 'none' },
};

function near(actual: number, expected: number, share: number): void {
  assert.ok(
    Math.abs(actual - expected) <= expected * share,
    `${actual} is not within ${share} of ${expected}`,
  );
}

test('what is due later happens later, and what is due at once in the order it was planned', () => {
  const engine = new Engine();
  const seen: string[] = [];
  for (const [delayMs, name] of [
    [3, 'd'],
    [1, 'a'],
    [2, 'c'],
    [1, 'b'],
    [9, 'never'],
  ] as const) {
    engine.after(delayMs, () => seen.push(`${name}${engine.nowMs}`));
  }
  engine.run(5);
  assert.deepEqual(seen, ['a1', 'b1', 'c2', 'd3']);
});

test('three busy threads on two cores share them evenly, and the last goes on at full speed', () => {
  const engine = new Engine();
  const machine = new Machine(engine, 2);
  const ended: number[] = [];
  for (const workMs of [2, 2, 4]) machine.thread().run(workMs, () => ended.push(engine.nowMs));
  engine.run(100);
  // Each has 2/3 of a core until 3 ms, when two are done; of the third, 2 ms of work are left.
  assert.deepEqual(
    ended.map((ms) => Math.round(ms * 1e6) / 1e6),
    [3, 3, 5],
  );
});

test('a core is slower while the other works too', () => {
  const engine = new Engine();
  const machine = new Machine(engine, 2, 0.8);
  const ended: number[] = [];
  for (const workMs of [0.8, 1.8]) machine.thread().run(workMs, () => ended.push(engine.nowMs));
  engine.run(100);
  assert.deepEqual(
    ended.map((ms) => Math.round(ms * 1e6) / 1e6),
    [1, 2],
  );
});

test('commits that ask while a write is under way share the next one', () => {
  const engine = new Engine();
  const disk = new Disk(engine, () => 10);
  const ended: number[] = [];
  for (const atMs of [0, 1, 2, 9]) engine.after(atMs, () => disk.sync(() => ended.push(engine.nowMs)));
  engine.run(100);
  assert.deepEqual(ended, [10, 20, 20, 20]);
  assert.equal(disk.syncs, 2);
});

test('drawn durations have the median and the 99th percentile they were given', () => {
  const random = seeded(7);
  const drawn = Array.from({ length: 50_000 }, () => draw(random, { medianMs: 2, p99Ms: 9 })).sort(
    (a, b) => a - b,
  );
  near(drawn[25_000] ?? 0, 2, 0.03);
  near(drawn[49_500] ?? 0, 9, 0.06);
});

test('one lonely check takes the sum of its parts', () => {
  const { node, database, driverMs, loopbackMs, sync } = STILL;
  const sumMs =
    driverMs +
    node.checkMs +
    node.batchMs +
    database.checkMs +
    database.batchMs +
    sync.medianMs +
    3 * loopbackMs;
  const { perSecond, p50Ms } = simulate(STILL, HERE, CALM);
  near(p50Ms, sumMs, 0.02);
  near(perSecond, 1000 / sumMs, 0.02);
});

test('many callers share batches, until the node has no time left', () => {
  const load = { kind: 'closed', connections: 256, work: 'check' } as const;
  const outcome = simulate(STILL, HERE, { ...CALM, load });
  const most = 1000 / STILL.node.checkMs;
  assert.ok(outcome.perSecond < most, `${outcome.perSecond} is more than one thread can do`);
  assert.ok(outcome.perSecond > most * 0.5, `${outcome.perSecond} is far below what one thread can do`);
  assert.ok(outcome.batchesPerSecond < outcome.perSecond / 20, 'batches are not shared');
});

test('the same seed gives the same outcome, another gives another', () => {
  const load = { kind: 'open', pairsPerSecond: 500 } as const;
  const uneven = { ...STILL, sync: { medianMs: 0.1, p99Ms: 1 } };
  const once = simulate(uneven, FAR, { ...CALM, load });
  assert.deepEqual(simulate(uneven, FAR, { ...CALM, load }), once);
  assert.notDeepEqual(simulate(uneven, FAR, { ...CALM, load, seed: 4 }), once);
});

test('a primary that fails loses nothing that its copy had to have first, and what a late copy had not seen yet', () => {
  const load = { kind: 'open', pairsPerSecond: 500 } as const;
  const failure = { kind: 'primary', atMs: 1_000, awayMs: 2_000 } as const;
  const run: Run = { ...CALM, measureMs: 6_000, load, failure };
  const kept = simulate(STILL, { ...FAR, replicaMs: 1 }, run);
  assert.equal(kept.lost, 0);
  // An outage shorter than the patience of the nodes refuses only what was being committed.
  assert.ok(kept.refused < 20, `${kept.refused} were refused`);
  const late = simulate(STILL, { ...FAR, lagMs: 100 }, run);
  near(late.lost, 100, 0.4);
});

test('an outage longer than the patience of the nodes refuses work, and only then', () => {
  const load = { kind: 'open', pairsPerSecond: 200 } as const;
  const failure = { kind: 'primary', atMs: 1_000, awayMs: 9_000 } as const;
  const { refused } = simulate(
    STILL,
    { ...FAR, replicaMs: 1 },
    { ...CALM, measureMs: 14_000, load, failure },
  );
  // What came in the first 4 of the 9 s had waited for 5 s when it was refused.
  near(refused, 4 * 400, 0.25);
});

test('a batch over several shards pays for two phases, a batch for each shard does not', () => {
  const shape: Shape = { ...FAR, shards: 4, replicaMs: 20 };
  const load = { kind: 'closed', connections: 64, work: 'check' } as const;
  const [one, each] = (['one', 'by shard'] as const).map((lanes) =>
    simulate(STILL, { ...shape, lanes }, { ...CALM, load }),
  );
  assert.ok((one?.p50Ms ?? 0) > (each?.p50Ms ?? 0) + 10, `${one?.p50Ms} and ${each?.p50Ms} ms`);
});
