import type { Channel, Datacoding, Wording } from './message.ts';
import { countSegments } from './segments.ts';

const PLACEHOLDER = '%token';
export const MOST_CHARACTERS = {
  sms: 1_600,
  flash: 1_600,
  tts: 1_000,
  email: 5_000,
  whatsapp: 1_024,
} as const satisfies Record<Channel, number>;

// Controls but LF, and format characters (bidirectional controls, zero-width, byte order mark), private use,
// line separators and unassigned code points: they make a text read otherwise than it looks.
export const HIDDEN = /(?!\n)[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u;
// Of what stands before the dot one character is enough to look at: that keeps the search linear. IDNA takes
// four characters for a dot.
export const LINK =
  /:\/\/|(?<![\p{L}\d])www[.。．｡]|xn--|(?:\d{1,3}[.。．｡]){3}\d|[\p{L}\d][.。．｡](?:(?:app|biz|cc|cn|co|com|dev|gd|gl|info|io|link|ly|me|net|online|org|ru|shop|site|to|top|xyz)(?![\p{L}\d])|\p{L}{2,24}\/)/iu;

/**
 * What is wrong with a template, as one sentence that says what would be right; null when it is good. The
 * rules keep a sender from being used to phish: no links, no hidden characters, no line of its own for the
 * browser's code autofill (`@host #code`). `lastLine` is the one that this server adds.
 */
export function templateProblem(
  template: string,
  channel: Channel,
  datacoding: Datacoding,
  tokenLength: number,
  lastLine?: string,
): string | null {
  if (template.split(PLACEHOLDER).length !== 2) return 'template must contain %token exactly once';
  if (template.length > MOST_CHARACTERS[channel]) {
    return `template is too long: ${MOST_CHARACTERS[channel]} characters at most`;
  }
  if (!template.isWellFormed()) return 'template holds half of a surrogate pair; send well-formed Unicode';
  if (HIDDEN.test(template)) {
    return 'template holds a control, bidirectional, zero-width or private-use character; send visible text';
  }
  if (/^[^\S\n]*@/mu.test(template)) return 'no line of a template may start with @';
  if (LINK.test(template)) return 'template holds a link; links are not allowed in codes';
  if (isText(channel)) return lengthProblem(template, datacoding, tokenLength, lastLine);
  return null;
}

/** Why a text does not go out whole as one message, as `templateProblem` tells it. */
export function lengthProblem(
  template: string,
  datacoding: Datacoding,
  tokenLength: number,
  lastLine?: string,
): string | null {
  const wording = lastLine === undefined ? { template } : { template, lastLine };
  const text = fillWording(wording, '0'.repeat(tokenLength), 'sms');
  const { encoding, segments, lost } = countSegments(text, datacoding);
  if (lost.length > 0) {
    return `template holds characters that plain text messages lose (${lost.slice(0, 5).join(' ')}); send datacoding=auto`;
  }
  if (segments <= 1) return null;
  const most = encoding === 'gsm7' ? '160 characters' : '70 characters as Unicode';
  const included = lastLine === undefined ? 'the code' : `the code and the line "${lastLine}"`;
  return `template is too long for one message: ${most} at most, ${included} included`;
}

/** The text with the code in its place. A code is digits, so nothing in it needs escaping. */
const fillTemplate = (template: string, code: string): string => template.replace(PLACEHOLDER, code);

/** The whole text of a message. Only one that a phone shows as text has the line for an app. */
export function fillWording(
  { template, lastLine }: Pick<Wording, 'template' | 'lastLine'>,
  code: string,
  channel: Channel,
): string {
  const text = fillTemplate(template, code);
  if (lastLine === undefined || !isText(channel)) return text;
  return `${text}\n${fillTemplate(lastLine, code)}`;
}

/** Whether it goes to a phone as text, in segments. */
export const isText = (channel: Channel): boolean => channel === 'sms' || channel === 'flash';
