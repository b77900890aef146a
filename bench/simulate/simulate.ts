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
  /** How far copies that follow later are behind. */
  readonly lagMs: number;
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
  /** Acknowledged, and not on the copy that took over. */
  readonly lost: number;
  readonly nodeBusy: number;
  readonly batchesPerSecond: number;
};

const START_SPREAD_MS = 50;

/** Simulates one case. The same seed gives the same outcome. */
export function simulate(parameters: Parameters, shape: Shape, run: Run): Outcome {
  const engine = new Engine();
  const random = seeded(run.seed);
  const built = build(engine, random, parameters, shape);
  const { nodes, shards } = built;
  const untilMs = run.warmUpMs + run.measureMs;
  const histogram = new Histogram();
  let refused = 0;
  const stage: Stage = {
    ...{ engine, random, nodes, untilMs, shards: shards.length },
    ask: asking(engine, built, parameters.driverMs),
    note(startedMs, kept) {
      if (engine.nowMs < run.warmUpMs) return;
      if (kept) histogram.recordMs(engine.nowMs - startedMs);
      else refused += 1;
    },
  };
  planFailure(engine, built, run.failure);
  if (run.load.kind === 'closed') driveClosed(stage, run.load);
  else driveOpen(stage, run.load);
  engine.run(untilMs);
  return {
    perSecond: (histogram.count * 1000) / run.measureMs,
    p50Ms: histogram.quantileMs(0.5),
    p99Ms: histogram.quantileMs(0.99),
    refused,
    done: histogram.count,
    lost: shards.reduce((sum, { lost }) => sum + lost, 0),
    nodeBusy: nodes.reduce((sum, { busyMs }) => sum + busyMs, 0) / nodes.length / untilMs,
    batchesPerSecond: (shards.reduce((sum, { commits }) => sum + commits, 0) * 1000) / untilMs,
  };
}

/** One request with everything around it; then `next` with whether it was kept. */
type Ask = (
  node: Node | undefined,
  kind: 'create' | 'check',
  shard: number,
  next: (kept: boolean) => void,
) => void;
type Stage = {
  readonly engine: Engine;
  readonly random: Random;
  readonly nodes: readonly Node[];
  readonly shards: number;
  readonly untilMs: number;
  readonly ask: Ask;
  readonly note: (startedMs: number, kept: boolean) => void;
};

function asking(engine: Engine, { driver, clientMs }: Built, driverMs: number): Ask {
  return (node, kind, shard, next) => {
    const back = (result: string) => engine.after(clientMs / 2, () => next(result === 'kept'));
    const send = () => engine.after(clientMs / 2, () => node?.request(kind, shard, back));
    if (driver === null) send();
    else driver.run(driverMs, send);
  };
}

function planFailure(engine: Engine, { nodes, shards }: Built, failure: Failure): void {
  if (failure.kind === 'none') return;
  const { atMs, awayMs } = failure;
  if (failure.kind === 'primary') {
    engine.after(atMs, () => shards[0]?.fail());
    engine.after(atMs + awayMs, () => shards[0]?.recover());
    return;
  }
  const [node] = nodes;
  if (node === undefined) return;
  engine.after(atMs, () => {
    node.isUp = false;
  });
  engine.after(atMs + awayMs, () => {
    node.isUp = true;
  });
}

function driveClosed(stage: Stage, { connections, work }: Extract<Load, { kind: 'closed' }>): void {
  const { engine, random, nodes, ask } = stage;
  for (let i = 0; i < connections; i++) {
    const node = nodes[i % nodes.length];
    const step = () => {
      if (engine.nowMs >= stage.untilMs) return;
      const startedMs = engine.nowMs;
      const shard = between(random, 0, stage.shards - 1);
      const end = (kept: boolean) => {
        stage.note(startedMs, kept);
        step();
      };
      ask(node, work === 'check' ? 'check' : 'create', shard, (kept) => {
        if (kept && work === 'pairs') ask(node, 'check', shard, end);
        else end(kept);
      });
    };
    // Not all at once, or they would march in step for good.
    engine.after(random() * START_SPREAD_MS, step);
  }
}

function driveOpen(stage: Stage, { pairsPerSecond }: Extract<Load, { kind: 'open' }>): void {
  const { engine, random, nodes } = stage;
  const everyMs = 1000 / (2 * pairsPerSecond);
  let creates = true;
  const arrive = () => {
    if (engine.nowMs >= stage.untilMs) return;
    const startedMs = engine.nowMs;
    creates = !creates;
    const node = nodes[between(random, 0, nodes.length - 1)];
    const shard = between(random, 0, stage.shards - 1);
    stage.ask(node, creates ? 'create' : 'check', shard, (kept) => stage.note(startedMs, kept));
    engine.after(-Math.log(1 - random()) * everyMs, arrive);
  };
  engine.after(0, arrive);
}

type Built = {
  readonly nodes: readonly Node[];
  readonly shards: readonly Shard[];
  readonly driver: Thread | null;
  readonly clientMs: number;
};

function build(engine: Engine, random: Random, parameters: Parameters, shape: Shape): Built {
  const { place } = shape;
  const shared = place.kind === 'one machine' ? new Machine(engine, place.cores, parameters.crowding) : null;
  const hopMs = place.kind === 'apart' ? place.hopMs : parameters.loopbackMs;
  const databaseMachine = () =>
    shared ?? new Machine(engine, place.kind === 'apart' ? place.databaseCores : 1, parameters.crowding);
  const shards = Array.from(
    { length: shape.shards },
    () =>
      new Shard(engine, random, {
        machine: databaseMachine(),
        sync: parameters.sync,
        replicaMs: shape.replicaMs,
        lagMs: shape.lagMs,
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
