import type { ConsumeDeps } from '../app/consume.ts';
import type { Counting } from '../app/counted.ts';
import type { TellDeps } from '../app/webhooks/tell.ts';
import type { RequestMeter } from '../http/measured.ts';
import type { Log } from '../kernel/log.ts';
import { createMetrics, type Metrics } from '../kernel/metrics.ts';
import type { BatchTold } from '../store/store.ts';
import type { DeliveryDeps } from './delivery.ts';

/** Whatever is counted as it happens, by whom it is told. */
export type Meters = {
  readonly metrics: Metrics;
  readonly request: RequestMeter;
  readonly counting: Counting;
  readonly batch: BatchTold;
  readonly judged: ConsumeDeps['judged'];
  readonly sent: DeliveryDeps['sent'];
  readonly attempted: TellDeps['attempted'];
  /** The same log, with its lines of warnings and errors counted. */
  readonly log: (log: Log) => Log;
};

/** Seconds. */
const REQUEST = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30];
const COMMIT = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];
const OUTSIDE = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const DELAY = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const BATCH = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

const SECOND_MS = 1_000;

/** Makes the metrics of everything that is counted as it happens. docs/observability.md says what they mean. */
export function createMeters(): Meters {
  const metrics = createMetrics();
  const { request } = requestMeters(metrics);
  return {
    ...{ metrics, request },
    counting: countingOf(metrics),
    batch: batchMeter(metrics),
    judged: proofMeter(metrics),
    sent: sendingMeter(metrics),
    attempted: attemptMeter(metrics),
    log: logMeter(metrics),
  };
}

function requestMeters(metrics: Metrics): { request: RequestMeter } {
  const answers = metrics.counter('roost_http_requests_total', 'Requests that were answered.', [
    ...['wire', 'method', 'route', 'status'],
  ]);
  const seconds = metrics.histogram(
    'roost_http_request_seconds',
    'From the head of a request until its answer was written.',
    ['wire', 'method', 'route'],
    REQUEST,
  );
  return {
    request(wire, method, route) {
      // Series are made by the first answer, so that routes nobody asks for take no lines.
      let took: ReturnType<typeof seconds.with> | null = null;
      const byStatus = new Map<number, ReturnType<typeof answers.with>>();
      return (status, tookMs) => {
        took ??= seconds.with(wire, method, route);
        took.observe(tookMs / SECOND_MS);
        let answered = byStatus.get(status);
        if (answered === undefined) {
          answered = answers.with(wire, method, route, String(status));
          byStatus.set(status, answered);
        }
        answered.add();
      };
    },
  };
}

function countingOf(metrics: Metrics): Counting {
  const created = metrics.counter('roost_verifications_created_total', 'Verifications that were made.', [
    ...['mode', 'channel'],
  ]);
  const refused = metrics.counter(
    'roost_sendings_refused_total',
    'Codes that the guard did not let be sent.',
    [...['mode', 'channel']],
  );
  const guard = metrics.counter(
    'roost_guard_decisions_total',
    'Rules of the guard that were not kept to: refused, or would-refuse where they only watch.',
    ['rule', 'verdict'],
  );
  const messages = metrics.counter('roost_messages_total', 'Messages by what became of them.', [
    ...['mode', 'channel', 'provider', 'outcome'],
  ]);
  const delay = metrics.histogram(
    'roost_message_handover_seconds',
    'From the making of a message until its provider had taken it.',
    ['channel', 'provider'],
    DELAY,
  );
  const deliveries = metrics.counter(
    'roost_webhook_deliveries_total',
    'Events that were told to an endpoint, or given up.',
    ['outcome'],
  );
  const unavailable = metrics.counter(
    'roost_store_refused_total',
    'Works that the database could not keep, or of which it is not known.',
  );
  return {
    created: ({ mode, channel }) => created.with(mode, channel).add(),
    refused: ({ mode, channel }) => refused.with(mode, channel).add(),
    guarded: (rule, verdict) => guard.with(rule, verdict).add(),
    born: ({ mode, channel, provider }) => messages.with(mode, channel, provider, 'created').add(),
    handedOver({ mode, channel, provider }, delayMs) {
      messages.with(mode, channel, provider, 'accepted').add();
      delay.with(channel, provider).observe(delayMs / SECOND_MS);
    },
    ended: ({ mode, channel, provider, state }) => messages.with(mode, channel, provider, state).add(),
    told: ({ state }) => deliveries.with(state).add(),
    unavailable: () => unavailable.with().add(),
  };
}

function batchMeter(metrics: Metrics): BatchTold {
  const works = metrics
    .histogram('roost_store_batch_works', 'Works that shared one commit.', [], BATCH)
    .with();
  const seconds = metrics
    .histogram('roost_store_commit_seconds', 'From the begin of a batch until it was durable.', [], COMMIT)
    .with();
  const queue = metrics
    .gauge('roost_store_waiting_works', 'Works that waited when the last batch ended.')
    .with();
  return (size, tookMs, waiting) => {
    works.observe(size);
    seconds.observe(tookMs / SECOND_MS);
    queue.set(waiting);
  };
}

function proofMeter(metrics: Metrics): Meters['judged'] {
  const checks = metrics.counter('roost_checks_total', 'Codes and other proofs that were judged.', [
    ...['target', 'outcome'],
  ]);
  return (target, outcome) => checks.with(target, outcome).add();
}

function sendingMeter(metrics: Metrics): Meters['sent'] {
  const sendings = metrics.counter(
    'roost_provider_sendings_total',
    'Tries to hand a message to a provider.',
    [...['provider', 'channel', 'outcome']],
  );
  const seconds = metrics.histogram(
    'roost_provider_answer_seconds',
    'How long a provider took to answer one sending.',
    ['provider'],
    OUTSIDE,
  );
  return ({ provider, channel }, { kind }, tookMs) => {
    sendings.with(provider, channel, kind).add();
    seconds.with(provider).observe(tookMs / SECOND_MS);
  };
}

function attemptMeter(metrics: Metrics): Meters['attempted'] {
  const attempts = metrics.counter('roost_webhook_attempts_total', 'Tries to tell an event to an endpoint.', [
    ...['outcome'],
  ]);
  const seconds = metrics
    .histogram('roost_webhook_attempt_seconds', 'How long one such try took.', [], OUTSIDE)
    .with();
  return (outcome, tookMs) => {
    attempts.with(outcome).add();
    seconds.observe(tookMs / SECOND_MS);
  };
}

function logMeter(metrics: Metrics): Meters['log'] {
  const lines = metrics.counter('roost_log_lines_total', 'Warnings and errors that were logged.', ['level']);
  const [warnings, errors] = [lines.with('warn'), lines.with('error')];
  return (log) => ({
    debug: (event, facts) => log.debug(event, facts),
    info: (event, facts) => log.info(event, facts),
    warn(event, facts) {
      warnings.add();
      log.warn(event, facts);
    },
    error(event, facts, cause) {
      errors.add();
      log.error(event, facts, cause);
    },
  });
}
