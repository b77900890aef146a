import type { LimitRule, Rule, RuleMode } from '../../domain/guard/rules.ts';
import type { Layer, LayerDocument, LayerKey } from '../../domain/layer.ts';
import type { LayerNeeds } from './layers-view.ts';

/** A number of a rule that may be changed, in the units of the configuration file. */
export type RuleField = {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly value: number | null;
};

export type GuardEditNeeds = LayerNeeds & {
  /** The rules of the file, for all projects. */
  readonly file: readonly Rule[];
  /** What a layer of a project lies on. */
  readonly below: (projectId: string) => readonly Rule[];
  /** The rules of a project with a document in the place of its layer. */
  readonly rulesWith: (key: LayerKey, document: LayerDocument) => readonly Rule[];
  readonly fieldsOf: (rule: Rule) => readonly RuleField[];
};

/** One rule as it is below the layer, in force and in the draft; null where it is not there. */
export type RuleRow = {
  readonly id: string;
  readonly below: Rule | null;
  readonly inForce: Rule | null;
  readonly drafted: Rule | null;
};

export type RulesView = {
  readonly project: string;
  readonly layer: Layer;
  readonly rows: readonly RuleRow[];
  /** Rules of the file that are not those that ship. */
  readonly isOfFile: (id: string) => boolean;
};

/** What stands in the form of one rule. */
export type RuleForm = {
  readonly id: string;
  readonly isNew: boolean;
  readonly values: { readonly [field: string]: string | undefined };
  /** As entries stood when the form was made, as `textOfEntry` writes them. */
  readonly was: { readonly [place: string]: string };
};

export const MODE_NAMES: readonly { readonly value: RuleMode; readonly name: string }[] = [
  { value: 'enforce', name: 'enforce: refuses' },
  { value: 'monitor', name: 'monitor: only writes down' },
  { value: 'off', name: 'off: is not judged' },
];

export const ON_NAMES: readonly { readonly value: string; readonly name: string }[] = [
  { value: 'recipient', name: 'each recipient' },
  { value: 'block', name: 'each block of numbers' },
  { value: 'country', name: 'each country' },
  { value: 'key', name: 'each access key' },
  { value: 'network', name: 'each address users ask from' },
  { value: 'device', name: 'each device of users' },
  { value: 'line', name: 'each kind of number: mobile, fixed, voip …' },
  { value: 'user', name: 'each user that you name' },
  { value: 'project', name: 'each project' },
  { value: 'installation', name: 'everything together' },
];

export const OF_NAMES: readonly { readonly value: string; readonly name: string }[] = [
  { value: 'sends', name: 'codes' },
  { value: 'unverified', name: 'codes that were not verified' },
  { value: 'wrong', name: 'wrong guesses' },
  { value: 'micros', name: 'money, in millionths' },
];

/** What each number of a rule is, as the label of a field. */
export const FIELD_NAMES: { readonly [name: string]: string } = {
  most: 'At most',
  windowMinutes: 'Within minutes',
  timesUsual: 'Or times what is usual there',
  keptForKnown: 'Of these kept for known people',
  perVerifiedPercent: 'More for each verified, in percent',
  mostAfterClosing: 'At most within a day of being closed',
  gap: 'Numbers apart from one another',
  leastSends: 'From so many codes on',
  closesBelowPercent: 'Closes below percent verified',
  firstMinutes: 'Closed at first for minutes',
  longestHours: 'Closed at most for hours',
  probes: 'Probes that are let through',
  graceMinutes: 'Minutes people have to answer',
  calmsToPercent: 'Opens to probes at percent of the flood',
  wrongADay: 'Wrong guesses a day',
  leastChecks: 'From so many checks on',
  wrongSharePercent: 'Or percent of them wrong',
};

/** A number in the form of a rule, and what it is without the layer. */
export type FormField = RuleField & { readonly below: number | null };

/** The budget of money that a rule is, by its name in the configuration file. */
export const BUDGETS: { readonly [rule: string]: string } = {
  'money-project': 'perDay',
  'money-key': 'perKeyAndDay',
  'money-country': 'perCountryAndDay',
  'money-block': 'perBlockAndDay',
  'money-project-hour': 'perHour',
  'money-key-hour': 'perKeyAndHour',
  'money-country-hour': 'perCountryAndHour',
};

const BUDGET_OF = {
  'money-project': 'project',
  'money-key': 'key',
  'money-country': 'country',
  'money-block': 'block',
  'money-project-hour': 'project',
  'money-key-hour': 'key',
  'money-country-hour': 'country',
} as const;

/** A budget that nobody has set yet, for its form; null for what is none. */
export function unsetBudget(id: string): LimitRule | null {
  if (!Object.hasOwn(BUDGET_OF, id)) return null;
  const on = BUDGET_OF[id as keyof typeof BUDGET_OF];
  const windowMs = id.endsWith('-hour') ? 3_600_000 : 86_400_000;
  return { kind: 'limit', id, mode: 'enforce', on, of: 'micros', windowMs, most: 0 };
}
