import { countedApart, isApartFrom, setApart } from './apart.ts';
import { type BrakeState, judgeBrake } from './brake.ts';
import {
  type Brake,
  type Counted,
  type Counts,
  count,
  HOUR_MS,
  inTwoSeconds,
  neighbours,
  noteTail,
  sum,
  tick,
} from './counts.ts';
import { HOURS } from './kept.ts';
import { judgeCoolDown, judgeLimit } from './limit.ts';
import { isOfCrowd, OF_CROWD, type Rule, type SubjectKind } from './rules.ts';
import { partsOf, type Readings, type Sending, type Verdict } from './sending.ts';
import { isSteppable } from './step-up.ts';
import { seenBy, type TriedBrakes, withTried } from './tried.ts';

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
  let tried: Tried | null = null;
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
    const isExempt = sending.isSafe === true && isOfCrowd(on) && ofRule(rule) !== 'micros';
    if (verdict.brake !== undefined && on !== null && !isOfBlock && !isExempt) {
      if (rule.kind !== 'brake' || rule.isTried !== true) brakes[on] = verdict.brake;
      else {
        tried ??= { block: null, country: null };
        tried[rule.on] = (tried[rule.on] ?? new Map()).set(rule.id, verdict.brake);
      }
    }
    const isOver = verdict.isOver;
    const isPassed = isExempt || (sending.hasSteppedUp === true && isSteppable(on, ofRule(rule)));
    const refuses = isOver && rule.mode === 'enforce' && force === 'refuse' && !isPassed;
    const { value, most } = verdict;
    const note = isOver && isPassed ? (isExempt ? SAFE : 'stepped up') : verdict.note;
    const said = !isOver ? 'under' : refuses ? 'over' : 'would-refuse';
    // Written out: this is done a dozen times for each code.
    found.push(
      note === undefined
        ? { rule: rule.id, value, most, verdict: said }
        : { rule: rule.id, value, most, verdict: said, note },
    );
    if (!isOver) continue;
    if (on === 'block' && rule.mode === 'enforce' && !isExempt) isBlockOver = true;
    if (rule.kind === 'campaign') attempts = refuses ? 1 : attempts;
    else if (refuses) {
      refusal ??= { rule: rule.id, kind: rule.kind, of: ofRule(rule), on, retryAtMs: verdict.retryAtMs };
    }
  }
  const isSent = refusal === null;
  const uncounted = uncountedOf(sending, readings, nowMs);
  const counted = keptOf(sending, readings, { rules, brakes, tried, uncounted, refusal }, nowMs);
  const kept = isBlockOver && !isSent ? setApart(readings.counted, counted, nowMs) : counted;
  return { refusal, readings: found, attempts, uncounted, kept };
}

/** What a reading says where the safe list kept its rule from refusing. */
export const SAFE = 'safe list';

const ofRule = (rule: Rule): string => (rule.kind === 'limit' ? rule.of : rule.kind);

/** What a rule counts on. */
function countsOn(rule: Rule): SubjectKind | null {
  if (rule.kind === 'sequence') return 'block';
  if (rule.kind === 'campaign') return 'project';
  return rule.kind === 'limit' || rule.kind === 'brake' || rule.kind === 'rate' ? rule.on : null;
}

function uncountedOf(
  { isProven, isSafe }: Sending,
  { counted }: Readings,
  nowMs: number,
): readonly SubjectKind[] {
  if (isProven || isSafe === true) return OF_CROWD;
  return isApartFrom(counted, nowMs) ? ['country'] : [];
}

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
      const all = partsOf(counted);
      const parts = rule.isTried === true ? seenBy(rule.id, all) : all;
      return verdictOf(judgeBrake(parts, rule, nowMs), Math.round(rule.closesBelow * 100));
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

type Tried = { block: TriedBrakes | null; country: TriedBrakes | null };

type Outcome = {
  readonly rules: readonly Rule[];
  readonly tried: Tried | null;
  readonly brakes: { readonly [kind in SubjectKind]?: Brake };
  readonly uncounted: readonly SubjectKind[];
  readonly refusal: Judgement['refusal'];
};

/** Counts the sending where it is let through. A brake that closes is kept even so; a probe only when it leaves. */
function keptOf(
  sending: Sending,
  { counted }: Readings,
  { rules, brakes, tried, uncounted, refusal }: Outcome,
  nowMs: number,
): Judgement['kept'] {
  const kept: { [kind in SubjectKind]?: Counts } = {};
  const isSent = refusal === null;
  const isKept = ({ probes }: Brake): boolean => isSent || probes === 0;
  for (const [kind, { own }] of Object.entries(counted) as [SubjectKind, Counted][]) {
    let next = own;
    const brake = brakes[kind];
    if (brake !== undefined && isKept(brake)) next = { ...next, brake };
    if (kind === 'block' || kind === 'country') next = withTried(next, rules, tried?.[kind] ?? null, isKept);
    if (isSent && !uncounted.includes(kind)) {
      next = count(next, { sends: 1, micros: sending.micros }, nowMs, nowMs, HOURS(kind));
      if (kind === 'block') next = noteTail(next, sending.place, nowMs);
      if (kind === 'key') next = tick(next, nowMs);
    } else if (isSent) {
      // Money is spent all the same.
      if (sending.micros > 0) next = count(next, { micros: sending.micros }, nowMs, nowMs, HOURS(kind));
      if (kind === 'country' && !sending.isProven && sending.isSafe !== true)
        next = countedApart(next, nowMs);
    } else if (kind === 'country' && refusal?.on === kind) {
      next = count(next, { refused: 1 }, nowMs, nowMs, HOURS(kind));
    }
    if (next !== own) kept[kind] = next;
  }
  return kept;
}
