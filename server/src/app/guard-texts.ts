import { type Counted, type Counts, NOTHING, withSeconds } from '../domain/guard/counts.ts';
import { keptUntilMs } from '../domain/guard/kept.ts';
import { writeNote } from '../domain/guard/note.ts';
import { isExact, type Rule, type SubjectKind, subjectsOf } from '../domain/guard/rules.ts';
import type { Sending } from '../domain/guard/sending.ts';
import { signalsOf } from '../domain/guard/signals.ts';
import { NO_STEP_UP } from '../domain/guard/step-up.ts';
import {
  judgeText,
  leavingRules,
  noticeRules,
  type TextJudgement,
  type TextRules,
  textRules,
} from '../domain/guard/text-rules.ts';
import type { NewVerification } from '../domain/new-verification.ts';
import type { Scope } from '../domain/scope.ts';
import { NOWHERE } from '../domain/whereabouts.ts';
import type { Tally, TallySubject, Transaction } from '../store/store.ts';
import { tables } from '../store/store.ts';
import { exemptedBy, type GuardDeps, type Guarded, lineOf, prepareGuard, tallyName } from './guard.ts';
import type { Route } from './router.ts';

/** All that the guard needs to know of one text before the transaction. */
export type GuardedText = {
  readonly guarded: Guarded;
  readonly rules: TextRules;
  readonly recipientKey: string;
  readonly counted: { readonly shared: readonly CountedOn[]; readonly own: readonly CountedOn[] };
};
type CountedOn = {
  readonly kind: SubjectKind;
  readonly subject: TallySubject;
  /** Whether what is counted is kept; otherwise it is only judged. */
  readonly isKept: boolean;
  /** Where the last two seconds are counted, when that is elsewhere. */
  readonly pace?: TallySubject;
};

/**
 * Why a text is judged: it is asked for and leaves at once, it is asked for to leave later, it leaves now and was asked
 * for before, or it tells a user of a change.
 */
export type TextOccasion = 'at-once' | 'for-later' | 'leaving' | 'notice';

export type TextQuestion = {
  readonly occasion: TextOccasion;
  readonly scope: Scope;
  /** A text as a code would be asked for: its words as the template. */
  readonly wanted: Pick<NewVerification, 'channel' | 'recipient' | 'originator' | 'reference' | 'wording'>;
  readonly recipientKey: string;
  /** Public id of the access key; empty where none is used. */
  readonly keyId: string;
  readonly route: Pick<Route, 'keepsCodes' | 'routing'>;
};

const NO_CODE = { timeoutSeconds: 0, attempts: 0, returnToken: false, tokenLength: 0 } as const;

/** Names what a text is counted on, made once and outside of the transaction. */
export function prepareText(deps: GuardDeps, question: TextQuestion): GuardedText {
  const { occasion, scope, wanted, recipientKey, keyId, route } = question;
  const rules = textRules(deps.rules(scope));
  const shared = sharedRules(rules);
  const guarded = prepareGuard(
    { ...deps, stepUp: NO_STEP_UP, rules: () => shared },
    {
      ...{ scope, recipientKey, route, asker: { keyId, whereabouts: NOWHERE } },
      wanted: { ...wanted, ...NO_CODE },
    },
    subjectsOf(rules.limits),
  );
  const whats = new Map(guarded.subjects.map(({ kind, what }) => [kind, what]));
  whats
    .set('project', '')
    .set('installation', '')
    .set('recipient', deps.vault.subjectKey('recipient', recipientKey));
  const own = [...subjectsOf(rules.limits)].flatMap((kind): CountedOn[] => {
    const what = whats.get(kind);
    const exact = guarded.force === 'refuse' && (kind === 'recipient' || isExact(rules.limits, kind));
    if (what === undefined) return [];
    const subject = { name: `texts ${tallyName(scope, kind, what)}`, isExact: exact };
    if (occasion !== 'for-later' || kind !== 'key')
      return [{ kind, subject, isKept: occasion !== 'for-later' }];
    // What is asked for later is counted when it leaves; until then only its asking is, which is apart from what leaves. But
    // how fast a key asks is counted in one place, or it could ask in both ways at once.
    const asking = { name: `asked ${subject.name}`, isExact: exact };
    return [{ kind, subject: asking, isKept: true, pace: subject }];
  });
  const paid = guarded.subjects.flatMap(({ kind, tally }) =>
    tally === null ? [] : [{ kind, subject: tally, isKept: occasion !== 'for-later' }],
  );
  return { guarded, rules: JUDGED_BY[occasion](rules), recipientKey, counted: { shared: paid, own } };
}

const JUDGED_BY: { readonly [occasion in TextOccasion]: (rules: TextRules) => TextRules } = {
  'at-once': (rules) => rules,
  'for-later': (rules) => rules,
  leaving: leavingRules,
  notice: noticeRules,
};

const sharedOf = new WeakMap<TextRules, readonly Rule[]>();

function sharedRules(rules: TextRules): readonly Rule[] {
  const known = sharedOf.get(rules) ?? [...rules.places, ...rules.money];
  sharedOf.set(rules, known);
  return known;
}

/** What was read for texts. From here on nothing is awaited until it is kept: see `Tally`. */
export type TextFacts = {
  /** Of each text, whether its number was verified here within 90 days. */
  readonly areProven: readonly boolean[];
  readonly tallies: ReadonlyMap<string, Tally>;
  /** See `Guarded`, within this transaction. */
  readonly exempt: (text: Guarded, rule: string) => void;
};

/** Reads all that the rules look at, of all texts of a request in one go. */
export async function readTextFacts(
  tx: Transaction,
  texts: readonly GuardedText[],
  { projectId, mode }: Scope,
): Promise<TextFacts> {
  const subjects = new Map<string, TallySubject>();
  for (const { counted } of texts) {
    for (const { subject, pace = subject } of [...counted.shared, ...counted.own])
      subjects.set(subject.name, subject).set(pace.name, pace);
  }
  const asked = [...subjects.values()].map((subject) => tx.tally(subject));
  const proven = texts.map(({ guarded, recipientKey }) =>
    guarded.isReal ? tx.list(tables.provenVerifications, { projectId, mode, recipientKey }) : [],
  );
  const areProven = (await Promise.all(proven)).map(({ length }) => length > 0);
  // Last, so that nothing is awaited between reading them and keeping them.
  const read = await Promise.all(asked);
  return {
    areProven,
    exempt: (text, rule) => text.exempt?.(tx, rule),
    tallies: new Map([...subjects.keys()].map((name, i) => [name, read[i] as Tally])),
  };
}

type Next = { readonly counts: Counts; readonly untilMs: number; readonly isKept: boolean };
export type JudgedText = Pick<TextJudgement, 'refusal'> & { readonly note: string };
export type JudgedTexts = {
  readonly judged: readonly JudgedText[];
  /** Counts those that were let through. */
  readonly keep: () => void;
};

/** Judges texts one after another, each with those before it counted. Nothing is counted before it is kept. */
export function judgeTexts(texts: readonly GuardedText[], facts: TextFacts, nowMs: number): JudgedTexts {
  const next = new Map<string, Next>();
  const countedOn = (subjects: readonly CountedOn[]): { [kind in SubjectKind]?: Counted } =>
    Object.fromEntries(
      subjects.map(({ kind, subject, pace }) => {
        const counted = countedIn(subject);
        return [kind, pace === undefined ? counted : pacedBy(counted, countedIn(pace))];
      }),
    );
  const countedIn = ({ name }: TallySubject): Counted => {
    const tally = facts.tallies.get(name);
    return { own: next.get(name)?.counts ?? tally?.own ?? NOTHING, others: tally?.others ?? [] };
  };
  const exempted: (readonly [Guarded, readonly string[]])[] = [];
  const judged = texts.map((text, i): JudgedText => {
    const { guarded, rules, counted } = text;
    const isProven = facts.areProven[i] === true;
    const readings = { shared: countedOn(counted.shared), own: countedOn(counted.own) };
    const judgement = judgeText(rules, sendingOf(guarded, isProven), readings, guarded.force, nowMs);
    for (const part of ['shared', 'own'] as const) {
      for (const { kind, subject, isKept, pace } of counted[part]) {
        const counts = judgement.kept[part][kind];
        const untilMs = keptUntilMs(kind, nowMs);
        if (counts === undefined) continue;
        next.set(subject.name, { counts, untilMs, isKept });
        if (pace === undefined) continue;
        next.set(pace.name, { counts: withSeconds(countedIn(pace).own, counts), untilMs, isKept });
      }
    }
    if (guarded.exempt !== null) exempted.push([guarded, exemptedBy(rules.limits, judgement, guarded.force)]);
    return { refusal: judgement.refusal, note: noteOf(text, isProven, judgement, nowMs) };
  });
  const keep = () => {
    for (const [guarded, ids] of exempted) for (const id of ids) facts.exempt(guarded, id);
    for (const [name, { counts, untilMs, isKept }] of next) {
      if (isKept) facts.tallies.get(name)?.keep(counts, untilMs);
    }
  };
  return { judged, keep };
}

/** Counts of one subject with the last two seconds of another. */
const pacedBy = ({ own, others }: Counted, pace: Counted): Counted => ({
  own: withSeconds(own, pace.own),
  others: [
    ...others.map((one) => withSeconds(one, NOTHING)),
    ...pace.others.map((one) => withSeconds(NOTHING, one)),
  ],
});

function sendingOf({ wanted, range, line, place, micros, exempt }: Guarded, isProven: boolean): Sending {
  const { recipient, channel } = wanted;
  const country = recipient.kind === 'phone' ? recipient.country : null;
  return {
    channel,
    range,
    line: lineOf({ range, line }),
    place,
    isProven,
    micros,
    whence: 'unsaid',
    country,
    isSafe: exempt !== null,
  };
}

/** The recipient's own count stays out of it: a note holds nothing that leads to one number. */
function noteOf(
  { guarded, counted }: GuardedText,
  isProven: boolean,
  { readings, uncounted }: TextJudgement,
  nowMs: number,
): string {
  const { subjects, micros, place, line, listed, wanted, exempt } = guarded;
  const own = new Set(counted.own.map(({ kind }) => kind));
  const isPhone = wanted.recipient.kind === 'phone';
  return writeNote({
    ...{ whence: 'unsaid', isProven, isText: true, line, places: [], readings, micros, place },
    ...(exempt === null ? {} : { isSafe: true as const }),
    subjects: subjects.map(({ kind, what, isExact: exact }) => ({
      ...{ kind, what, isExact: exact, isCounted: own.has(kind) && !uncounted.includes(kind) },
    })),
    signals: isPhone ? signalsOf({ line, listed, isProven, block: [] }, nowMs) : [],
  });
}
