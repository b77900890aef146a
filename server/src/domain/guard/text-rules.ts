import { type Counts, count, NOTHING, withSeconds } from './counts.ts';
import { type Judgement, judge } from './judge.ts';
import { HOURS } from './kept.ts';
import type { Rule, SubjectKind } from './rules.ts';
import type { Readings, Sending } from './sending.ts';

/** What judges a text without a code, in the order in which it does. */
export type TextRules = {
  /** Where nothing may go at all. */
  readonly places: readonly Rule[];
  /** What is counted of texts alone. */
  readonly limits: readonly Rule[];
  /** Budgets that codes are paid from too. */
  readonly money: readonly Rule[];
};

type Split = TextRules & { readonly codes: readonly Rule[] };

const known = new WeakMap<readonly Rule[], Split>();

function split(rules: readonly Rule[]): Split {
  const before = known.get(rules);
  if (before !== undefined) return before;
  const isText = (rule: Rule) => 'for' in rule && rule.for === 'texts';
  const made: Split = {
    codes: rules.filter((rule) => !isText(rule)),
    places: rules.filter(({ kind }) => kind === 'ranges' || kind === 'countries' || kind === 'voice'),
    limits: rules.filter(isText),
    money: rules.filter((rule) => rule.kind === 'limit' && rule.of === 'micros' && !isText(rule)),
  };
  known.set(rules, made);
  return made;
}

/** The rules that judge codes. */
export const codeRules = (rules: readonly Rule[]): readonly Rule[] => split(rules).codes;

/** The rules that judge texts. Nobody verifies a text, so what looks at how many are verified says nothing of it. */
export const textRules = (rules: readonly Rule[]): TextRules => split(rules);

/**
 * What of it judges a text that was scheduled when it leaves. How fast a key asks was judged when it asked: it is no
 * flood that many were asked for one moment.
 */
export const leavingRules = (rules: TextRules): TextRules => ({
  ...rules,
  limits: rules.limits.filter(({ kind }) => kind !== 'rate'),
});

/**
 * What of it judges a notice. What others can use up only counts it and does not refuse it: who burns the money or fills
 * a block could then change somebody's factors unseen.
 */
export const noticeRules = ({ places, limits, money }: TextRules): TextRules => ({
  places,
  limits: limits.map((rule) => (rule.kind === 'limit' && rule.on === 'recipient' ? rule : recorded(rule))),
  money: money.map(recorded),
});

const recorded = (rule: Rule): Rule => (rule.mode === 'enforce' ? { ...rule, mode: 'monitor' } : rule);

export type TextReadings = {
  /** What is counted of codes and texts together. */
  readonly shared: Readings['counted'];
  /** What is counted of texts alone. */
  readonly own: Readings['counted'];
};
type Kept = Judgement['kept'];
export type TextJudgement = Pick<Judgement, 'refusal' | 'readings' | 'uncounted'> & {
  /** What the subjects' parts are from now on, when it is let through. Of what is shared only the money is counted. */
  readonly kept: { readonly shared: Kept; readonly own: Kept };
};

/** Judges one text by places, by its own limits, then by money; the first that refuses is named. */
export function judgeText(
  { places, limits, money }: TextRules,
  sending: Sending,
  { shared, own }: TextReadings,
  force: 'refuse' | 'record',
  nowMs: number,
): TextJudgement {
  const about = { projectId: '', recent: [] };
  const judgements = [
    judge(places, sending, { ...about, counted: {} }, force, nowMs),
    judge(limits, sending, { ...about, counted: own }, force, nowMs),
    judge(money, sending, { ...about, counted: shared }, force, nowMs),
  ] as const;
  const refusal = judgements.find((one) => one.refusal !== null)?.refusal ?? null;
  const isSent = refusal === null;
  const isPaced = limits.some(({ kind }) => kind === 'rate');
  return {
    refusal,
    readings: judgements.flatMap(({ readings }) => readings),
    uncounted: judgements[1].uncounted,
    kept: isSent
      ? {
          shared: spent(shared, sending.micros, nowMs),
          own: isPaced ? judgements[1].kept : unpaced(judgements[1].kept, own),
        }
      : { shared: {}, own: {} },
  };
}

/** Where nobody looks at how fast a key asks, it has not asked. */
function unpaced({ key, ...kept }: Kept, own: Readings['counted']): Kept {
  if (key === undefined) return kept;
  return { ...kept, key: withSeconds(key, own.key?.own ?? NOTHING) };
}

function spent(counted: Readings['counted'], micros: number, nowMs: number): Kept {
  if (micros === 0) return {};
  const kept: { [kind in SubjectKind]?: Counts } = {};
  for (const kind of Object.keys(counted) as SubjectKind[]) {
    const own = counted[kind]?.own;
    if (own !== undefined) kept[kind] = count(own, { micros }, nowMs, nowMs, HOURS(kind));
  }
  return kept;
}
