import type { Parameters } from './parameters.ts';
import { type Failure, type Load, type Outcome, type Shape, simulate } from './simulate.ts';

type Row = Readonly<Record<string, string | number>>;
export type Scenario = { readonly title: string; readonly rows: readonly Row[] };

const WARM_UP_MS = 500;
const NONE: Failure = { kind: 'none' };
/** Between machines of one hall, of one region's halls, and to a client nearby. */
const HALL_MS = 0.2;
const ZONES_MS = 1.2;
const CLIENT_MS = 20;

/** The questions that docs/scaling.md asks, each a table. */
export function scenarios(parameters: Parameters, seed: number): readonly Scenario[] {
  const run = (shape: Shape, load: Load, failure = NONE, measureMs = 2_000): Outcome =>
    simulate(parameters, shape, { seed, warmUpMs: WARM_UP_MS, measureMs, load, failure });
  return [moreNodes(run), copies(run), moreShards(run), commitPaths(run), failures(run)];
}

type Run = (shape: Shape, load: Load, failure?: Failure, measureMs?: number) => Outcome;

const apart = (
  options: Partial<Omit<Shape, 'place'>> & { hopMs?: number; databaseCores?: number } = {},
): Shape => {
  const { hopMs = HALL_MS, databaseCores = 8, ...shape } = options;
  return {
    ...{ nodes: 1, shards: 1, lanes: 'one', replicaMs: ZONES_MS, lagMs: 0, ...shape },
    place: { kind: 'apart', databaseCores, hopMs, clientMs: CLIENT_MS },
  };
};

/** The most that a shape does, with whatever number of callers suits it best. */
function most(run: Run, shape: Shape): Outcome {
  const outcomes = [256, 768, 2_048].map((connections) =>
    run(shape, { kind: 'closed', connections: connections * shape.nodes, work: 'pairs' }),
  );
  return outcomes.reduce((best, next) => (next.perSecond > best.perSecond ? next : best));
}

const figures = (outcome: Outcome): Row => ({
  'pairs per s': Math.round(outcome.perSecond),
  'node busy %': Math.round(outcome.nodeBusy * 100),
  'batches per s': Math.round(outcome.batchesPerSecond),
});

function moreNodes(run: Run): Scenario {
  const rows = [1, 2, 4, 8, 16].map(
    (nodes): Row => ({
      nodes,
      ...figures(most(run, apart({ nodes }))),
    }),
  );
  return { title: 'Nodes over one PostgreSQL of 8 cores with a synchronous copy in another hall', rows };
}

function copies(run: Run): Scenario {
  const rows = [
    ['none, or it follows later', null],
    ['same hall', HALL_MS],
    ['another hall of the region', ZONES_MS],
    ['another region, 15 ms', 15],
    ['another continent, 80 ms', 80],
  ].map(([copy, replicaMs]): Row => {
    const shape = apart({ nodes: 2, replicaMs: replicaMs as number | null });
    const quiet = run(shape, { kind: 'open', pairsPerSecond: 500 });
    const full = most(run, shape);
    return {
      'synchronous copy': String(copy),
      'p50 ms at 500 pairs/s': quiet.p50Ms.toFixed(1),
      'p99 ms': quiet.p99Ms.toFixed(1),
      'most pairs per s': Math.round(full.perSecond),
    };
  });
  return { title: 'Where the copy is that must have a commit (2 nodes; client 20 ms there and back)', rows };
}

function moreShards(run: Run): Scenario {
  const rows = [1, 2, 4, 8].flatMap((shards) =>
    (shards === 1 ? (['by shard'] as const) : (['by shard', 'one'] as const)).map((lanes): Row => {
      const nodes = 4 * shards;
      const outcome = most(run, apart({ nodes, shards, lanes }));
      const path = lanes === 'one' ? 'one batch over all, two phases' : 'a batch for each shard';
      return { shards, nodes, path: shards === 1 ? 'one shard' : path, ...figures(outcome) };
    }),
  );
  return { title: 'Sharded by recipient: 4 nodes and 8 database cores for each shard', rows };
}

function commitPaths(run: Run): Scenario {
  const ways = [
    ['home region: shard and quorum in it', HALL_MS, ZONES_MS],
    ['home shard, quorum of three regions 15 ms apart', HALL_MS, 15],
    ['node 15 ms away from the shard', 15, ZONES_MS],
    ['node 80 ms away from the shard', 80, ZONES_MS],
    ['node and quorum 80 ms away', 80, 80],
  ] as const;
  const rows = ways.map(([where, hopMs, replicaMs]): Row => {
    const shape = apart({ nodes: 2, hopMs, replicaMs });
    const quiet = run(shape, { kind: 'open', pairsPerSecond: 500 }, NONE, 4_000);
    return {
      where,
      'p50 ms': quiet.p50Ms.toFixed(1),
      'p99 ms': quiet.p99Ms.toFixed(1),
      'most pairs per s': Math.round(most(run, shape).perSecond),
    };
  });
  return { title: 'Regions: what one create or check takes (500 pairs a second)', rows };
}

function failures(run: Run): Scenario {
  const rate: Load = { kind: 'open', pairsPerSecond: 1_000 };
  const awayMs = 9_000;
  const cases: readonly (readonly [string, Shape, Failure])[] = [
    ['primary; its copy has every commit', apart({ nodes: 4 }), { kind: 'primary', atMs: 3_000, awayMs }],
    [
      'primary; its copy is 100 ms behind',
      apart({ nodes: 4, replicaMs: null, lagMs: 100 }),
      { kind: 'primary', atMs: 3_000, awayMs },
    ],
    [
      'primary of 1 of 8 shards, a batch for each',
      apart({ nodes: 8, shards: 8, lanes: 'by shard' }),
      { kind: 'primary', atMs: 3_000, awayMs },
    ],
    [
      'primary of 1 of 8 shards, one batch over all',
      apart({ nodes: 8, shards: 8, lanes: 'one' }),
      { kind: 'primary', atMs: 3_000, awayMs },
    ],
    ['1 of 4 nodes, noticed after 2 s', apart({ nodes: 4 }), { kind: 'node', atMs: 3_000, awayMs: 2_000 }],
  ];
  const rows = cases.map(([what, shape, failure]): Row => {
    const outcome = run(shape, rate, failure, 20_000);
    const asked = outcome.done + outcome.refused;
    return {
      'what fails': what,
      'refused of 40,000': Math.round((outcome.refused / asked) * 40_000),
      'p99 ms': outcome.p99Ms.toFixed(0),
      lost: outcome.lost,
    };
  });
  return { title: 'A failure in 20 s of 1,000 pairs a second (the primary is away for 9 s)', rows };
}
