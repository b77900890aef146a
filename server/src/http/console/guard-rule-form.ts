import type { EntryChange } from '../../app/layers/edit.ts';
import { LINES } from '../../domain/guard/ranges.ts';
import type { Rule } from '../../domain/guard/rules.ts';
import { entryAt, type LayerDocument, textOfEntry } from '../../domain/layer.ts';
import { CHANNELS } from '../../domain/message.ts';
import { ownOf } from '../../kernel/own.ts';
import { BUDGETS, type GuardEditNeeds, type RuleForm } from './guard-rules-view.ts';

const MICROS = 1_000_000;
const NUMBER = /^-?\d{1,15}(?:\.\d{1,6})?$/;

type Place = { readonly path: readonly string[]; readonly name: string };

/** Where a rule stands in a document of the guard: a list of countries and a budget stand beside the rules. */
function placesOf(id: string): readonly Place[] {
  const own: Place = { path: ['rules', id], name: 'rule' };
  if (id === 'countries' || id === 'voice') return [{ path: [id], name: 'allow' }, own];
  const budget = ownOf(BUDGETS, id);
  return budget === undefined ? [own] : [{ path: ['money', budget], name: 'amount' }, own];
}

/** What the form of a rule begins with: the rule as the draft has it, or as it is in force. */
export function formOf(needs: GuardEditNeeds, rule: Rule, document: LayerDocument): RuleForm {
  const numbers = needs.fieldsOf(rule).map(({ name, value }) => [name, value === null ? '' : String(value)]);
  const values: Record<string, string | undefined> = { mode: rule.mode, ...Object.fromEntries(numbers) };
  if (rule.kind === 'cool-down') values.waitsSeconds = rule.waitsMs.map((ms) => ms / 1_000).join(', ');
  if (rule.kind === 'countries' || rule.kind === 'voice')
    values.allow = rule.allow === null ? '*' : rule.allow.join(', ');
  if (ownOf(BUDGETS, rule.id) !== undefined && rule.kind === 'limit')
    values.amount = rule.most === 0 ? '' : String(rule.most / MICROS);
  if (rule.kind === 'limit') for (const channel of rule.channels ?? []) values[`channel-${channel}`] = 'on';
  if (rule.kind === 'limit') for (const line of rule.lines ?? []) values[`line-${line}`] = 'on';
  return { id: rule.id, isNew: false, values, was: wasOf(rule.id, document) };
}

/** The entries of a rule as a document has them, for telling later whether they are still so. */
export const wasOf = (id: string, document: LayerDocument): RuleForm['was'] =>
  Object.fromEntries(placesOf(id).map(({ path, name }) => [name, textOfEntry(entryAt(document, path))]));

/**
 * What a form that was sent changes. Of a rule that is there without the layer only what differs from it is written, so
 * that the file below still counts for the rest.
 */
export function changesIn(
  needs: GuardEditNeeds,
  { id, was, values }: RuleForm,
  rule: Rule | null,
  below: Rule | null,
): readonly EntryChange[] {
  return placesOf(id).map(({ path, name }): EntryChange => {
    const entry =
      name === 'allow'
        ? allowIn(values.allow ?? '', below)
        : name === 'amount'
          ? amountIn(values.amount ?? '', below)
          : ruleIn(needs, { id, values }, rule, below);
    return { path, entry, was: was[name] ?? '' };
  });
}

/** Takes a rule back to what lies below the layer. */
export const withoutRule = ({ id, was }: Pick<RuleForm, 'id' | 'was'>): readonly EntryChange[] =>
  placesOf(id).map(({ path, name }) => ({ path, entry: undefined, was: was[name] ?? '' }));

function ruleIn(
  needs: GuardEditNeeds,
  { id, values }: Pick<RuleForm, 'id' | 'values'>,
  rule: Rule | null,
  below: Rule | null,
): unknown {
  const entry: Record<string, unknown> = {};
  const known = below === null ? [] : needs.fieldsOf(below);
  const { mode } = values;
  if (mode !== undefined && mode !== (below?.mode ?? 'enforce')) entry.mode = mode;
  const isBudget = ownOf(BUDGETS, id) !== undefined;
  const own = rule?.kind === 'limit' ? rule : null;
  if (below === null && !isBudget)
    Object.assign(entry, { on: values.on ?? own?.on, of: values.of ?? own?.of });
  for (const [name, text] of Object.entries(values)) {
    if (!NUMBERS.has(name) || text === undefined || text.trim() === '' || isBudget) continue;
    const value = numberIn(text);
    if (known.find((field) => field.name === name)?.value !== value) entry[name] = value;
  }
  if (values.waitsSeconds !== undefined && below?.kind === 'cool-down') {
    const waits = values.waitsSeconds.split(/[\s,;]+/).filter((text) => text !== '');
    const seconds = waits.map(numberIn);
    if (seconds.join() !== below.waitsMs.map((ms) => ms / 1_000).join()) entry.waitsSeconds = seconds;
  }
  const channels = CHANNELS.filter((channel) => values[`channel-${channel}`] !== undefined);
  const usual = below?.kind === 'limit' ? (below.channels ?? []) : [];
  if (channels.join() !== usual.join() && !isBudget)
    entry.channels = channels.length > 0 ? channels : [...CHANNELS];
  const lines = LINES.filter((line) => values[`line-${line}`] !== undefined);
  const usualLines = below?.kind === 'limit' ? (below.lines ?? []) : [];
  if (lines.join() !== usualLines.join() && !isBudget) entry.lines = lines.length > 0 ? lines : [...LINES];
  return Object.keys(entry).length === 0 ? undefined : entry;
}

/** Every number that some rule has. */
const NUMBERS = new Set([
  ...['most', 'windowMinutes', 'timesUsual', 'keptForKnown', 'perVerifiedPercent', 'mostAfterClosing', 'gap'],
  ...['leastSends', 'closesBelowPercent', 'firstMinutes', 'longestHours', 'probes', 'graceMinutes'],
  ...['calmsToPercent', 'wrongADay', 'leastChecks', 'wrongSharePercent'],
]);

function allowIn(typed: string, below: Rule | null): unknown {
  const allow = typed.trim() === '*' ? '*' : typed.split(/[\s,;]+/).filter((text) => text !== '');
  const usual = below?.kind === 'countries' || below?.kind === 'voice' ? (below.allow ?? '*') : undefined;
  return textOfEntry(allow) === textOfEntry(usual) ? undefined : allow;
}

function amountIn(typed: string, below: Rule | null): unknown {
  if (typed.trim() === '') return undefined;
  const amount = numberIn(typed.replace(',', '.'));
  return below?.kind === 'limit' && below.most / MICROS === amount ? undefined : amount;
}

/** A number, or what was typed in its place, for the reader of the configuration to say what is wrong with it. */
const numberIn = (typed: string): number | string =>
  NUMBER.test(typed.trim()) ? Number(typed.trim()) : typed;

/** What is wrong with each field, by its name, and what is about no field. */
export function problemsByField(
  id: string,
  problems: readonly string[],
): { readonly of: ReadonlyMap<string, string>; readonly others: readonly string[] } {
  const of = new Map<string, string>();
  const others: string[] = [];
  for (const problem of problems) {
    const [, place = '', what = ''] = /^([^\s:]+): (.*)$/s.exec(problem) ?? [];
    const field = place.startsWith(`guard.rules.${id}.`)
      ? place.slice(`guard.rules.${id}.`.length)
      : place === `guard.${id}`
        ? 'allow'
        : place === `guard.money.${ownOf(BUDGETS, id) ?? ''}`
          ? 'amount'
          : place === `guard.rules.${id}`
            ? 'id'
            : null;
    if (field === null) others.push(problem);
    else of.set(field, `${what.slice(0, 1).toUpperCase()}${what.slice(1)}.`);
  }
  return { of, others };
}
