import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { constants, monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import type { SigningKeys } from '../app/proofs/signing-keys.ts';
import type { Registry } from '../app/webhooks/registry.ts';
import type { Config } from '../config.ts';
import { REPORT_ENDPOINT } from '../domain/webhook.ts';
import type { Metrics } from '../kernel/metrics.ts';
import { VERSION } from '../kernel/version.ts';
import type { Store } from '../store/store.ts';
import type { MetadataWatch } from './fido-metadata.ts';

export type GaugesDeps = {
  readonly config: Pick<Config, 'providers' | 'dataFolder' | 'databaseUrl'>;
  readonly store: Store;
  readonly signing: Pick<SigningKeys, 'all'>;
  readonly registry: Registry;
  readonly metadata: Pick<MetadataWatch, 'state'>;
};

/** A queue is counted up to here: what matters then is that it is long. */
const MOST_COUNTED = 1_000;
const PATIENCE_MS = 2_000;

/** What is looked at when somebody reads the metrics, because nothing happens by which it could be counted. */
export function addGauges(metrics: Metrics, deps: GaugesDeps): void {
  addDatabase(metrics, deps);
  addQueues(metrics, deps);
  addKeys(metrics, deps);
  addDisk(metrics, deps);
  addMetadata(metrics, deps);
  const about = metrics.gauge('roost_build_info', 'Which Roost this is, on which Node.', ['version', 'node']);
  about.with(VERSION, process.versions.node).set(1);
}

function addDatabase(metrics: Metrics, { store, config }: GaugesDeps): void {
  const up = metrics.gauge('roost_store_up', 'Whether the database answers: 1 or 0.').with();
  const open = metrics.gauge('roost_breaker_open', 'Whether a provider is passed over: 1 or 0.', [
    'provider',
  ]);
  metrics.beforeReading(async () => {
    const found = await timely(store.read.breakers()).catch(() => null);
    up.set(found === null ? 0 : 1);
    if (found === null) return;
    for (const { id } of config.providers) {
      const breaker = found.find(({ provider }) => provider === id);
      open.with(id).set(breaker === undefined || breaker.state === 'closed' ? 0 : 1);
    }
  });
}

function addQueues(metrics: Metrics, { store, registry }: GaugesDeps): void {
  const messages = metrics
    .gauge(
      'roost_messages_due',
      `Messages that somebody should see to now, of all nodes, up to ${MOST_COUNTED}.`,
    )
    .with();
  const events = metrics
    .gauge('roost_webhook_events_due', `Events that are to be told now, up to ${MOST_COUNTED} an endpoint.`)
    .with();
  const failing = metrics
    .gauge('roost_webhook_endpoints_failing', 'Endpoints in force that nothing has reached lately.')
    .with();
  metrics.beforeReading(async () => {
    const nowMs = store.nowMs();
    messages.set((await timely(store.read.dueMessages(nowMs, MOST_COUNTED))).length);
    const ids = [...registry.all().map(({ id }) => id), REPORT_ENDPOINT];
    let due = 0;
    for (const id of ids) due += (await timely(store.read.dueDeliveries(id, nowMs, MOST_COUNTED))).length;
    events.set(due);
    failing.set(registry.all().filter(({ failingSinceMs }) => failingSinceMs !== null).length);
  });
}

function addKeys(metrics: Metrics, { store, signing }: GaugesDeps): void {
  const age = metrics
    .gauge('roost_signing_key_age_seconds', 'For how long the key that signs has signed.')
    .with();
  metrics.beforeReading(() => {
    const nowMs = store.nowMs();
    const since = signing.all().map(({ activeFromMs }) => activeFromMs);
    const newest = Math.max(...since.filter((atMs) => atMs <= nowMs));
    if (Number.isFinite(newest)) age.set((nowMs - newest) / 1000);
  });
}

function addMetadata(metrics: Metrics, { metadata }: GaugesDeps): void {
  const problem = metrics.gauge(
    'roost_fido_metadata_problem',
    'What is wrong with the metadata of authenticators: 1 or 0.',
    ['problem'],
  );
  metrics.beforeReading(() => {
    const state = metadata.state();
    problem.with('overdue').set(state?.isOverdue === true ? 1 : 0);
    problem.with('unread').set((state?.unread ?? null) === null ? 0 : 1);
  });
}

function addDisk(metrics: Metrics, { config: { dataFolder, databaseUrl } }: GaugesDeps): void {
  const free = metrics.gauge('roost_disk_free_bytes', 'Left on the disk of the data folder.').with();
  const size = metrics.gauge('roost_disk_size_bytes', 'The size of that disk.').with();
  const kept = metrics
    .gauge('roost_database_bytes', 'The embedded database with its log; 0 with PostgreSQL.')
    .with();
  metrics.beforeReading(async () => {
    const disk = await statfs(dataFolder);
    free.set(disk.bavail * disk.bsize);
    size.set(disk.blocks * disk.bsize);
    if (databaseUrl !== null) return;
    const sizes = await Promise.all(
      ['roost.db', 'roost.db-wal'].map((file) => stat(join(dataFolder, file)).catch(() => null)),
    );
    kept.set(sizes.reduce((sum, file) => sum + (file?.size ?? 0), 0));
  });
}

type GcEntry = { readonly duration: number; readonly detail?: { readonly kind?: number } };
const QUANTILES = [0.5, 0.99, 1];
const GC_KINDS: { readonly [kind: number]: string } = {
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weak',
};
const GC = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5];

/** Watches this process from now on. @returns what ends it */
export function watchProcess(metrics: Metrics): () => void {
  const loop = monitorEventLoopDelay({ resolution: 20 });
  loop.enable();
  const delay = metrics.gauge(
    'roost_event_loop_delay_seconds',
    'How late the event loop was since the last reading, beside the 20 ms between two looks.',
    ['quantile'],
  );
  const gc = metrics.histogram('roost_gc_seconds', 'Collections of garbage.', ['kind'], GC);
  const observer = new PerformanceObserver((list) => {
    for (const { duration, detail } of list.getEntries() as GcEntry[]) {
      const { kind = 0 } = detail ?? {};
      gc.with(GC_KINDS[kind] ?? 'other').observe(duration / 1000);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  const resident = metrics.gauge('process_resident_memory_bytes', 'Memory of this process.').with();
  const heap = metrics.gauge('roost_heap_used_bytes', 'Of it, what JavaScript uses.').with();
  const cpu = metrics.counter('process_cpu_seconds_total', 'Processor time of this process.').with();
  const started = metrics.gauge('process_start_time_seconds', 'When it was started, since the epoch.').with();
  started.set(Math.round(performance.timeOrigin / 1000));
  let cpuBefore = 0;
  metrics.beforeReading(() => {
    for (const quantile of QUANTILES) {
      const lateNs = loop.percentile(quantile * 100) - 20e6;
      delay.with(String(quantile)).set(Math.max(0, lateNs) / 1e9);
    }
    loop.reset();
    const { rss, heapUsed } = process.memoryUsage();
    resident.set(rss);
    heap.set(heapUsed);
    const { user, system } = process.cpuUsage();
    cpu.add((user + system) / 1e6 - cpuBefore);
    cpuBefore = (user + system) / 1e6;
  });
  return () => {
    loop.disable();
    observer.disconnect();
  };
}

/** A database that is away must not keep whoever wants to know it waiting. */
function timely<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the database did not answer in time')), PATIENCE_MS);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
