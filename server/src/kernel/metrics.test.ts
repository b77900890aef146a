import assert from 'node:assert/strict';
import test from 'node:test';
import { createMetrics, MOST_SERIES } from './metrics.ts';

test('counters, gauges and histograms are told as Prometheus reads them', async () => {
  const metrics = createMetrics();
  metrics.counter('asked_total', 'Asked.', ['who', 'how']).with('a"b\\', 'line\nline').add(2);
  metrics.gauge('left', 'Left.').with().set(0.5);
  const took = metrics.histogram('took_seconds', 'Took.', ['who'], [0.1, 1]).with('a');
  for (const value of [0.1, 0.2, 5]) took.observe(value);
  assert.equal(
    await metrics.read(),
    [
      '# HELP asked_total Asked.',
      '# TYPE asked_total counter',
      'asked_total{who="a\\"b\\\\",how="line\\nline"} 2',
      '# HELP left Left.',
      '# TYPE left gauge',
      'left 0.5',
      '# HELP took_seconds Took.',
      '# TYPE took_seconds histogram',
      'took_seconds_bucket{who="a",le="0.1"} 1',
      'took_seconds_bucket{who="a",le="1"} 2',
      'took_seconds_bucket{who="a",le="+Inf"} 3',
      'took_seconds_sum{who="a"} 5.3',
      'took_seconds_count{who="a"} 3',
      '',
    ].join('\n'),
  );
});

test('a series keeps its numbers while others are added, and one without labels is there from the start', async () => {
  const metrics = createMetrics();
  const counter = metrics.counter('n_total', 'N.', ['i']);
  metrics.counter('plain_total', 'Plain.');
  const first = counter.with('0');
  for (let i = 0; i < 100; i += 1) counter.with(String(i)).add(i);
  first.add(7);
  const text = await metrics.read();
  assert.match(text, /^n_total\{i="0"\} 7$/m);
  assert.match(text, /^n_total\{i="99"\} 99$/m);
  assert.match(text, /^plain_total 0$/m);
});

test('a label without bounds fills no memory: what comes too late is counted as other', async () => {
  const metrics = createMetrics();
  const counter = metrics.counter('n_total', 'N.', ['i']);
  for (let i = 0; i < MOST_SERIES + 500; i += 1) counter.with(String(i)).add();
  const lines = (await metrics.read()).split('\n').filter((line) => line.startsWith('n_total'));
  assert.equal(lines.length, MOST_SERIES + 1);
  assert.ok(lines.includes('n_total{i="other"} 500'));
});

test('what cannot be looked at keeps nobody from reading the rest', async () => {
  const metrics = createMetrics();
  const gauge = metrics.gauge('g', 'G.').with();
  metrics.beforeReading(async () => {
    throw new Error('away');
  });
  metrics.beforeReading(() => gauge.set(3));
  assert.match(await metrics.read(), /^g 3$/m);
});

test('two metrics cannot have one name, and a series has a value for each label', () => {
  const metrics = createMetrics();
  const counter = metrics.counter('n_total', 'N.', ['i']);
  assert.throws(() => metrics.gauge('n_total', 'N.'), /two metrics called n_total/);
  assert.throws(() => counter.with('a', 'b'), /n_total has 1 labels/);
});
