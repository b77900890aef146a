import type { Channel } from '../message.ts';
import type { Counted, Counts } from './counts.ts';
import { NOTHING } from './counts.ts';
import { type Judgement, judge } from './judge.ts';
import type { GuardNote, GuardWhence, NotedSubject } from './note.ts';
import { afterOutcome, counts as isCountedOn, type Outcome } from './outcome.ts';
import type { Line, NeverReason } from './ranges.ts';
import { type Rule, type SubjectKind, subjectsOf } from './rules.ts';
import type { RecentSend } from './sending.ts';
import { codeRules } from './text-rules.ts';

/** A code that was asked for, and what the guard wrote down about it. */
export type Past = {
  readonly projectId: string;
  readonly mode: 'live' | 'test';
  readonly recipientKey: string;
  readonly channel: Channel;
  readonly atMs: number;
  readonly note: GuardNote;
};

/**
 * Judges what was asked for once more, by other rules, counting only what they let through. Everything must be told in
 * the order of its time.
 */
export type Replay = {
  /** What the rules say to it. What is let through is counted as sent. */
  ask(past: Past): Judgement;
  /** Counts it as sent whatever the rules say: it was, before they hold. */
  begin(past: Past): Judgement;
  /** What became of a code that was let through. */
  outcome(past: Past, sent: Judgement['uncounted'], outcome: Outcome, atMs: number): void;
  /** A code was verified in truth, whether the rules would have let it through or not. */
  proved(past: Past): void;
};

const DAY_MS = 86_400_000;
const PROVEN_FOR_MS = 90 * DAY_MS;
const KNOWN_FOR_MS = 30 * DAY_MS;
const MOST_RECENT = 1_000_000;

/** @param allOf the rules that a project is judged by; those on texts alone say nothing of codes */
export function replayOf(allOf: (projectId: string) => readonly Rule[]): Replay {
  const rulesOf = (projectId: string) => codeRules(allOf(projectId));
  const tallies = new Map<string, Counts>();
  const recents = new Map<string, RecentSend[]>();
  const memory = createMemory();
  const nameOf = ({ projectId, mode }: Past, { kind, what }: Pick<NotedSubject, 'kind' | 'what'>): string =>
    kind === 'installation' ? kind : `${mode} ${projectId} ${kind} ${what}`;
  const subjectsIn = (past: Past): readonly (readonly [SubjectKind, string])[] => {
    const wanted = subjectsOf(rulesOf(past.projectId));
    const found = past.note.subjects
      .filter(({ kind }) => wanted.has(kind))
      .map((subject) => [subject.kind, nameOf(past, subject)] as const);
    const common = (['project', 'installation'] as const).filter(
      (kind) => wanted.has(kind) && !past.note.subjects.some((subject) => subject.kind === kind),
    );
    const line = lineOf(past.note);
    if (wanted.has('line') && line !== null && !found.some(([kind]) => kind === 'line'))
      found.push(['line', nameOf(past, { kind: 'line', what: line })]);
    return [...found, ...common.map((kind) => [kind, nameOf(past, { kind, what: '' })] as const)];
  };
  const judged = (past: Past, force: 'refuse' | 'record'): Judgement => {
    const { note, channel, atMs, projectId, recipientKey } = past;
    const subjects = subjectsIn(past);
    const counted: { [kind in SubjectKind]?: Counted } = {};
    for (const [kind, name] of subjects) counted[kind] = { own: tallies.get(name) ?? NOTHING, others: [] };
    const recent = (recents.get(`${past.mode} ${recipientKey}`) ?? []).filter(
      (send) => send.atMs > atMs - DAY_MS,
    );
    const whence = memory.whenceOf(past);
    const sending = {
      ...{ channel, whence, micros: note.micros, place: note.place, isProven: memory.isProven(past) },
      isSafe: note.isSafe === true,
      country: note.subjects.find(({ kind }) => kind === 'country')?.what ?? null,
      range: rangeOf(note),
      line: lineOf(note),
    };
    const judgement = judge(rulesOf(projectId), sending, { projectId, recent, counted }, force, atMs);
    for (const [kind, name] of subjects) {
      const next = judgement.kept[kind];
      if (next !== undefined) tallies.set(name, next);
    }
    if (judgement.refusal === null) {
      if (recents.size > MOST_RECENT) forgetOld(recents, atMs);
      const send = { atMs, projectId, whence: whence === 'known' ? 'known' : 'unknown' } as const;
      recents.set(`${past.mode} ${recipientKey}`, [...recent, send]);
    }
    return judgement;
  };
  return {
    ask: (past) => judged(past, 'refuse'),
    begin: (past) => judged(past, 'record'),
    outcome(past, uncounted, outcome, atMs) {
      if (outcome === 'verified') memory.succeeded(past, atMs);
      for (const [kind, name] of subjectsIn(past)) {
        if (uncounted.includes(kind) || !isCountedOn(kind, outcome)) continue;
        const own = tallies.get(name) ?? NOTHING;
        tallies.set(name, afterOutcome({ own, others: [] }, kind, outcome, past.atMs, atMs));
      }
    },
    proved: memory.proved,
  };
}

/**
 * Which numbers and places are known. What was known before the history began is known from the notes; what became so
 * within it counts only if the rules had let it happen.
 */
function createMemory() {
  const proven = new Map<string, number>();
  const places = new Map<string, number>();
  const inTruth = new Set<string>();
  const numberOf = ({ projectId, mode, recipientKey }: Past) => `${mode} ${projectId} ${recipientKey}`;
  const isKnown = ({ projectId, mode, atMs }: Past, place: string): boolean =>
    (places.get(`${mode} ${projectId} ${place}`) ?? Number.NEGATIVE_INFINITY) > atMs - KNOWN_FOR_MS;
  return {
    isProven(past: Past): boolean {
      const atMs = proven.get(numberOf(past)) ?? Number.NEGATIVE_INFINITY;
      if (atMs > past.atMs - PROVEN_FOR_MS) return true;
      return past.note.isProven && !inTruth.has(numberOf(past));
    },
    whenceOf(past: Past): GuardWhence {
      const { whence, places: told } = past.note;
      if (whence === 'unsaid') return 'unsaid';
      if (!inTruth.has(numberOf(past))) return whence;
      const [anywhere = '', ...here] = told;
      if (here.some((place) => isKnown(past, place))) return 'known';
      return isKnown(past, anywhere) ? 'unknown' : 'new';
    },
    succeeded(past: Past, atMs: number): void {
      proven.set(numberOf(past), atMs);
      for (const place of past.note.places) places.set(`${past.mode} ${past.projectId} ${place}`, atMs);
    },
    proved(past: Past): void {
      const number = numberOf(past);
      if (inTruth.has(number)) return;
      inTruth.add(number);
      // What was known before stays known: the notes of later codes cannot tell the two apart.
      if (past.note.isProven && !proven.has(number)) proven.set(number, past.atMs);
      const { whence, places: told } = past.note;
      const before = whence === 'known' ? told : whence === 'unknown' ? told.slice(0, 1) : [];
      for (const place of before) places.set(`${past.mode} ${past.projectId} ${place}`, past.atMs);
    },
  };
}

/** No rule changes which ranges are never sent to, so what was found then holds. */
function rangeOf({ readings }: GuardNote): NeverReason | null {
  const found = readings.find(({ rule }) => rule === 'ranges');
  return found !== undefined && found.value > 0 ? ((found.note ?? 'unassigned') as NeverReason) : null;
}

/** What kind of number it was, as far as anybody looked. */
const lineOf = (note: GuardNote): Line | null => {
  const named = note.subjects.find(({ kind }) => kind === 'line')?.what;
  return (named as Line | undefined) ?? rangeOf(note) ?? note.line;
};

function forgetOld(recents: Map<string, RecentSend[]>, nowMs: number): void {
  for (const [key, sends] of recents) {
    if ((sends.at(-1)?.atMs ?? 0) <= nowMs - DAY_MS) recents.delete(key);
  }
}
