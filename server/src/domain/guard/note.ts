import type { Reading } from './judge.ts';
import { STANDARD_RULES, type SubjectKind } from './rules.ts';

/** What the guard thought of a sending, kept with the verification or the refusal. It holds no personal data. */
export type GuardNote = {
  readonly whence: 'known' | 'unknown' | 'unsaid';
  /** What a success or a wrong guess is counted on. */
  readonly subjects: readonly NotedSubject[];
  /** Keyed hashes of the places it was asked from, which a success makes known. */
  readonly places: readonly string[];
  readonly readings: readonly Reading[];
};
export type NotedSubject = {
  readonly kind: SubjectKind;
  /** A country, a key's public id, a keyed hash; empty where there is only one of the kind. */
  readonly what: string;
  readonly isExact: boolean;
};

const WHENCE = ['unknown', 'known', 'unsaid'] as const;
const VERDICTS = { under: '', over: '!', 'would-refuse': '?' } as const;
const BY_MARK = { '': 'under', '!': 'over', '?': 'would-refuse' } as const;
/** Standard rules go by their place, which never changes: new ones are added at the end. */
const PLACES = new Map(STANDARD_RULES.map(({ id }, i) => [id, String(i)]));

/**
 * Every verification has one, so it is as short as it goes: whence, `kind=what` of each subject, places, and
 * `rule:value/most` of each reading.
 */
export function writeNote({ whence, subjects, places, readings }: GuardNote): string {
  let about = '';
  for (const { kind, what, isExact } of subjects) {
    about += `${about === '' ? '' : ','}${isExact ? '!' : ''}${kind}=${what}`;
  }
  let told = '';
  for (const { rule, value, most, verdict, note } of readings) {
    const words = note === undefined ? '' : `(${encodeURIComponent(note)}`;
    told += `${told === '' ? '' : ','}${PLACES.get(rule) ?? rule}:${value}/${most}${VERDICTS[verdict]}${words}`;
  }
  return `${WHENCE.indexOf(whence)}|${about}|${places.join(',')}|${told}`;
}

/** @throws Error when it is not what `writeNote` wrote */
export function readNote(text: string): GuardNote {
  const [whence = '', about = '', places = '', told = ''] = text.split('|');
  return {
    whence: WHENCE[Number(whence)] ?? 'unsaid',
    subjects: listed(about).map((subject) => {
      const [kind = '', what = ''] = subject.split('=', 2);
      return { kind: kind.replace('!', '') as SubjectKind, what, isExact: kind.startsWith('!') };
    }),
    places: listed(places),
    readings: listed(told).map(readingOf),
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
export const isKnownNote = (text: string | null): boolean => text?.startsWith('1|') === true;

/** Whether the caller said where it was asked from, and nobody had succeeded there. */
export const isStrangersNote = (text: string | null): boolean => text?.startsWith('0|') === true;
