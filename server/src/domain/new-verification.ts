import { isProblem, type Problem } from '../kernel/failure.ts';
import { TOKEN_LENGTH } from './code.ts';
import { choice, type Given, invalid, isGiven, oneLine, reportUrlOf, textOf, whole } from './given.ts';
import { readLanguage } from './languages.ts';
import {
  CHANNELS,
  type Channel,
  DATACODINGS,
  type Datacoding,
  UPSTREAM_CHANNELS,
  VOICES,
  type Wording,
} from './message.ts';
import { readOriginator, USUAL_ORIGINATOR } from './originator.ts';
import type { Policy } from './policy.ts';
import { missing, type Recipient, readCountry, readRecipient } from './recipient.ts';
import { HIDDEN, isText, lengthProblem, templateProblem } from './template.ts';
import { datacodingOf, findWords } from './words/book.ts';
import { lastLine } from './words/last-line.ts';
import { readLocale, USUAL_VOICE, voiceOf } from './words/locales.ts';

export type { Given };

/** A request for a verification, understood. */
export type NewVerification = {
  readonly recipient: Recipient;
  readonly channel: Channel;
  readonly originator: string;
  readonly reference: string | null;
  readonly wording: Wording;
  readonly tokenLength: number;
  readonly timeoutSeconds: number;
  readonly attempts: number;
  readonly returnToken: boolean;
  /** Channels that the code may take when all routes of its own have failed; null for those of the policy. */
  readonly fallback?: readonly Channel[] | null;
  /** Told what becomes of it, beside the project's webhooks. */
  readonly reportUrl?: string;
};

const TIMEOUT = { least: 30, usual: 30 } as const;
const ATTEMPTS = { least: 1, most: 10 } as const;

/** Reads a request (wire contract, section 3.1), or tells every problem it has, the recipient's first. */
export function readNewVerification(given: Given, policy: Policy): NewVerification | readonly Problem[] {
  const problems: Problem[] = [];
  /** Notes a problem and goes on with `instead`, so that all of them are found in one reading. */
  const or = <T>(value: T | Problem, instead: T): T => {
    if (!isProblem(value)) return value;
    problems.push(value);
    return instead;
  };
  const chosen = channelOf(given);
  const channel = isProblem(chosen) ? 'sms' : chosen;
  const recipient = or<Recipient>(recipientOf(given, channel), { kind: 'phone', address: '', country: null });
  const originator = or(originatorOf(given, channel), USUAL_ORIGINATOR);
  const reference = or(oneLine(given, 'reference'), null);
  or(chosen, channel);
  const datacoding = or(choice(given, 'datacoding', DATACODINGS, 'plain'), 'plain');
  const tokenLength = or(whole(given, 'tokenLength', TOKEN_LENGTH, TOKEN_LENGTH.usual), TOKEN_LENGTH.usual);
  const locale = or(localeOf(given), null);
  const language = or(languageOf(given), null);
  const line = or<string | undefined>(lastLineOf(given, channel, policy), undefined);
  const template = or<string | null>(templateOf(given, channel, datacoding, tokenLength, line), null);
  const life = { least: TIMEOUT.least, most: policy.longestTimeoutSeconds };
  const timeoutSeconds = or(whole(given, 'timeout', life, TIMEOUT.usual), TIMEOUT.usual);
  const attempts = or(whole(given, 'maxAttempts', ATTEMPTS, policy.maxAttempts), policy.maxAttempts);
  const voice = or(choice(given, 'voice', VOICES, 'female'), 'female');
  const subject = or(subjectOf(given), null);
  const returnToken = or(flag(given, 'returnToken'), false);
  const fallback = or(fallbackOf(given, channel), null);
  const reportUrl = or<string | undefined>(reportUrlOf(given), undefined);
  if (problems.length > 0) return problems;
  const wording = wordingOf(
    { template, datacoding, language, voice, subject, locale },
    channel,
    policy,
    line,
  );
  const tooLong =
    template !== null || line === undefined
      ? null
      : lengthProblem(wording.template, wording.datacoding, tokenLength, line);
  if (tooLong !== null) return [{ code: 'invalid_parameter', message: tooLong, parameter: 'template' }];
  return {
    ...{ recipient, channel, originator, reference, wording },
    ...{ tokenLength, timeoutSeconds, attempts, returnToken },
    ...(fallback === null ? {} : { fallback }),
    ...(reportUrl === undefined ? {} : { reportUrl }),
  };
}

/** Upstream's clients know the sentence about its own types; that there is one more stands in the hint. */
function channelOf(given: Given): Channel | Problem {
  const chosen = choice(given, 'type', CHANNELS, 'sms');
  if (!isProblem(chosen)) return chosen;
  const message = `type must be one of ${UPSTREAM_CHANNELS.join(', ')}`;
  return { ...chosen, message, hint: `${CHANNELS.filter(isOwn).join(', ')} is taken too` };
}

const isOwn = (channel: Channel): boolean => !UPSTREAM_CHANNELS.some((one) => one === channel);

/** Channels to go on by, as a list, as names with commas between them, or `none`; null when nothing is asked for. */
function fallbackOf(given: Given, channel: Channel): readonly Channel[] | null | Problem {
  const value = given.get('fallback');
  if (!isGiven(value)) return null;
  const typed = typeof value === 'string' ? value.split(',') : value;
  const names = Array.isArray(typed) ? typed.map((name) => String(name).trim().toLowerCase()) : [];
  if (names.length === 1 && names[0] === 'none') return [];
  const found = names.map((name) => CHANNELS.find((one) => one === name));
  if (found.length === 0 || found.length > CHANNELS.length || found.includes(undefined)) {
    return invalid('fallback', `must be none, or some of ${CHANNELS.join(', ')} with commas between them`);
  }
  const reached = found.filter((one) => one !== undefined);
  const fits = reached.every((one) => (one === 'email') === (channel === 'email'));
  return fits ? reached : invalid('fallback', 'must be channels that reach the same recipient');
}

function recipientOf(given: Given, channel: Channel): Recipient | Problem {
  const value = given.get('recipient');
  if (!isGiven(value)) return missing();
  const typed = textOf(value);
  if (typed === null) return { ...missing(), code: 'recipient_unreadable' };
  const country = given.get('countrycode');
  if (!isGiven(country)) return readRecipient(typed, channel);
  const code = typeof country === 'string' ? readCountry(country) : null;
  if (code === null) return invalid('countryCode', 'must be two letters of ISO 3166-1, such as NL');
  return readRecipient(typed, channel, code);
}

function originatorOf(given: Given, channel: Channel): string | Problem {
  const value = given.get('originator');
  return isGiven(value) ? readOriginator(textOf(value) ?? '', channel) : USUAL_ORIGINATOR;
}

function templateOf(
  given: Given,
  channel: Channel,
  datacoding: Datacoding,
  tokenLength: number,
  line: string | undefined,
): string | null | Problem {
  const value = given.get('template');
  if (!isGiven(value)) return null;
  if (typeof value !== 'string') return invalid('template', 'must be text that contains %token');
  const message = templateProblem(value, channel, datacoding, tokenLength, line);
  return message === null ? value : { code: 'invalid_parameter', message, parameter: 'template' };
}

type AskedWording = Omit<Wording, 'template' | 'language' | 'lastLine'> & {
  readonly template: string | null;
  readonly language: string | null;
  readonly locale: string | null;
};

/** The caller's words, or those that the project has for the locale. */
function wordingOf(
  { template, datacoding, language, voice, subject, locale }: AskedWording,
  channel: Channel,
  { words: book }: Policy,
  line: string | undefined,
): Wording {
  const spoken = language ?? (locale === null ? book.voice : (voiceOf(locale) ?? USUAL_VOICE));
  // Some clients always send the wire's usual language, so of what is read it says nothing.
  const read = locale ?? (language === USUAL_VOICE ? null : language);
  const words = findWords(book, channel, channel === 'tts' ? spoken : read);
  return {
    template: template ?? words.template,
    datacoding: template === null ? datacodingOf(words, datacoding) : datacoding,
    language: spoken,
    voice,
    subject: channel === 'email' ? (subject ?? words.subject) : subject,
    ...(line === undefined ? {} : { lastLine: line }),
  };
}

function localeOf(given: Given): string | null | Problem {
  const value = given.get('locale');
  if (!isGiven(value)) return null;
  const locale = typeof value === 'string' ? readLocale(value) : null;
  return locale ?? invalid('locale', 'must be a language tag (BCP 47), such as nl or pt-BR');
}

/** Only a text message has a last line; what is given is judged on every channel alike. */
function lastLineOf(given: Given, channel: Channel, policy: Policy): string | undefined | Problem {
  const appHost = word(given.get('apphost'));
  const appHash = word(given.get('apphash'));
  if (appHost === null && appHash === null) return undefined;
  const line = lastLine(appHost, appHash, policy);
  return isProblem(line) || isText(channel) ? line : undefined;
}

function languageOf(given: Given): string | null | Problem {
  const value = given.get('language');
  if (!isGiven(value)) return null;
  const language = typeof value === 'string' ? readLanguage(value) : null;
  return language ?? invalid('language', 'must be one of the languages of the wire contract, such as en-gb');
}

/** A subject is read by the recipient, as the template is, so nothing may hide in it either. */
function subjectOf(given: Given): string | null | Problem {
  const subject = oneLine(given, 'subject');
  if (typeof subject !== 'string' || !HIDDEN.test(subject)) return subject;
  return invalid('subject', 'holds a bidirectional, zero-width or private-use character; send visible text');
}

function flag(given: Given, name: string): boolean | Problem {
  const value = given.get(name.toLowerCase());
  if (!isGiven(value)) return false;
  const typed = typeof value === 'object' ? null : String(value).trim().toLowerCase();
  if (typed === 'true' || typed === '1') return true;
  if (typed === 'false' || typed === '0') return false;
  return invalid(name, 'must be true or false');
}

/** Text, or null when it was not given; what is no text is wrong text. */
const word = (value: unknown): string | null =>
  isGiven(value) ? (typeof value === 'string' ? value : '') : null;
