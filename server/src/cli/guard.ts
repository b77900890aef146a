import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Replayed, replayGuard } from '../app/guard/replay.ts';
import { createVault } from '../app/vault.ts';
import { type RuleChange, ruleChanges } from '../domain/guard/changes.ts';
import type { Rule } from '../domain/guard/rules.ts';
import { systemRandom } from '../kernel/random.ts';
import { type Command, type Given, NO_OPTIONS, WrongUsage } from './command.ts';
import { counted, existingMasterKey, readSettings, rulesOf, withStore } from './store-tools.ts';
import type { Surroundings } from './surroundings.ts';

const FILE = 'The file holds the part "guard" of roost.config.json, or a whole one.';
const MICROS = 1_000_000;

export const guardCheck: Command = {
  does: 'Reads other rules for the guard, and says what they would change',
  words: ['FILE'],
  ...NO_OPTIONS,
  more: [FILE, 'Nothing is changed. Ends with 1 when the file is wrong.'],
  examples: ['roost guard check new.json'],
  async run(surroundings, { words: [file = ''] }) {
    const { guardRules } = readSettings(surroundings);
    const changes = ruleChanges(guardRules, rulesIn(surroundings, file));
    return {
      json: { good: true, changes },
      text: changes.length === 0 ? ['It changes nothing.'] : changes.map(lineOfChange),
    };
  },
};

export const guardReplay: Command = {
  does: 'Judges what was asked for in the past by other rules: what they stop, save, and whom they hurt',
  words: [],
  options: {
    rules: { type: 'string' },
    since: { type: 'string' },
    until: { type: 'string' },
    sandbox: { type: 'boolean' },
  },
  optionWords: [
    ['--rules new.json', 'the rules in the place of those of roost.config.json'],
    ['--since 7d', 'from so long ago on: minutes, hours or days, such as 90m, 12h, 7d (7d)'],
    ['--until 1d', 'up to so long ago (now)'],
    ['--sandbox', 'of the codes that the sandbox carried, instead of those that went out'],
  ],
  more: [
    FILE,
    'What is set in the console lies over the file, as it does in force.',
    'Nothing is sent and nothing is changed. A code that the rules stop counts for nothing after, as if it had been so.',
    'What people do whose code is stopped, such as asking again, it cannot know.',
  ],
  examples: ['roost guard replay --rules new.json --since 7d', 'roost guard replay --since 24h --json'],
  async run(surroundings, given) {
    const config = readSettings(surroundings);
    const { rules: file } = given.options;
    const below = typeof file === 'string' ? rulesIn(surroundings, file) : config.guardRules;
    const vault = createVault(existingMasterKey(config), systemRandom);
    const report = await withStore(surroundings, async (store) => {
      const rules = await rulesOf(surroundings, store, below);
      const nowMs = store.nowMs();
      const span = {
        sinceMs: nowMs - spanOf(given, 'since', '7d'),
        untilMs: nowMs - spanOf(given, 'until', '0m'),
      };
      if (span.sinceMs >= span.untilMs) throw new WrongUsage('--since must be longer ago than --until');
      const of = given.options.sandbox === true ? 'sandbox' : 'real';
      return replayGuard({ store, vault }, { rules, ...span, of });
    });
    const currency = config.prices[0]?.cost.currency ?? '';
    return { json: { ...report, currency }, text: linesOf(report, currency) };
  },
};

function rulesIn({ readGuardRules, folder }: Surroundings, file: string): readonly Rule[] {
  const path = resolve(folder, file);
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(
      `${file}: ${error instanceof SyntaxError ? 'it is not valid JSON' : 'it cannot be read'}`,
    );
  }
  return readGuardRules(content);
}

const UNITS: { readonly [unit: string]: number } = { m: 60_000, h: 3_600_000, d: 86_400_000 };

function spanOf({ options }: Given, name: string, usual: string): number {
  const text = typeof options[name] === 'string' ? String(options[name]) : usual;
  const found = /^(\d{1,5})([mhd])$/.exec(text);
  if (found === null)
    throw new WrongUsage(`--${name} must be minutes, hours or days, such as 90m, 12h or 7d`);
  return Number(found[1]) * (UNITS[found[2] ?? ''] ?? 0);
}

const lineOfChange = ({ rule, change, fields }: RuleChange): string =>
  `${rule}: ${change === 'changed' ? fields.map(({ name, from, to }) => `${name} ${from} -> ${to}`).join(', ') : change}`;

function linesOf(report: Replayed, currency: string): string[] {
  const { was, stopped, hurt, hurtRecipients, savedMicros, refused, admitted, byRule, byCountry, examples } =
    report;
  const money = (micros: number) => `${(micros / MICROS).toFixed(2)} ${currency}`.trim();
  const saved = (micros: number) => (micros === 0 ? '' : `, ${money(micros)} saved`);
  const span = `${moment(report.sinceMs)} to ${moment(report.untilMs)}`;
  return [
    `${span}: ${counted(was.sent, 'code')} sent, ${was.refused.toLocaleString('en-US')} refused.`,
    `These rules refuse ${refused.toLocaleString('en-US')}; of what was sent they stop ${stopped.toLocaleString('en-US')}${saved(savedMicros)}.`,
    `Of the stopped, ${counted(hurt, 'code')} had been verified, by ${counted(hurtRecipients, 'recipient')}.`,
    ...(admitted === 0 ? [] : [`They let ${counted(admitted, 'code')} through that had been refused.`]),
    ...sumLines('rule', byRule, saved),
    ...sumLines('country', byCountry, saved),
    ...(examples.length === 0 ? [] : ['', 'Examples of what they stop:']),
    ...examples.map(
      ({ atMs, recipient, country, rule, value, most, wasVerified }) =>
        `  ${moment(atMs)}  ${recipient ?? 'forgotten'}  ${country ?? '--'}  ${rule} ${value} of ${most}${wasVerified ? '  had been verified' : ''}`,
    ),
  ];
}

const sumLines = (what: string, sums: Replayed['byRule'], saved: (micros: number) => string): string[] => {
  const rows = Object.entries(sums).slice(0, 20);
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.length === 0
    ? []
    : [
        '',
        `By ${what}:`,
        ...rows.map(
          ([name, { stopped, hurt, savedMicros, refused }]) =>
            `  ${name.padEnd(width)}  refuses ${refused}, stops ${stopped}, hurts ${hurt}${saved(savedMicros)}`,
        ),
      ];
};

const moment = (atMs: number): string => new Date(atMs).toISOString().slice(0, 19).replace('T', ' ');
