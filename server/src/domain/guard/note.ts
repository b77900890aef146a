import type { Reading } from './judge.ts';
import type { LineKind } from './ranges.ts';
import { STANDARD_RULES, type SubjectKind } from './rules.ts';
import type { Signal, SignalName } from './signals.ts';

/**
 * From where a code is asked for: a place where its recipient has succeeded, a place where it has not though it has
 * elsewhere, any place while it has succeeded nowhere, or nobody says.
 */
export type GuardWhence = 'known' | 'unknown' | 'new' | 'unsaid';

/** What the guard thought of a sending, kept with the verification or the refusal. It holds no personal data. */
export type GuardNote = {
  readonly whence: GuardWhence;
  readonly isProven: boolean;
  /** What the number rings; null where nobody looked, or where it is a number that is never sent to. */
  readonly line: LineKind | null;
  /** Set of a text without a code. */
  readonly isText?: true;
  /** Set of a number on the safe list. */
  readonly isSafe?: true;
  /** What it was judged by, and what a success or a wrong guess is counted on. */
  readonly subjects: readonly NotedSubject[];
  /** Keyed hashes of the places it was asked from, which a success makes known. */
  readonly places: readonly string[];
  readonly readings: readonly Reading[];
  /** What it was expected to cost, in millionths. */
  readonly micros: number;
  /** See `placeInBlock`. */
  readonly place: number;
  readonly signals: readonly Signal[];
};
export type NotedSubject = {
  readonly kind: SubjectKind;
  /** A country, a key's public id, a keyed hash; empty where there is only one of the kind. */
  readonly what: string;
  readonly isExact: boolean;
  /** Whether it was counted on: see `Judgement.uncounted`. */
  readonly isCounted: boolean;
};

const WHENCE = ['unknown', 'known', 'unsaid', 'new'] as const;
const RINGS = { mobile: 'm', fixed: 'f', either: 'e', voip: 'v', other: 'o' } as const satisfies Record<
  LineKind,
  string
>;
const RUNG = Object.entries(RINGS) as readonly (readonly [LineKind, string])[];
const VERDICTS = { under: '', over: '!', 'would-refuse': '?' } as const;
const BY_MARK = { '': 'under', '!': 'over', '?': 'would-refuse' } as const;
/** Standard rules go by their place, which never changes: new ones are added at the end. */
const PLACES = new Map(STANDARD_RULES.map(({ id }, i) => [id, String(i)]));

/**
 * Every verification has one, so it is as short as it goes: whence (`p` of a proven number, `t` of a text, `s` of one on the safe list, and what it rings), `kind=what` of each subject
 * (`!` exact, `~` not counted on), places, `rule:value/most` of each reading, money, place within the block, and signals.
 */
export function writeNote({
  whence,
  isProven,
  isText,
  isSafe,
  line,
  subjects,
  places,
  readings,
  micros,
  place,
  signals,
}: GuardNote): string {
  let about = '';
  for (const { kind, what, isExact, isCounted } of subjects) {
    about += `${about === '' ? '' : ','}${isCounted ? '' : '~'}${isExact ? '!' : ''}${kind}=${what}`;
  }
  let told = '';
  for (const { rule, value, most, verdict, note: said } of readings) {
    const words = said === undefined ? '' : `(${encodeURIComponent(said)}`;
    told += `${told === '' ? '' : ','}${PLACES.get(rule) ?? rule}:${value}/${most}${VERDICTS[verdict]}${words}`;
  }
  const who = `${WHENCE.indexOf(whence)}${isProven ? 'p' : ''}${isText === true ? 't' : ''}${isSafe === true ? 's' : ''}${line === null ? '' : RINGS[line]}`;
  const weighed = signals.map(({ name, points }) => `${name}:${points}`).join(',');
  return `${who}|${about}|${places.join(',')}|${told}|${micros === 0 ? '' : micros}|${place}|${weighed}`;
}

/** @throws Error when it is not what `writeNote` wrote */
export function readNote(text: string): GuardNote {
  const [who = '', , , told = '', micros = '', place = '', weighed = ''] = text.split('|');
  return {
    ...readCounted(text),
    whence: WHENCE[Number(who[0])] ?? 'unsaid',
    isProven: who.includes('p'),
    ...(who.includes('t') ? { isText: true } : {}),
    ...(who.includes('s') ? { isSafe: true } : {}),
    line: RUNG.find(([, letter]) => who.includes(letter))?.[0] ?? null,
    readings: listed(told).map(readingOf),
    micros: Number(micros),
    place: Number(place),
    signals: listed(weighed).map((signal) => {
      const [name = '', points] = signal.split(':');
      return { name: name as SignalName, points: Number(points) };
    }),
  };
}

/** What an outcome is counted on and which places it makes known, read without the rest: each outcome asks for it. */
export function readCounted(text: string): Pick<GuardNote, 'subjects' | 'places'> {
  const [, about = '', places = ''] = text.split('|', 3);
  return { subjects: listed(about).map(subjectOf), places: listed(places) };
}

/** The rules that were not kept to, read without the rest: each create asks for it. */
export function readBroken(text: string): readonly Reading[] {
  const from = endOf(text, endOf(text, endOf(text, 0))); // behind who, about and places
  const told = text.slice(from, endOf(text, from) - 1);
  const broken: Reading[] = [];
  for (let at = firstMark(told, 0); at >= 0; ) {
    const begins = told.lastIndexOf(',', at) + 1;
    const comma = told.indexOf(',', at);
    const ends = comma < 0 ? told.length : comma;
    broken.push(readingOf(told.slice(begins, ends)));
    at = firstMark(told, ends);
  }
  return broken;
}

/** Where the part after the one that begins at `from` begins. */
function endOf(text: string, from: number): number {
  const bar = text.indexOf('|', from);
  return bar < 0 ? text.length + 1 : bar + 1;
}

/** Where the mark of a reading that is not `under` stands; words behind it may hold one too, and belong to it. */
function firstMark(told: string, from: number): number {
  for (let i = from; i < told.length; i += 1) {
    const unit = told.charCodeAt(i);
    if (unit === 0x21 || unit === 0x3f) return i;
    if (unit === 0x28) {
      const comma = told.indexOf(',', i);
      if (comma < 0) return -1;
      i = comma;
    }
  }
  return -1;
}

function subjectOf(text: string): NotedSubject {
  const equals = text.indexOf('=');
  const marked = text.slice(0, equals);
  return {
    kind: marked.replace(/^~?!?/, '') as SubjectKind,
    what: text.slice(equals + 1),
    isExact: marked.includes('!'),
    isCounted: !marked.startsWith('~'),
  };
}

function readingOf(text: string): Reading {
  const found = /^([a-z0-9-]+):(-?[\d.e+]+)\/(-?[\d.e+]+)([!?]?)(?:\((.*))?$/.exec(text);
  if (found === null) throw new Error('this is no reading of the guard');
  const [, rule = '', value, most, mark = '', note] = found;
  return {
    rule: STANDARD_RULES[Number(rule)]?.id ?? rule,
    ...{ value: Number(value), most: Number(most), verdict: BY_MARK[mark as keyof typeof BY_MARK] },
    ...(note === undefined ? {} : { note: decodeURIComponent(note) }),
  };
}

const listed = (text: string): readonly string[] => (text === '' ? [] : text.split(','));

/** Whether the note says that the code was asked for from a known place, read without the rest. */
export const isKnownNote = (text: string | null): boolean => text?.startsWith('1') === true;

/** Whether the caller said where it was asked from, and nobody had succeeded there. */
export const isStrangersNote = (text: string | null): boolean => text?.startsWith('0') === true;
