import { Histogram } from '../driver/histogram.ts';
import { between, type Random, seeded } from '../driver/random.ts';
import { Shard } from './database.ts';
import { Engine, Machine, type Thread } from './engine.ts';
import { Node } from './node.ts';
import type { Figures, Parameters, Work } from './parameters.ts';

/** Where things stand and what lies between them. */
export type Shape = {
  readonly nodes: number;
  readonly shards: number;
  readonly lanes: 'one' | 'by shard';
  /** `one machine` for everything, the driver too, as where it was measured; or a machine for each part. */
  readonly place: { readonly kind: 'one machine'; readonly cores: number } | Apart;
  /** There and back to the copies that must have a commit; null when they follow later. */
  readonly replicaMs: number | null;
};
type Apart = {
  readonly kind: 'apart';
  readonly databaseCores: number;
  /** There and back between a node and a shard, and between a client and a node. */
  readonly hopMs: number;
  readonly clientMs: number;
};

export type Load =
  | { readonly kind: 'closed'; readonly connections: number; readonly work: Work }
  /** As many creates and as many checks a second, at random moments. */
  | { readonly kind: 'open'; readonly pairsPerSecond: number };

export type Failure =
  | { readonly kind: 'none' }
  | { readonly kind: 'primary' | 'node'; readonly atMs: number; readonly awayMs: number };

export type Run = {
  readonly seed: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  readonly load: Load;
  readonly failure: Failure;
};

export type Outcome = Figures & {
  /** Answered with 503 or not at all. */
  readonly refused: number;
  readonly done: number;
  /** Acknowledged in the time before the failure that copies which follow later had not seen, for each second of lag. */
  readonly lostPerLagSecond: number;
  readonly nodeBusy: number;
  readonly batchesPerSecond: number;
};

/** Simulates one case. The same seed gives the same outcome. */
export function simulate(parameters: Parameters, shape: Shape, run: Run): Outcome {
  const engine = new Engine();
  const random = seeded(run.seed);
  const { nodes, shards, driver, clientMs } = build(engine, random, parameters, shape);
  const untilMs = run.warmUpMs + run.measureMs;
  const histogram = new Histogram();
  let refused = 0;
  let ackedBeforeFailure = 0;

  const failure = run.failure;
  if (failure.kind === 'primary') {
    engine.after(failure.atMs, () => shards[0]?.fail());
    engine.after(failure.atMs + failure.awayMs, () => shards[0]?.recover());
  } else if (failure.kind === 'node') {
    const [node] = nodes;
    if (node !== undefined) {
      engine.after(failure.atMs, () => (node.isUp = false));
      engine.after(failure.atMs + failure.awayMs, () => (node.isUp = true));
    }
  }

  const note = (startedMs: number, kept: boolean) => {
    if (engine.nowMs < run.warmUpMs) return;
    if (!kept) refused += 1;
    else histogram.recordMs(engine.nowMs - startedMs);
    if (kept && failure.kind === 'primary' && engine.nowMs < failure.atMs) ackedBeforeFailure += 1;
  };
  /** One request with everything around it; then `next` with whether it was kept. */
  const ask = (
    node: Node | undefined,
    kind: 'create' | 'check',
    shard: number,
    next: (kept: boolean) => void,
  ) => {
    const send = () =>
      engine.after(clientMs / 2, () =>
        node?.request(kind, shard, (result) => engine.after(clientMs / 2, () => next(result === 'kept'))),
      );
    if (driver === null) send();
    else driver.run(parameters.driverMs, send);
  };
  const anyShard = () => between(random, 0, shards.length - 1);

  if (run.load.kind === 'closed') {
    const { connections, work } = run.load;
    const first = work === 'check' ? 'check' : 'create';
    for (let i = 0; i < connections; i++) {
      const node = nodes[i % nodes.length];
      const step = () => {
        if (engine.nowMs >= untilMs) return;
        const startedMs = engine.nowMs;
        const shard = anyShard();
        ask(node, first, shard, (kept) => {
          const end = (both: boolean) => {
            note(startedMs, both);
            step();
          };
          if (kept && work === 'pairs') ask(node, 'check', shard, end);
          else end(kept);
        });
      };
      engine.after(random() * 0.01, step);
    }
  } else {
    const everyMs = 1000 / (2 * run.load.pairsPerSecond);
    let creates = true;
    const arrive = () => {
      if (engine.nowMs >= untilMs) return;
      const startedMs = engine.nowMs;
      creates = !creates;
      const node = nodes[between(random, 0, nodes.length - 1)];
      ask(node, creates ? 'create' : 'check', anyShard(), (kept) => note(startedMs, kept));
      engine.after(-Math.log(1 - random()) * everyMs, arrive);
    };
    engine.after(0, arrive);
  }
  engine.run(untilMs);

  const seconds = run.measureMs / 1000;
  const beforeMs = failure.kind === 'none' ? run.measureMs : failure.atMs - run.warmUpMs;
  return {
    perSecond: histogram.count / seconds,
    p50Ms: histogram.quantileMs(0.5),
    p99Ms: histogram.quantileMs(0.99),
    refused,
    done: histogram.count,
    lostPerLagSecond: beforeMs > 0 ? (ackedBeforeFailure * 1000) / beforeMs / shards.length : 0,
    nodeBusy: nodes.reduce((sum, { busyMs }) => sum + busyMs, 0) / nodes.length / untilMs,
    batchesPerSecond: (shards.reduce((sum, { commits }) => sum + commits, 0) * 1000) / untilMs,
  };
}

type Built = {
  readonly nodes: readonly Node[];
  readonly shards: readonly Shard[];
  readonly driver: Thread | null;
  readonly clientMs: number;
};

function build(engine: Engine, random: Random, parameters: Parameters, shape: Shape): Built {
  const { place } = shape;
  const shared = place.kind === 'one machine' ? new Machine(engine, place.cores) : null;
  const hopMs = place.kind === 'apart' ? place.hopMs : parameters.loopbackMs;
  const databaseMachine = () =>
    shared ?? new Machine(engine, place.kind === 'apart' ? place.databaseCores : 1);
  const shards = Array.from(
    { length: shape.shards },
    () =>
      new Shard(engine, random, {
        machine: databaseMachine(),
        sync: parameters.sync,
        replicaMs: shape.replicaMs,
      }),
  );
  const nodes = Array.from(
    { length: shape.nodes },
    () =>
      new Node(engine, {
        machine: shared ?? new Machine(engine, 1),
        ...{ node: parameters.node, database: parameters.database, shards, lanes: shape.lanes },
        hopMs: () => hopMs,
      }),
  );
  return {
    ...{ nodes, shards },
    driver: shared?.thread() ?? null,
    clientMs: place.kind === 'apart' ? place.clientMs : parameters.loopbackMs,
  };
}
