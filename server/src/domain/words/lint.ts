import type { Problem } from '../../kernel/failure.ts';
import { septetsOf } from '../gsm7.ts';
import type { Channel, Datacoding } from '../message.ts';
import { countSegments, type Segments } from '../segments.ts';
import { fillWording, HIDDEN, isText, LINK, MOST_CHARACTERS, templateProblem } from '../template.ts';
import { type AppPolicy, lastLine } from './last-line.ts';

/** A template that somebody would like to send, as a create would have it. */
export type Draft = {
  readonly template: string;
  readonly channel: Channel;
  readonly datacoding: Datacoding;
  readonly tokenLength: number;
  readonly appHost: string | null;
  readonly appHash: string | null;
};

export const FINDINGS = [
  ...(['placeholder', 'too_many_characters', 'broken_character', 'hidden_character', 'origin_line'] as const),
  ...(['link', 'lost_character', 'too_long', 'app_line', 'unicode', 'late_code', 'right_to_left'] as const),
] as const;

/** One thing about a template: what a create refuses it for, or what its recipients would be glad of. */
export type Finding = {
  readonly code: (typeof FINDINGS)[number];
  readonly level: 'refused' | 'advice';
  /** What is so and what would be right, in one sentence. */
  readonly message: string;
  /** What in the template it is about, each thing once, ten at most. What cannot be seen is named by its number. */
  readonly found: readonly string[];
};

export type Lint = {
  /** Whether a create takes it. */
  readonly isTaken: boolean;
  /** As it goes out, zeros in the place of the code; null when it has no place for a code. */
  readonly text: string | null;
  /** How it is carried and billed; null for what is no text message. */
  readonly segments: Segments | null;
  readonly findings: readonly Finding[];
  /** The template mended, where that can be done without knowing what is meant; null when there is nothing to mend. */
  readonly suggestion: string | null;
};

const MOST_FOUND = 10;
/** What locked screens and watches show of a message. */
const SHOWN_AT_A_GLANCE = 40;
const ALL_HIDDEN = new RegExp(HIDDEN.source, 'gu');
const ORIGIN_LINE = /^[^\S\n]*@.*$/gmu;
const RIGHT_TO_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}]/u;

/** Explains a template: everything that is wrong with it, what it costs in segments, and what would be better. */
export function lintTemplate(draft: Draft, policy: AppPolicy): Lint {
  const { template, channel, datacoding, tokenLength } = draft;
  const line = isText(channel) ? lastLine(draft.appHost, draft.appHash, policy) : undefined;
  const added = typeof line === 'string' ? line : undefined;
  const code = '0'.repeat(tokenLength);
  const text = template.includes('%token')
    ? fillWording(added === undefined ? { template } : { template, lastLine: added }, code, channel)
    : null;
  const segments = isText(channel) && text !== null ? countSegments(text, datacoding) : null;
  const findings = [
    ...faultsOf(template, channel),
    ...(segments === null ? [] : sizeFindings(segments, template, datacoding, added)),
    ...(typeof line === 'object' ? [appLineFinding(line)] : []),
    ...adviceOf(template, channel),
  ];
  const isTaken =
    typeof line !== 'object' && templateProblem(template, channel, datacoding, tokenLength, added) === null;
  return { isTaken, text, segments, findings, suggestion: mended(draft, added) };
}

/** What a create refuses on every channel. */
function faultsOf(template: string, channel: Channel): readonly Finding[] {
  const findings: Finding[] = [];
  const refuse = (code: Finding['code'], message: string, found: readonly string[] = []) =>
    findings.push({ code, level: 'refused', message, found: [...new Set(found)].slice(0, MOST_FOUND) });
  const places = template.split('%token').length - 1;
  if (places === 0) refuse('placeholder', 'the code has no place: put %token where it is to stand');
  if (places > 1) refuse('placeholder', 'the code has several places: leave %token in one of them');
  const most = MOST_CHARACTERS[channel];
  if (template.length > most) {
    refuse('too_many_characters', `it has ${template.length} characters, and ${channel} takes ${most}`);
  }
  if (!template.isWellFormed()) refuse('broken_character', 'it holds half of a surrogate pair; send Unicode');
  const hidden = template.match(ALL_HIDDEN) ?? [];
  if (hidden.length > 0) {
    refuse('hidden_character', 'it holds characters that nobody sees; leave them out', hidden.map(numberOf));
  }
  const origins = template.match(ORIGIN_LINE) ?? [];
  if (origins.length > 0) {
    const message =
      'a line that starts with @ tells browsers where to fill the code in; send appHost instead';
    refuse('origin_line', message, origins);
  }
  const links = template.split(/\s+/).filter((word) => LINK.test(word));
  if (links.length > 0) {
    refuse(
      'link',
      'it holds a link, and people learn from it to tap links beside codes; leave it out',
      links,
    );
  }
  return findings;
}

function sizeFindings(
  { encoding, units, segments, lost }: Segments,
  template: string,
  datacoding: Datacoding,
  added: string | undefined,
): readonly Finding[] {
  const findings: Finding[] = [];
  if (lost.length > 0) {
    const message =
      'plain text messages show a question mark instead; send datacoding=auto, or other characters';
    findings.push({ code: 'lost_character', level: 'refused', message, found: lost.slice(0, MOST_FOUND) });
  }
  if (segments > 1) {
    const most = encoding === 'gsm7' ? '160' : '70, as Unicode';
    const line = added === undefined ? '' : `, the line "${added}" included`;
    const message = `it takes ${units} characters${line}; one message holds ${most}`;
    findings.push({ code: 'too_long', level: 'refused', message, found: [] });
  }
  const foreign = [...new Set(template)].filter((character) => septetsOf(character) === null);
  const isAvoidable = foreign.every((character) => lookAlike(character) !== null);
  if (encoding === 'ucs2' && datacoding === 'auto' && foreign.length > 0 && isAvoidable) {
    const message = 'these characters make it a Unicode message, which holds 70 characters instead of 160';
    findings.push({ code: 'unicode', level: 'advice', message, found: foreign.slice(0, MOST_FOUND) });
  }
  return findings;
}

const appLineFinding = ({ message }: Problem): Finding => ({
  ...{ code: 'app_line', level: 'refused', message, found: [] },
});

function adviceOf(template: string, channel: Channel): readonly Finding[] {
  const findings: Finding[] = [];
  const advise = (code: Finding['code'], message: string) =>
    findings.push({ code, level: 'advice', message, found: [] });
  if (isText(channel) && template.indexOf('%token') > SHOWN_AT_A_GLANCE) {
    advise(
      'late_code',
      `the code begins after ${SHOWN_AT_A_GLANCE} characters, which locked screens may not show`,
    );
  }
  if (channel !== 'tts' && RIGHT_TO_LEFT.test(template)) {
    const message =
      'it runs from right to left: put it into the templates of the configuration, which keep the code apart from it';
    advise('right_to_left', message);
  }
  return findings;
}

const numberOf = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

/** What may be changed without changing what is said: hidden characters, links, lines for browsers, look-alikes. */
function mended(
  { template, channel, datacoding, tokenLength }: Draft,
  added: string | undefined,
): string | null {
  const visible = template
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(ALL_HIDDEN, '')
    .replace(ORIGIN_LINE, '')
    .replace(/\S+/g, (word) => (LINK.test(word) ? '' : word))
    .replace(/[^\S\n]+/g, ' ')
    .replace(/\n{2,}/g, '\n')
    .trim();
  const isPlain = isText(channel) && datacoding !== 'unicode';
  const plain = isPlain
    ? [...visible].map((character) => lookAlike(character) ?? character).join('')
    : visible;
  const isBetter = [...plain].every((character) => septetsOf(character) !== null);
  const mend = isBetter || datacoding === 'plain' ? plain : visible;
  if (mend === template) return null;
  return templateProblem(mend, channel, datacoding, tokenLength, added) === null ? mend : null;
}

const LOOK_ALIKES: ReadonlyMap<string, string> = new Map([
  ...[...'‘’‚‛ʼ´`′'].map((quote) => [quote, "'"] as const),
  ...[...'“”„‟«»″'].map((quote) => [quote, '"'] as const),
  ...[...'‐‑‒–—―−'].map((dash) => [dash, '-'] as const),
  ...[...'\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000'].map(
    (space) => [space, ' '] as const,
  ),
  ...([
    ['…', '...'],
    ['•', '*'],
    ['×', 'x'],
    ['™', '(TM)'],
    ['ł', 'l'],
    ['Ł', 'L'],
    ['ı', 'i'],
    ['đ', 'd'],
  ] as const),
]);
const MARKS = /\p{M}+/gu;

/** What GSM-7 has in the place of a character that it has not: itself where it has it, null where it has nothing. */
function lookAlike(character: string): string | null {
  if (septetsOf(character) !== null) return character;
  const known = LOOK_ALIKES.get(character);
  if (known !== undefined) return known;
  const bare = character.normalize('NFD').replace(MARKS, '');
  return bare !== '' && [...bare].every((each) => septetsOf(each) !== null) ? bare : null;
}
