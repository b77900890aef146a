import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { type Family, readExposition } from '../observability/exposition.ts';
import { startRoost } from '../support/roost.ts';
import { bare, codesIn, ROOT, readText, rowsOf, sectionOf } from './markdown.ts';

type Row = readonly [name: string, type: string, labels: readonly string[]];
const documented = rowsOf(sectionOf(readText('docs/observability.md'), 'Metrics'))
  .filter(([name]) => /^`(?:roost|process)_/.test(name ?? ''))
  .map(([name, type = '', labels = '']): Row => [bare(name), type, codesIn(labels)]);

async function served(t: Parameters<typeof startRoost>[0]): Promise<Map<string, Family>> {
  const roost = await startRoost(t);
  const { id, code } = await roost.createVerification('+31612345678');
  await roost.check(id, code);
  return readExposition((await roost.call('GET', '/metrics', { key: null })).text);
}

test('the table of metrics has every one that is served, with its type and labels, and no other', async (t) => {
  const families = await served(t);
  assert.deepEqual(
    documented.map(([name, type]) => `${name} ${type}`).sort(),
    [...families].map(([name, { type }]) => `${name} ${type}`).sort(),
  );
  for (const [name, , labels] of documented) {
    for (const sample of families.get(name)?.samples ?? []) {
      const own = Object.keys(sample.labels).filter((label) => label !== 'le');
      assert.deepEqual(own, labels, name);
    }
  }
});

/** Every metric that an expression asks for, and the labels that it picks by. */
function askedIn(expression: string): readonly (readonly [name: string, labels: readonly string[]])[] {
  return [...expression.matchAll(/\b((?:roost|process)_[a-z_]+)(?:\{([^}]*)\})?/g)].map(
    ([, name = '', picked = '']) => [
      name,
      [...picked.matchAll(/([a-z]+)=~?"/g)].map(([, label = '']) => label),
    ],
  );
}

function check(expression: string, where: string): number {
  const asked = askedIn(expression);
  for (const [name, labels] of asked) {
    const base = name.replace(/_(?:bucket|sum|count)$/, '');
    const found = documented.find(([each, type]) => each === name || (each === base && type === 'histogram'));
    assert.ok(found !== undefined, `${where}: there is no metric ${name}`);
    const known = [...found[2], 'instance', 'job'];
    for (const label of labels) assert.ok(known.includes(label), `${where}: ${name} has no label ${label}`);
  }
  return asked.length;
}

test('each panel of the dashboard asks for metrics and labels that exist, and every metric of weight has a panel', () => {
  const { panels } = JSON.parse(readFileSync(join(ROOT, 'examples/grafana/roost.json'), 'utf8')) as {
    panels: { title: string; type: string; targets?: { expr: string }[] }[];
  };
  const charts = panels.filter(({ type }) => type !== 'row');
  assert.ok(charts.length > 20);
  for (const { title, targets = [] } of charts) {
    assert.ok(targets.length > 0, title);
    for (const { expr } of targets) assert.ok(check(expr, title) > 0, `${title}: ${expr}`);
  }
  const shown = JSON.stringify(charts);
  const bySide = ['roost_build_info', 'roost_disk_size_bytes'];
  for (const [name] of documented)
    assert.ok(bySide.includes(name) || shown.includes(name), `no panel shows ${name}`);
});

test('each alert asks for metrics and labels that exist, and says what is wrong', () => {
  type Rule = { alert: string; expr: string; labels: { severity: string }; annotations: { summary: string } };
  const { groups } = parse(readFileSync(join(ROOT, 'examples/prometheus/alerts.yaml'), 'utf8')) as {
    groups: { rules: Rule[] }[];
  };
  const rules = groups.flatMap((group) => group.rules);
  for (const { alert, expr, labels, annotations } of rules) {
    assert.ok(check(expr, alert) > 0 || alert === 'RoostDown', alert);
    assert.match(labels.severity, /^(?:page|ticket)$/);
    assert.ok(annotations.summary.length > 20, alert);
  }
  const named = rules.map(({ alert }) => alert);
  for (const what of ['Delivery', 'Conversion', 'Guard', 'Breaker', 'Commit', 'Webhooks', 'Disk'])
    assert.ok(
      named.some((alert) => alert.includes(what)),
      what,
    );
});

test('the labels that an outcome may have are those that the rules pick by', async (t) => {
  const families = await served(t);
  const outcomes = (families.get('roost_messages_total')?.samples ?? []).map(({ labels }) => labels.outcome);
  assert.deepEqual(outcomes.sort(), ['accepted', 'created', 'delivered']);
});
