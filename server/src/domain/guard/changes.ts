import type { Rule } from './rules.ts';

export type RuleChange = {
  readonly rule: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly fields: readonly { readonly name: string; readonly from: string; readonly to: string }[];
};

/** What becomes different with other rules, rule by rule. */
export function ruleChanges(before: readonly Rule[], after: readonly Rule[]): readonly RuleChange[] {
  const ids = [...new Set([...before, ...after].map(({ id }) => id))];
  return ids.flatMap((rule): RuleChange[] => {
    const [from, to] = [before, after].map((rules) => rules.find(({ id }) => id === rule));
    if (from === undefined) return [{ rule, change: 'added', fields: to === undefined ? [] : told(to) }];
    if (to === undefined) return [{ rule, change: 'removed', fields: [] }];
    const fields = fieldsOf(from, to);
    return fields.length === 0 ? [] : [{ rule, change: 'changed', fields }];
  });
}

function fieldsOf(from: Rule, to: Rule): RuleChange['fields'] {
  const [was, is] = [entriesOf(from), entriesOf(to)];
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((name) => {
    const [one, other] = [was.get(name) ?? 'none', is.get(name) ?? 'none'];
    return one === other ? [] : [{ name, from: one, to: other }];
  });
}

const told = (rule: Rule): RuleChange['fields'] =>
  [...entriesOf(rule)].map(([name, to]) => ({ name, from: 'none', to }));

function entriesOf(rule: Rule): Map<string, string> {
  return new Map(
    Object.entries(rule)
      .filter(
        ([name, value]) => name !== 'id' && name !== 'kind' && name !== 'isTried' && value !== undefined,
      )
      .map(([name, value]) => [name, shown(name, value)]),
  );
}

/** Times as people read them. */
function shown(name: string, value: unknown): string {
  if (value === null) return 'all';
  if (Array.isArray(value))
    return value.map((one) => (name.endsWith('Ms') ? span(Number(one)) : String(one))).join(' ');
  return name.endsWith('Ms') ? span(Number(value)) : String(value);
}

function span(ms: number): string {
  if (ms % 3_600_000 === 0 && ms > 0) return `${ms / 3_600_000} h`;
  return ms % 60_000 === 0 && ms > 0 ? `${ms / 60_000} min` : `${ms / 1000} s`;
}
