import { HOUR_MS } from '../domain/guard/counts.ts';
import { LINES } from '../domain/guard/ranges.ts';
import { type LimitRule, type Rule, type RuleMode, STANDARD_RULES } from '../domain/guard/rules.ts';
import { CHANNELS } from '../domain/message.ts';
import { ownOf } from '../kernel/own.ts';
import { isObject, noteUnknown, textsAt, unknownName } from './reading.ts';
import { countryOf } from './routes.ts';

type Given = Readonly<Record<string, unknown>>;
/** How a number of the file becomes one of the rule. */
type Field = { readonly to: string; readonly times: number; readonly least: number; readonly most: number };

const MINUTE_MS = 60_000;
const DAY_MS = 24 * HOUR_MS;
const MICROS = 1_000_000;
export const MODES: readonly RuleMode[] = ['enforce', 'monitor', 'off'];
export const ON = [
  'recipient',
  'block',
  'country',
  'key',
  'project',
  'installation',
  'network',
  'device',
  'line',
  'user',
] as const;
export const OF = ['sends', 'unverified', 'wrong', 'micros'] as const;
/** What a limit is of; one of codes counts codes alone, but for money. */
export const FOR = ['codes', 'texts'] as const;
const WINDOW: Field = { to: 'windowMs', times: MINUTE_MS, least: 5, most: 1440 };
const whole = (to: string, least: number, most: number): Field => ({ to, times: 1, least, most });

/** The numbers that may be changed of each kind of rule, by their names in the file. */
export const FIELDS: { readonly [kind in Rule['kind']]: { readonly [name: string]: Field } } = {
  limit: {
    most: whole('most', 0, 1_000_000_000),
    windowMinutes: WINDOW,
    timesUsual: { to: 'timesUsual', times: 1, least: 1, most: 100 },
    keptForKnown: whole('keptForKnown', 0, 1_000_000),
    perVerifiedPercent: { to: 'perVerified', times: 0.01, least: 0, most: 1000 },
    mostAfterClosing: whole('mostAfterClosing', 0, 1_000_000),
  },
  countries: {},
  ranges: {},
  voice: {},
  'cool-down': {},
  sequence: { most: whole('most', 2, 24), gap: whole('gap', 1, 1000) },
  rate: { most: whole('most', 1, 1_000_000) },
  brake: {
    leastSends: whole('leastSends', 5, 1_000_000),
    closesBelowPercent: { to: 'closesBelow', times: 0.01, least: 1, most: 99 },
    windowMinutes: WINDOW,
    firstMinutes: { to: 'firstMs', times: MINUTE_MS, least: 1, most: 1440 },
    longestHours: { to: 'longestMs', times: HOUR_MS, least: 1, most: 168 },
    probes: whole('probes', 1, 100),
    graceMinutes: { to: 'graceMs', times: MINUTE_MS, least: 5, most: 60 },
    calmsToPercent: { to: 'calmsTo', times: 0.01, least: 0, most: 99 },
  },
  campaign: {
    wrongADay: whole('wrongADay', 10, 1_000_000),
    leastChecks: whole('leastChecks', 10, 1_000_000),
    wrongSharePercent: { to: 'wrongShare', times: 0.01, least: 1, most: 99 },
  },
};

/** The part `guard` of the configuration file: the standard rules with what it changes and adds. */
export function readGuard(given: unknown, problems: string[]): readonly Rule[] {
  if (given === undefined) return STANDARD_RULES;
  if (!isObject(given)) {
    problems.push('guard: set an object, such as { "countries": ["NL", "BE"] }');
    return STANDARD_RULES;
  }
  noteUnknown(
    given,
    'guard',
    ['countries', 'voice', 'money', 'rules', 'drafts', 'stepUp', 'lists'],
    problems,
  );
  const base = allowed(STANDARD_RULES, given, problems);
  const rules = [...changed(base, given.rules, problems), ...moneyRules(given.money, problems)];
  return [...rules, ...draftsOf(rules, given.drafts, problems)];
}

/** What operators may set over the part `guard`. */
const LAYER_NAMES = ['countries', 'voice', 'money', 'rules'];

/**
 * The rules with what a layer over them changes and adds. It is written as the part `guard` is, but its `rules` may name
 * the budgets of money and the limits that lie below too. What cannot be used of it is noted and left out.
 */
export function readGuardLayer(below: readonly Rule[], given: Given, problems: string[]): readonly Rule[] {
  noteUnknown(given, 'guard', LAYER_NAMES, problems);
  const money = moneyRules(given.money, problems);
  const base = allowed(below, given, problems).map((rule) => money.find(({ id }) => id === rule.id) ?? rule);
  const added = money.filter(({ id }) => !base.some((rule) => rule.id === id));
  return changed([...base, ...added], given.rules, problems);
}

/** What the name of a rule begins with that is only tried. */
export const DRAFT = 'draft-';
const NOT_DRAFT = 'name it otherwise: drafts are called so';

/** The rules with the countries that are chosen. */
function allowed(rules: readonly Rule[], given: Given, problems: string[]): readonly Rule[] {
  const allow = {
    countries: countriesAt(given, 'countries', problems),
    voice: countriesAt(given, 'voice', problems),
  };
  return rules.map((rule) => {
    if (rule.kind !== 'countries' && rule.kind !== 'voice') return rule;
    const asked = allow[rule.kind];
    return asked === undefined ? rule : { ...rule, allow: asked };
  });
}

/** Changes that are only tried: each rule once more as it would be, judged and written down beside the one in force. */
function draftsOf(rules: readonly Rule[], given: unknown, problems: string[]): readonly Rule[] {
  if (given === undefined) return [];
  if (!isObject(given)) {
    problems.push('guard.drafts: set an object that names rules, such as { "key-day": { "most": 5000 } }');
    return [];
  }
  return Object.entries(given).flatMap(([id, change]): Rule[] => {
    const path = `guard.drafts.${id}`;
    const rule = rules.find((one) => one.id === id);
    if (rule === undefined) {
      const known = rules.map((one) => `guard.drafts.${one.id}`);
      problems.push(unknownName(path, known));
      return [];
    }
    if (isObject(change) && change.mode !== undefined) {
      problems.push(`${path}.mode: leave it out, a draft only monitors`);
      return [];
    }
    return [asDraft(changedRule(rule, change, problems, path))];
  });
}

/** A rule as it is tried beside the one in force: a brake with what it would close for itself. */
export const asDraft = (rule: Rule): Rule => ({
  ...rule,
  ...(rule.kind === 'brake' ? { isTried: true } : {}),
  ...{ id: `${DRAFT}${rule.id}`, mode: 'monitor' },
});

/** A number of a rule that may be changed, as the file has it. */
export type RuleField = {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** null where the rule has none. */
  readonly value: number | null;
};

/** The numbers of a rule, by their names in the file and in its units. */
export const fieldsOfRule = (rule: Rule): readonly RuleField[] =>
  Object.entries(FIELDS[rule.kind]).map(([name, { to, times, least, most }]) => {
    const value = (rule as unknown as Readonly<Record<string, number | undefined>>)[to];
    return { name, least, most, value: value === undefined ? null : Math.round(value / times) };
  });

/** Whether the file says to which countries codes may be sent, which a real provider of texts or calls needs. */
export const namesCountries = (given: unknown): boolean => isObject(given) && given.countries !== undefined;

/** A list of countries; null for "*", all of them; undefined when it is left out. */
function countriesAt(
  given: Given,
  name: 'countries' | 'voice',
  problems: string[],
): readonly string[] | null | undefined {
  const value = given[name];
  if (value === undefined) return undefined;
  if (value === '*') return null;
  if (Array.isArray(value) && value.length === 0) return [];
  return (
    textsAt(given, name, 'guard', countryOf, 'countries such as "NL" (ISO 3166-1), or "*" alone', problems) ??
    []
  );
}

function changed(base: readonly Rule[], given: unknown, problems: string[]): readonly Rule[] {
  if (given === undefined) return base;
  if (!isObject(given)) {
    problems.push('guard.rules: set an object that names rules, such as { "key-day": { "most": 5000 } }');
    return base;
  }
  const known = base.map(({ id }) => id);
  const own: Rule[] = [];
  for (const [id, change] of Object.entries(given)) {
    if (known.includes(id)) continue;
    const made = isObject(change) && change.on !== undefined ? newRule(id, change, problems) : null;
    if (made !== null) own.push(made);
    else if (!isObject(change) || change.on === undefined)
      problems.push(
        unknownName(
          `guard.rules.${id}`,
          known.map((one) => `guard.rules.${one}`),
        ),
      );
  }
  return [
    ...base.map((rule) => {
      const change = ownOf(given, rule.id);
      return change === undefined ? rule : changedRule(rule, change, problems);
    }),
    ...own,
  ];
}

function changedRule(rule: Rule, given: unknown, problems: string[], path = `guard.rules.${rule.id}`): Rule {
  if (!isObject(given)) {
    problems.push(`${path}: set an object, such as { "mode": "monitor" }`);
    return rule;
  }
  const fields = FIELDS[rule.kind];
  const more = rule.kind === 'cool-down' ? ['waitsSeconds'] : rule.kind === 'limit' ? linesOf(rule.on) : [];
  noteUnknown(given, path, ['mode', ...Object.keys(fields), ...more], problems);
  const mode = modeAt(given, path, rule.mode, problems);
  const next = { ...rule, ...numbersAt(given, path, fields, problems), mode } as Rule;
  if (next.kind === 'cool-down' && given.waitsSeconds !== undefined)
    return { ...next, waitsMs: waitsAt(given, path, problems) };
  if (next.kind === 'limit')
    return { ...next, ...channelsAt(given, path, problems), ...linesAt(given, path, problems) };
  return next;
}

/** A limit of the operator's own: what is counted, on what, within which time. */
function newRule(id: string, given: Given, problems: string[]): Rule | null {
  const path = `guard.rules.${id}`;
  noteUnknown(
    given,
    path,
    ['mode', 'on', 'of', 'for', 'channels', 'lines', ...Object.keys(FIELDS.limit)],
    problems,
  );
  const on = ON.find((one) => one === given.on);
  const of = given.of === undefined ? 'sends' : OF.find((one) => one === given.of);
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(id))
    problems.push(`${path}: name a rule with small letters, digits and hyphens`);
  if (id.startsWith(DRAFT)) problems.push(`${path}: ${NOT_DRAFT}`);
  if (on === undefined) problems.push(`${path}.on: set one of ${ON.join(', ')}`);
  if (of === undefined) problems.push(`${path}.of: set one of ${OF.join(', ')}`);
  const forWhat = given.for === undefined ? 'codes' : FOR.find((one) => one === given.for);
  if (forWhat === undefined) problems.push(`${path}.for: set one of ${FOR.join(', ')}`);
  if (forWhat === 'texts' && of !== undefined && of !== 'sends' && of !== 'micros')
    problems.push(`${path}.of: of texts only sends and micros are limited, since nobody verifies them`);
  if (forWhat === 'texts' && (on === 'network' || on === 'device' || on === 'user'))
    problems.push(`${path}.on: texts come from no ${on}`);
  if (on !== 'line' && given.lines !== undefined)
    problems.push(`${path}.lines: leave it out where on is not line`);
  if (forWhat !== 'texts' && on === 'recipient' && of !== undefined && of !== 'sends')
    problems.push(`${path}.of: of recipients only sends are limited`);
  const numbers = numbersAt(given, path, FIELDS.limit, problems);
  if (numbers.most === undefined) problems.push(`${path}.most: set how many are allowed`);
  if (on === undefined || of === undefined || id.startsWith(DRAFT)) return null;
  const base: LimitRule = {
    kind: 'limit',
    id,
    mode: modeAt(given, path, 'enforce', problems),
    on,
    of,
    windowMs: HOUR_MS,
    most: 0,
    ...(forWhat === 'texts' ? { for: forWhat } : {}),
  };
  return { ...base, ...numbers, ...channelsAt(given, path, problems), ...linesAt(given, path, problems) };
}

/** Budgets of a day stop what was planned for; those of an hour trip when money burns faster than it should. */
const MONEY = {
  perDay: { on: 'project', windowMs: DAY_MS },
  perKeyAndDay: { on: 'key', windowMs: DAY_MS },
  perCountryAndDay: { on: 'country', windowMs: DAY_MS },
  perBlockAndDay: { on: 'block', windowMs: DAY_MS },
  perHour: { on: 'project', windowMs: HOUR_MS },
  perKeyAndHour: { on: 'key', windowMs: HOUR_MS },
  perCountryAndHour: { on: 'country', windowMs: HOUR_MS },
} as const;

function moneyRules(given: unknown, problems: string[]): readonly Rule[] {
  if (given === undefined) return [];
  if (!isObject(given)) {
    problems.push('guard.money: set an object, such as { "perDay": 100 }, in the currency of the prices');
    return [];
  }
  noteUnknown(given, 'guard.money', Object.keys(MONEY), problems);
  return Object.entries(MONEY).flatMap(([name, { on, windowMs }]): Rule[] => {
    const amount = given[name];
    if (amount === undefined) return [];
    if (typeof amount !== 'number' || !(amount >= 0) || amount > 1_000_000_000) {
      problems.push(`guard.money.${name}: set an amount of money, such as 100 or 0.5`);
      return [];
    }
    const most = Math.round(amount * MICROS);
    const id = `money-${on}${windowMs === DAY_MS ? '' : '-hour'}`;
    return [{ kind: 'limit', id, mode: 'enforce', on, of: 'micros', windowMs, most }];
  });
}

function modeAt(given: Given, path: string, usual: RuleMode, problems: string[]): RuleMode {
  if (given.mode === undefined) return usual;
  const mode = MODES.find((one) => one === given.mode);
  if (mode === undefined) problems.push(`${path}.mode: set ${MODES.join(', ')}`);
  return mode ?? usual;
}

function numbersAt(
  given: Given,
  path: string,
  fields: { readonly [name: string]: Field },
  problems: string[],
) {
  const numbers: { [to: string]: number } = {};
  for (const [name, { to, times, least, most }] of Object.entries(fields)) {
    const value = given[name];
    if (value === undefined) continue;
    const isGood = typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
    if (isGood) numbers[to] = value * times;
    else problems.push(`${path}.${name}: set a whole number from ${least} to ${most}`);
  }
  return numbers;
}

function waitsAt(given: Given, path: string, problems: string[]): readonly number[] {
  const waits: readonly unknown[] = Array.isArray(given.waitsSeconds) ? given.waitsSeconds : [];
  const isGood =
    waits.length > 0 &&
    waits.length <= 20 &&
    waits.every((one) => Number.isInteger(one) && Number(one) >= 0 && Number(one) <= 86_400);
  if (!isGood)
    problems.push(
      `${path}.waitsSeconds: set the waits before each further code, such as [0, 30, 60, 120, 240]`,
    );
  return isGood ? waits.map((seconds) => Number(seconds) * 1000) : [0];
}

function channelsAt(given: Given, path: string, problems: string[]): Pick<LimitRule, 'channels'> {
  const channel = (text: string) => CHANNELS.find((one) => one === text) ?? null;
  const channels = textsAt(given, 'channels', path, channel, `one of ${CHANNELS.join(', ')}`, problems);
  return channels === null ? {} : { channels };
}

/** What may be changed of a limit beside its numbers. */
const linesOf = (on: LimitRule['on']): readonly string[] =>
  on === 'line' ? ['channels', 'lines'] : ['channels'];

function linesAt(given: Given, path: string, problems: string[]): Pick<LimitRule, 'lines'> {
  const line = (text: string) => LINES.find((one) => one === text) ?? null;
  const lines = textsAt(given, 'lines', path, line, `one of ${LINES.join(', ')}`, problems);
  return lines === null ? {} : { lines };
}
