import type { Channel } from '../message.ts';
import { countedApart, isApartFrom, setApart } from './apart.ts';
import { type BrakeState, brakeOf, closed, judgeBrake } from './brake.ts';
import {
  type Brake,
  type Counted,
  type Counts,
  count,
  easesAtMs,
  HOUR_MS,
  inTwoSeconds,
  neighbours,
  noteTail,
  sum,
  tick,
  usualUnverified,
} from './counts.ts';
import { HOURS } from './kept.ts';
import type { NeverReason } from './ranges.ts';
import type { LimitRule, Rule, SubjectKind } from './rules.ts';
import { isSteppable } from './step-up.ts';

/** A code that somebody wants sent, as far as the guard cares. */
export type Sending = {
  readonly channel: Channel;
  /** Why nobody is ever sent a code at this number. */
  readonly range: NeverReason | null;
  /** Where the number stands within its block; see `placeInBlock`. */
  readonly place: number;
  /** ISO 3166-1; null for e-mail and for numbers of no country. */
  readonly country: string | null;
  /** Only from `unknown` places is something kept for known ones. */
  readonly whence: 'known' | 'unknown' | 'new' | 'unsaid';
  /** Verified within 90 days: neither held by the rules on blocks and countries, nor counted by them. */
  readonly isProven: boolean;
  /** What it is expected to cost, in millionths of the price book's currency. */
  readonly micros: number;
  /** Who asks did what is asked instead of a refusal: see `isSteppable`. */
  readonly hasSteppedUp?: boolean;
};

/** An earlier code to the same recipient. */
export type RecentSend = {
  readonly atMs: number;
  readonly projectId: string;
  readonly whence: 'known' | 'unknown';
};

export type Readings = {
  readonly projectId: string;
  readonly recent: readonly RecentSend[];
  /** Only the subjects that this sending has. */
  readonly counted: { readonly [kind in SubjectKind]?: Counted };
};

/** One rule's view, kept with what it allowed or refused. */
export type Reading = {
  readonly rule: string;
  /** What was counted, this sending included; a share in hundredths for a brake. */
  readonly value: number;
  readonly most: number;
  readonly verdict: 'under' | 'over' | 'would-refuse';
  /** In words, where numbers do not say it. */
  readonly note?: string;
};

export type Judgement = {
  readonly refusal: {
    readonly rule: string;
    readonly kind: Rule['kind'];
    readonly of: string;
    /** What the rule counts on; null where it counts nothing. */
    readonly on: SubjectKind | null;
    readonly retryAtMs: number | null;
  } | null;
  readonly readings: readonly Reading[];
  /** Attempts that the code may have at most; null for as many as were asked for. */
  readonly attempts: number | null;
  /** Subjects that this sending is not counted on: of a proven number its place, of a block kept apart its country. */
  readonly uncounted: readonly SubjectKind[];
  /** What the subjects' own parts are from now on: with this sending counted when it is let through. */
  readonly kept: { readonly [kind in SubjectKind]?: Counts };
};

const WEEK_MS = 7 * 24 * HOUR_MS;
/**
 * Judges one sending by every rule, in their order; the first that refuses is named. `force` is `refuse` where a real
 * provider would carry it; towards the sandbox rules are judged all the same, and refuse nothing.
 */
export function judge(
  rules: readonly Rule[],
  sending: Sending,
  readings: Readings,
  force: 'refuse' | 'record',
  nowMs: number,
): Judgement {
  const found: Reading[] = [];
  const brakes: { [kind in SubjectKind]?: Brake } = {};
  let refusal: Judgement['refusal'] = null;
  let attempts: number | null = null;
  let isBlockOver = false;
  for (const rule of rules) {
    if (rule.mode === 'off') continue;
    const verdict = judgeRule(rule, rules, sending, readings, nowMs);
    if (verdict === null) continue;
    const on = countsOn(rule);
    // What a full block is asked for says nothing about its country.
    const isOfBlock = on === 'country' && isBlockOver;
    if (verdict.brake !== undefined && on !== null && !isOfBlock) brakes[on] = verdict.brake;
    const isOver = verdict.isOver;
    const isPassed = sending.hasSteppedUp === true && isSteppable(on, ofRule(rule));
    const refuses = isOver && rule.mode === 'enforce' && force === 'refuse' && !isPassed;
    const { value, most } = verdict;
    const note = isOver && isPassed ? 'stepped up' : verdict.note;
    const said = !isOver ? 'under' : refuses ? 'over' : 'would-refuse';
    // Written out: this is done a dozen times for each code.
    found.push(
      note === undefined
        ? { rule: rule.id, value, most, verdict: said }
        : { rule: rule.id, value, most, verdict: said, note },
    );
    if (!isOver) continue;
    if (on === 'block' && rule.mode === 'enforce') isBlockOver = true;
    if (rule.kind === 'campaign') attempts = refuses ? 1 : attempts;
    else if (refuses) {
      refusal ??= { rule: rule.id, kind: rule.kind, of: ofRule(rule), on, retryAtMs: verdict.retryAtMs };
    }
  }
  const isSent = refusal === null;
  const uncounted = uncountedOf(sending, readings, nowMs);
  const counted = keptOf(sending, readings, { brakes, uncounted, refusal }, nowMs);
  const kept = isBlockOver && !isSent ? setApart(readings.counted, counted, nowMs) : counted;
  return { refusal, readings: found, attempts, uncounted, kept };
}

const ofRule = (rule: Rule): string => (rule.kind === 'limit' ? rule.of : rule.kind);

/** What a rule counts on. */
function countsOn(rule: Rule): SubjectKind | null {
  if (rule.kind === 'sequence') return 'block';
  if (rule.kind === 'campaign') return 'project';
  return rule.kind === 'limit' || rule.kind === 'brake' || rule.kind === 'rate' ? rule.on : null;
}

function uncountedOf({ isProven }: Sending, { counted }: Readings, nowMs: number): readonly SubjectKind[] {
  if (isProven) return ['block', 'country'];
  return isApartFrom(counted, nowMs) ? ['country'] : [];
}

type Verdict = {
  readonly isOver: boolean;
  readonly value: number;
  readonly most: number;
  readonly retryAtMs: number | null;
  readonly note?: string;
  readonly brake?: Brake;
};

/** Null where the rule has nothing to say of this sending. */
function judgeRule(
  rule: Rule,
  rules: readonly Rule[],
  sending: Sending,
  readings: Readings,
  nowMs: number,
): Verdict | null {
  const isPhone = sending.channel !== 'email';
  switch (rule.kind) {
    case 'limit':
      return judgeLimit(rule, rules, sending, readings, nowMs);
    case 'countries':
      if (!isPhone || rule.allow === null) return null;
      return listed(rule.allow, sending.country);
    case 'voice':
      if (sending.channel !== 'tts' || rule.allow === null) return null;
      return listed(rule.allow, sending.country);
    case 'ranges':
      if (!isPhone) return null;
      return {
        isOver: sending.range !== null,
        value: sending.range === null ? 0 : 1,
        ...NONE,
        ...noted(sending.range),
      };
    case 'cool-down':
      return judgeCoolDown(rule.waitsMs, sending, readings, nowMs);
    case 'sequence': {
      const block = readings.counted.block;
      if (block === undefined || sending.isProven) return null;
      const value = neighbours(partsOf(block), sending.place, rule.gap, nowMs);
      return { isOver: value > rule.most, value, most: rule.most, retryAtMs: nowMs + HOUR_MS };
    }
    case 'rate': {
      const counted = readings.counted[rule.on];
      if (counted === undefined) return null;
      const value = inTwoSeconds(partsOf(counted), nowMs) + 1;
      return { isOver: value > rule.most, value, most: rule.most, retryAtMs: nowMs + 1000 };
    }
    case 'brake': {
      const counted = readings.counted[rule.on];
      if (counted === undefined || sending.isProven) return null;
      if (rule.on === 'country' && isApartFrom(readings.counted, nowMs)) return null;
      return verdictOf(judgeBrake(partsOf(counted), rule, nowMs), Math.round(rule.closesBelow * 100));
    }
    case 'campaign': {
      const counted = readings.counted.project;
      if (counted === undefined) return null;
      const parts = partsOf(counted);
      const wrong = sum(parts, 'wrong', 24 * HOUR_MS, nowMs);
      const lately = {
        checks: sum(parts, 'checks', 600_000, nowMs),
        wrong: sum(parts, 'wrong', 600_000, nowMs),
      };
      const isFailing = lately.checks >= rule.leastChecks && lately.wrong > lately.checks * rule.wrongShare;
      return {
        isOver: wrong > rule.wrongADay || isFailing,
        value: wrong,
        most: rule.wrongADay,
        retryAtMs: null,
      };
    }
    default:
      return rule satisfies never;
  }
}

function listed(allow: readonly string[], country: string | null): Verdict {
  const isOver = country === null || !allow.includes(country);
  return { isOver, value: isOver ? 1 : 0, most: 0, retryAtMs: null, ...noted(country) };
}

const NONE = { most: 0, retryAtMs: null } as const;
const noted = (note: string | null): { note?: string } => (note === null ? {} : { note });

function judgeLimit(
  rule: LimitRule,
  rules: readonly Rule[],
  sending: Sending,
  readings: Readings,
  nowMs: number,
): Verdict | null {
  if (rule.channels !== undefined && !rule.channels.includes(sending.channel)) return null;
  const counted = readings.counted[rule.on];
  // Of codes each moment is known; what else goes to a recipient is counted like everything.
  if (rule.on === 'recipient' && counted === undefined) return judgeRecipient(rule, sending, readings, nowMs);
  if (counted === undefined) return null;
  const isOfPlace = rule.on === 'block' || rule.on === 'country';
  if (sending.isProven && isOfPlace && rule.of !== 'micros') return null;
  // What is sent to a block that is counted apart is no matter of its country.
  if (rule.on === 'country' && rule.of !== 'micros' && isApartFrom(readings.counted, nowMs)) return null;
  const parts = partsOf(counted);
  const { windowMs } = rule;
  const brakeRule = brakeOfLimit(rule, rules);
  const brake = brakeRule === null ? null : brakeOf(parts);
  const sinceMs = brake?.healedAtMs ?? 0;
  const verified = rule.of === 'unverified' ? sum(parts, 'verified', windowMs, nowMs, sinceMs) : 0;
  const column = rule.of === 'unverified' ? 'sends' : rule.of;
  const had = sum(parts, column, windowMs, nowMs, sinceMs) - verified;
  const value = had + (rule.of === 'micros' ? sending.micros : rule.of === 'wrong' ? 0 : 1);
  const isWary = brake !== null && nowMs < sinceMs + 24 * HOUR_MS;
  const least = (isWary ? rule.mostAfterClosing : undefined) ?? rule.most;
  const carried = Math.floor(least + (rule.perVerified ?? 0) * verified);
  const isMuch = value >= carried && rule.timesUsual !== undefined;
  const usual = isMuch ? usualUnverified(parts, WEEK_MS, nowMs) : 0;
  const most = Math.max(carried, usual * (isWary ? 1 : (rule.timesUsual ?? 0)));
  // A brake that is closed decides alone.
  const isBraked = brake !== null && brake.healedAtMs === null;
  const isOver = !isBraked && (rule.of === 'wrong' ? value >= most : value > most);
  const verdict = { isOver, value, most };
  if (!isOver) return { ...verdict, retryAtMs: null };
  if (brakeRule === null) return { ...verdict, retryAtMs: easesAtMs(parts, column, windowMs, nowMs) };
  const closing = closed(parts, brakeRule, nowMs);
  return { ...verdict, retryAtMs: closing.untilMs, brake: closing };
}

/** The brake that closes when this limit is passed: only one that is in force, as it decides from then on. */
function brakeOfLimit(rule: LimitRule, rules: readonly Rule[]) {
  if (rule.mostAfterClosing === undefined || rule.mode !== 'enforce') return null;
  const found = rules.find((one) => one.kind === 'brake' && one.on === rule.on && one.mode === 'enforce');
  return found?.kind === 'brake' ? found : null;
}

/** Of the codes to one recipient each moment is known. `kept` of them strangers cannot have. */
function judgeRecipient(
  rule: LimitRule,
  { whence }: Sending,
  { recent, projectId }: Readings,
  nowMs: number,
): Verdict {
  const within = recent.filter((send) => send.projectId === projectId && send.atMs > nowMs - rule.windowMs);
  const strangers = within.filter((send) => send.whence === 'unknown');
  const forStrangers = rule.most - (rule.keptForKnown ?? 0);
  const isStranger = whence === 'unknown';
  const isOver = within.length + 1 > rule.most || (isStranger && strangers.length + 1 > forStrangers);
  const blocking = within.length + 1 > rule.most ? within : strangers;
  const most = blocking === strangers && isStranger ? forStrangers : rule.most;
  const oldest = [...blocking].sort((a, b) => a.atMs - b.atMs)[Math.max(0, blocking.length - most)];
  return {
    ...{
      isOver,
      value: (isStranger ? strangers.length : within.length) + 1,
      most: isStranger ? forStrangers : rule.most,
    },
    retryAtMs: isOver ? (oldest?.atMs ?? nowMs) + rule.windowMs : null,
  };
}

/** Who asks from a known place waits for what was asked for from known places: strangers cannot make them wait. */
function judgeCoolDown(
  waitsMs: readonly number[],
  { whence }: Sending,
  { recent, projectId }: Readings,
  nowMs: number,
): Verdict {
  const lately = recent.filter(
    (send) =>
      send.projectId === projectId &&
      send.atMs > nowMs - HOUR_MS &&
      (whence !== 'known' || send.whence === 'known'),
  );
  const waitMs = waitsMs[Math.min(lately.length, waitsMs.length - 1)] ?? 0;
  const last = Math.max(0, ...lately.map(({ atMs }) => atMs));
  const retryAtMs = last + waitMs;
  const isOver = lately.length > 0 && nowMs < retryAtMs;
  return { isOver, value: lately.length, most: waitsMs.length, retryAtMs: isOver ? retryAtMs : null };
}

function verdictOf(state: BrakeState, percent: number): Verdict {
  switch (state.kind) {
    case 'open': {
      const share = state.sends === 0 ? 100 : Math.round((100 * state.verified) / state.sends);
      return { isOver: false, value: share, most: percent, retryAtMs: null };
    }
    case 'closing': {
      const share = state.sends === 0 ? 0 : Math.round((100 * state.verified) / state.sends);
      const note = `${state.verified} of ${state.sends} verified`;
      return {
        isOver: true,
        value: share,
        most: percent,
        retryAtMs: state.brake.untilMs,
        brake: state.brake,
        note,
      };
    }
    case 'closed':
      return { isOver: true, value: 0, most: percent, retryAtMs: state.untilMs, note: 'closed' };
    case 'probing':
      return { isOver: false, value: 0, most: percent, retryAtMs: null, brake: state.brake, note: 'a probe' };
    default:
      return state satisfies never;
  }
}

type Outcome = {
  readonly brakes: { readonly [kind in SubjectKind]?: Brake };
  readonly uncounted: readonly SubjectKind[];
  readonly refusal: Judgement['refusal'];
};

/** Counts the sending where it is let through. A brake that closes is kept even so; a probe only when it leaves. */
function keptOf(
  sending: Sending,
  { counted }: Readings,
  { brakes, uncounted, refusal }: Outcome,
  nowMs: number,
): Judgement['kept'] {
  const kept: { [kind in SubjectKind]?: Counts } = {};
  const isSent = refusal === null;
  for (const [kind, { own }] of Object.entries(counted) as [SubjectKind, Counted][]) {
    let next = own;
    const brake = brakes[kind];
    if (brake !== undefined && (isSent || brake.probes === 0)) next = { ...next, brake };
    if (isSent && !uncounted.includes(kind)) {
      next = count(next, { sends: 1, micros: sending.micros }, nowMs, nowMs, HOURS(kind));
      if (kind === 'block') next = noteTail(next, sending.place, nowMs);
      if (kind === 'key') next = tick(next, nowMs);
    } else if (isSent) {
      // Money is spent all the same.
      if (sending.micros > 0) next = count(next, { micros: sending.micros }, nowMs, nowMs, HOURS(kind));
      if (kind === 'country' && !sending.isProven) next = countedApart(next, nowMs);
    } else if (kind === 'country' && refusal?.on === kind) {
      next = count(next, { refused: 1 }, nowMs, nowMs, HOURS(kind));
    }
    if (next !== own) kept[kind] = next;
  }
  return kept;
}

const partsOf = ({ own, others }: Counted): readonly Counts[] =>
  others.length === 0 ? [own] : [own, ...others];

/** A number without its last four digits. */
export const blockOf = (address: string): string => address.slice(0, -4);

/**
 * Where a number stands within its block, turned by a secret of the block: near numbers stay near, and nobody reads
 * the last digits from it. `turn` is any whole number that only the block's key tells.
 */
export const placeInBlock = (address: string, turn: number): number =>
  (Number(address.slice(-4)) + turn) % 10_000;
