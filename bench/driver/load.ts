import { Connection } from './connection.ts';
import { type Dialect, type DialectName, dialect, type Ticket } from './dialects.ts';
import { Histogram, type Latency } from './histogram.ts';

export type Work = 'create' | 'check' | 'pairs';
export type LoadSpec = {
  /** One or several nodes; connections are dealt out to them in turn. */
  readonly urls: readonly string[];
  readonly dialect: DialectName;
  readonly accessKey: string;
  readonly work: Work;
  readonly connections: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** The number of the first recipient to use (see numbers.ts). */
  readonly firstNumber: number;
};
export type LoadResult = {
  /** What was asked for and answered in time: creates, checks or pairs. */
  readonly done: number;
  readonly perSecond: number;
  readonly latency: Latency;
  /** Answers by status over the whole run, warm-up included; 0 is a broken connection. */
  readonly statuses: Record<string, number>;
  readonly unexpected: number;
  /** The share of one core that the driver itself used; near 1 means that the driver was the limit. */
  readonly driverCpu: number;
  readonly usedNumbers: number;
  /** When the run stopped because nothing was left to check. */
  readonly ranDry: boolean;
};

/** Drives one burst of load, each connection with one request in flight, and measures after the warm-up. */
export async function runLoad(spec: LoadSpec, pool: Ticket[]): Promise<LoadResult> {
  const lanes = await openLanes(spec);
  const histogram = new Histogram();
  const statuses = new Map<number, number>();
  let unexpected = 0;
  let nextNumber = spec.firstNumber;
  let ranDry = false;
  const fromMs = performance.now() + spec.warmUpMs;
  const untilMs = fromMs + spec.measureMs;
  let lastMs = fromMs;

  const note = (status: number, wanted: number): boolean => {
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status === wanted) return true;
    unexpected += 1;
    return false;
  };
  const measured = (startedMs: number) => {
    const nowMs = performance.now();
    if (nowMs < fromMs || nowMs > untilMs) return;
    lastMs = nowMs;
    histogram.recordMs(nowMs - startedMs);
  };

  const cpuBefore = process.cpuUsage();
  const startedAtMs = performance.now();
  const drive = (lane: Lane): Promise<void> =>
    new Promise((resolve) => {
      const { connection, wire } = lane;
      const step = () => {
        if (performance.now() >= untilMs || !connection.usable) return resolve();
        if (spec.work === 'check') return check(pool.pop(), performance.now());
        const number = nextNumber++;
        const startedMs = performance.now();
        connection.send(wire.create(number, spec.work === 'pairs'), (status, text, bodyStart) => {
          const good = note(status, wire.createdStatus);
          if (spec.work === 'pairs' && good) return check(wire.ticket(text, bodyStart, number), startedMs);
          if (good) measured(startedMs);
          step();
        });
      };
      const check = (ticket: Ticket | null | undefined, startedMs: number) => {
        if (ticket == null) {
          ranDry = true;
          return resolve();
        }
        connection.send(wire.check(ticket), (status) => {
          if (note(status, wire.checkedStatus)) measured(startedMs);
          step();
        });
      };
      step();
    });

  await Promise.all(lanes.map(drive));
  const cpu = process.cpuUsage(cpuBefore);
  const wallMs = performance.now() - startedAtMs;
  for (const lane of lanes) lane.connection.destroy();
  const seconds = (ranDry ? lastMs - fromMs : spec.measureMs) / 1000;
  return {
    done: histogram.count,
    perSecond: seconds > 0 ? histogram.count / seconds : 0,
    latency: histogram.summary(),
    statuses: Object.fromEntries(statuses),
    unexpected,
    driverCpu: (cpu.user + cpu.system) / 1000 / wallMs,
    usedNumbers: nextNumber - spec.firstNumber,
    ranDry,
  };
}

/** Makes `count` verifications and adds what a check of each needs to `pool`. Answers how many were asked for. */
export async function fillPool(
  spec: Omit<LoadSpec, 'work' | 'warmUpMs' | 'measureMs'>,
  count: number,
  pool: Ticket[],
): Promise<{ asked: number; made: number; seconds: number }> {
  const lanes = await openLanes(spec);
  const startedMs = performance.now();
  let asked = 0;
  const before = pool.length;
  const drive = ({ connection, wire }: Lane): Promise<void> =>
    new Promise((resolve) => {
      const step = () => {
        if (asked >= count || !connection.usable) return resolve();
        const number = spec.firstNumber + asked++;
        connection.send(wire.create(number, true), (_status, text, bodyStart) => {
          const ticket = wire.ticket(text, bodyStart, number);
          if (ticket !== null) pool.push(ticket);
          step();
        });
      };
      step();
    });
  await Promise.all(lanes.map(drive));
  for (const lane of lanes) lane.connection.destroy();
  return { asked, made: pool.length - before, seconds: (performance.now() - startedMs) / 1000 };
}

type Lane = { connection: Connection; wire: Dialect };

async function openLanes(
  spec: Pick<LoadSpec, 'urls' | 'connections' | 'dialect' | 'accessKey'>,
): Promise<Lane[]> {
  const lanes = Array.from({ length: spec.connections }, (_, i) => {
    const baseUrl = spec.urls[i % spec.urls.length];
    if (baseUrl === undefined) throw new Error('no URL to measure');
    const url = new URL(baseUrl);
    const connection = new Connection(url.hostname, Number(url.port || 80));
    return { connection, wire: dialect(spec.dialect, baseUrl, spec.accessKey) };
  });
  const connected = await Promise.all(lanes.map((lane) => lane.connection.connected));
  if (connected.includes(false)) throw new Error(`cannot connect to ${spec.urls.join(', ')}`);
  return lanes;
}
