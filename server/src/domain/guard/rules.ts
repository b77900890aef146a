import type { Channel } from '../message.ts';
import type { BrakeRule } from './brake.ts';
import { HOUR_MS } from './counts.ts';
import type { Line } from './ranges.ts';

/** `monitor` judges and writes down, but refuses nothing; `off` does not even judge. */
export type RuleMode = 'enforce' | 'monitor' | 'off';

/**
 * What is counted about. A block is a number without its last four digits; a network an IPv4 address or IPv6 /64; a line
 * what kind of number it is; a user somebody that the customer names.
 */
export type SubjectKind =
  | 'recipient'
  | 'block'
  | 'country'
  | 'key'
  | 'project'
  | 'installation'
  | 'network'
  | 'device'
  | 'line'
  | 'user';

/** At most `most` of something about one subject within a sliding window. */
export type LimitRule = {
  readonly kind: 'limit';
  readonly id: string;
  readonly mode: RuleMode;
  /** Counts and limits texts without a code, which codes neither count on nor are limited by. */
  readonly for?: 'texts';
  readonly on: SubjectKind;
  /** `unverified` are sendings whose code was not verified; `wrong` are wrong guesses. */
  readonly of: 'sends' | 'unverified' | 'wrong' | 'micros';
  /** A day at most; a sum over more than an hour counts whole hours. */
  readonly windowMs: number;
  readonly most: number;
  /** Where the subject's own week says that more is usual: this many times its busiest hours (95 of 100). */
  readonly timesUsual?: number;
  /** Added to `most` for each that was verified within the window. */
  readonly perVerified?: number;
  /**
   * The subject's brake closes with it, and decides from then on. Within a day of being opened again the limit is
   * this low.
   */
  readonly mostAfterClosing?: number;
  /** Of `most`, what is kept for known contexts, so that strangers cannot use up a victim's. */
  readonly keptForKnown?: number;
  readonly channels?: readonly Channel[];
  /** Of a limit on lines: the lines that it judges; all where it is left out. */
  readonly lines?: readonly Line[];
};

export type Rule =
  | LimitRule
  /** Sending only to these countries (ISO 3166-1); null sends to all. */
  | {
      readonly kind: 'countries';
      readonly id: string;
      readonly mode: RuleMode;
      readonly allow: readonly string[] | null;
    }
  /** Never to satellites, premium, shared-cost and unassigned numbers. */
  | { readonly kind: 'ranges'; readonly id: string; readonly mode: RuleMode }
  /** Calls only to these countries. */
  | {
      readonly kind: 'voice';
      readonly id: string;
      readonly mode: RuleMode;
      readonly allow: readonly string[] | null;
    }
  /** A growing wait between codes to one recipient that were not verified. */
  | {
      readonly kind: 'cool-down';
      readonly id: string;
      readonly mode: RuleMode;
      readonly waitsMs: readonly number[];
    }
  /** Numbers that stand next to one another. */
  | {
      readonly kind: 'sequence';
      readonly id: string;
      readonly mode: RuleMode;
      readonly most: number;
      readonly gap: number;
    }
  /** At most so many within two seconds. */
  | {
      readonly kind: 'rate';
      readonly id: string;
      readonly mode: RuleMode;
      readonly for?: 'texts';
      readonly on: 'key' | 'project';
      readonly most: number;
    }
  | ({
      readonly kind: 'brake';
      readonly id: string;
      readonly mode: RuleMode;
      readonly on: 'block' | 'country';
      /** Tried beside another one on the same: what it would close is kept apart. */
      readonly isTried?: true;
    } & BrakeRule)
  /** Too many wrong guesses over all recipients: from then on one attempt a code. */
  | {
      readonly kind: 'campaign';
      readonly id: string;
      readonly mode: RuleMode;
      readonly wrongADay: number;
      readonly leastChecks: number;
      readonly wrongShare: number;
    };

const DAY_MS = 24 * HOUR_MS;
const BRAKE: BrakeRule = {
  ...{
    leastSends: 30,
    closesBelow: 0.15,
    windowMs: DAY_MS,
    firstMs: HOUR_MS,
    longestMs: 24 * HOUR_MS,
    probes: 2,
  },
  graceMs: 10 * 60_000,
};

/** What is in force from the first start (security.md, default values). Countries and calls wait for the set-up. */
export const STANDARD_RULES: readonly Rule[] = [
  { kind: 'ranges', id: 'ranges', mode: 'enforce' },
  { kind: 'countries', id: 'countries', mode: 'enforce', allow: null },
  { kind: 'voice', id: 'voice', mode: 'enforce', allow: [] },
  { kind: 'cool-down', id: 'cool-down', mode: 'enforce', waitsMs: [0, 30_000, 60_000, 120_000, 240_000] },
  { ...limit('recipient-hour', 'recipient', 'sends', HOUR_MS, 5), keptForKnown: 2 },
  { ...limit('recipient-day', 'recipient', 'sends', DAY_MS, 10), keptForKnown: 4 },
  limit('network-hour', 'network', 'unverified', HOUR_MS, 5),
  limit('network-wrong', 'network', 'wrong', HOUR_MS, 20),
  limit('block-unverified', 'block', 'unverified', HOUR_MS, 10),
  { kind: 'sequence', id: 'sequence', mode: 'enforce', most: 5, gap: 3 },
  { kind: 'brake', id: 'block-conversion', mode: 'enforce', on: 'block', ...BRAKE },
  {
    ...limit('country-unverified', 'country', 'unverified', HOUR_MS, 50),
    ...{ timesUsual: 3, perVerified: 0.5, mostAfterClosing: 10 },
  },
  { kind: 'brake', id: 'country-conversion', mode: 'enforce', on: 'country', ...BRAKE, calmsTo: 0.25 },
  { kind: 'rate', id: 'key-rate', mode: 'enforce', on: 'key', most: 20 },
  limit('key-day', 'key', 'sends', DAY_MS, 1000),
  { kind: 'campaign', id: 'campaign', mode: 'enforce', wrongADay: 1000, leastChecks: 200, wrongShare: 0.5 },
  // As many requests as codes may make, each to as many as a request takes.
  { kind: 'rate', id: 'text-key-rate', mode: 'enforce', for: 'texts', on: 'key', most: 1000 },
  { ...limit('text-recipient-hour', 'recipient', 'sends', HOUR_MS, 20), for: 'texts' },
  { ...limit('text-recipient-day', 'recipient', 'sends', DAY_MS, 60), for: 'texts' },
  { ...limit('text-block-hour', 'block', 'sends', HOUR_MS, 200), for: 'texts' },
  { ...limit('text-country-hour', 'country', 'sends', HOUR_MS, 5000), for: 'texts', timesUsual: 3 },
  { ...limit('text-key-day', 'key', 'sends', DAY_MS, 10_000), for: 'texts' },
];

function limit(id: string, on: SubjectKind, of: LimitRule['of'], windowMs: number, most: number): LimitRule {
  return { kind: 'limit', id, mode: 'enforce', on, of, windowMs, most };
}

/** What a number shares with many others: their rules neither hold nor count a number that was verified lately. */
export const OF_CROWD: readonly SubjectKind[] = ['block', 'country', 'line'];
export const isOfCrowd = (on: SubjectKind | null): boolean =>
  on === 'block' || on === 'country' || on === 'line';

const subjects = new WeakMap<readonly Rule[], ReadonlySet<SubjectKind>>();

/** The subjects that some rule counts on. */
export function subjectsOf(rules: readonly Rule[]): ReadonlySet<SubjectKind> {
  const known = subjects.get(rules) ?? found(rules);
  subjects.set(rules, known);
  return known;
}

function found(rules: readonly Rule[]): ReadonlySet<SubjectKind> {
  const found = new Set<SubjectKind>();
  for (const rule of rules) {
    if (rule.mode === 'off') continue;
    if (rule.kind === 'limit' || rule.kind === 'brake' || rule.kind === 'rate') found.add(rule.on);
    if (rule.kind === 'sequence') found.add('block');
    if (rule.kind === 'campaign') found.add('project');
  }
  return found;
}

/** A hard stop on money must be exact over all nodes; of other counts a node may be a moment behind the others. */
export const isExact = (rules: readonly Rule[], on: SubjectKind): boolean =>
  on === 'block' ||
  on === 'network' ||
  on === 'device' ||
  on === 'key' ||
  rules.some(
    (rule) => rule.kind === 'limit' && rule.on === on && rule.of === 'micros' && rule.mode !== 'off',
  );
