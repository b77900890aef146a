import { isProblem, type Problem } from '../kernel/failure.ts';
import { TOKEN_LENGTH } from './code.ts';
import { readLanguage } from './languages.ts';
import { CHANNELS, type Channel, DATACODINGS, type Datacoding, VOICES, type Wording } from './message.ts';
import { readOriginator, USUAL_ORIGINATOR } from './originator.ts';
import type { Policy } from './policy.ts';
import { missing, type Recipient, readCountry, readRecipient } from './recipient.ts';
import { HIDDEN, templateProblem, USUAL_TEMPLATE } from './template.ts';

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
};

/** Values by lower-case parameter name, as they came: text from forms and queries, anything from JSON. */
export type Given = ReadonlyMap<string, unknown>;

const TIMEOUT = { least: 30, usual: 30 } as const;
const ATTEMPTS = { least: 1, most: 10 } as const;
const USUAL_LANGUAGE = 'en-gb';
const MOST_TEXT = 255;
const CONTROL = /\p{Cc}|\p{Zl}|\p{Zp}/u;

/** Reads a request (wire contract, section 3.1), or tells every problem it has, the recipient's first. */
export function readNewVerification(given: Given, policy: Policy): NewVerification | readonly Problem[] {
  const problems: Problem[] = [];
  /** Notes a problem and goes on with `instead`, so that all of them are found in one reading. */
  const or = <T>(value: T | Problem, instead: T): T => {
    if (!isProblem(value)) return value;
    problems.push(value);
    return instead;
  };
  const chosen = choice(given, 'type', CHANNELS, 'sms');
  const channel = isProblem(chosen) ? 'sms' : chosen;
  const recipient = or<Recipient>(recipientOf(given, channel), { kind: 'phone', address: '' });
  const originator = or(originatorOf(given, channel), USUAL_ORIGINATOR);
  const reference = or(text(given, 'reference'), null);
  or(chosen, channel);
  const datacoding = or(choice(given, 'datacoding', DATACODINGS, 'plain'), 'plain');
  const tokenLength = or(whole(given, 'tokenLength', TOKEN_LENGTH, TOKEN_LENGTH.usual), TOKEN_LENGTH.usual);
  const template = or(templateOf(given, channel, datacoding, tokenLength), USUAL_TEMPLATE);
  const life = { least: TIMEOUT.least, most: policy.longestTimeoutSeconds };
  const timeoutSeconds = or(whole(given, 'timeout', life, TIMEOUT.usual), TIMEOUT.usual);
  const attempts = or(whole(given, 'maxAttempts', ATTEMPTS, policy.maxAttempts), policy.maxAttempts);
  const voice = or(choice(given, 'voice', VOICES, 'female'), 'female');
  const language = or(languageOf(given), USUAL_LANGUAGE);
  const subject = or(subjectOf(given), null);
  const returnToken = or(flag(given, 'returnToken'), false);
  or(reportUrlOf(given), null);
  if (problems.length > 0) return problems;
  const wording: Wording = { template, datacoding, language, voice, subject };
  return {
    ...{ recipient, channel, originator, reference, wording },
    ...{ tokenLength, timeoutSeconds, attempts, returnToken },
  };
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
): string | Problem {
  const value = given.get('template');
  if (!isGiven(value)) return USUAL_TEMPLATE;
  if (typeof value !== 'string') return invalid('template', 'must be text that contains %token');
  const message = templateProblem(value, channel, datacoding, tokenLength);
  return message === null ? value : { code: 'invalid_parameter', message, parameter: 'template' };
}

function languageOf(given: Given): string | Problem {
  const value = given.get('language');
  if (!isGiven(value)) return USUAL_LANGUAGE;
  const language = typeof value === 'string' ? readLanguage(value) : null;
  return language ?? invalid('language', 'must be one of the languages of the wire contract, such as en-gb');
}

/** Taken so that clients which send it are not refused; reports are sent by the webhooks of the project. */
function reportUrlOf(given: Given): null | Problem {
  const value = given.get('reporturl');
  if (!isGiven(value)) return null;
  const good = typeof value === 'string' && value.length <= 2048 && /^https?:$/.test(protocolOf(value));
  return good ? null : invalid('reportUrl', 'must be an http or https address of at most 2048 characters');
}

const protocolOf = (value: string): string => (URL.canParse(value) ? new URL(value).protocol : '');

/** A subject is read by the recipient, as the template is, so nothing may hide in it either. */
function subjectOf(given: Given): string | null | Problem {
  const subject = text(given, 'subject');
  if (typeof subject !== 'string' || !HIDDEN.test(subject)) return subject;
  return invalid('subject', 'holds a bidirectional, zero-width or private-use character; send visible text');
}

/** Free text of the caller's own, such as a reference: one line of at most 255 characters, or null. */
function text(given: Given, name: 'reference' | 'subject'): string | null | Problem {
  const value = given.get(name);
  if (!isGiven(value)) return null;
  const typed = textOf(value);
  const good = typed !== null && typed.length <= MOST_TEXT && !CONTROL.test(typed) && typed.isWellFormed();
  return good ? typed : invalid(name, `must be one line of at most ${MOST_TEXT} characters`);
}

function choice<T extends string>(given: Given, name: string, options: readonly T[], usual: T): T | Problem {
  const value = given.get(name.toLowerCase());
  if (!isGiven(value)) return usual;
  const typed = typeof value === 'string' ? value.trim().toLowerCase() : null;
  return options.find((option) => option === typed) ?? invalid(name, `must be one of ${options.join(', ')}`);
}

function whole(
  given: Given,
  name: string,
  bounds: { readonly least: number; readonly most: number },
  usual: number,
): number | Problem {
  const value = given.get(name.toLowerCase());
  if (!isGiven(value)) return usual;
  const typed = typeof value === 'string' && /^\s*\d{1,9}\s*$/.test(value) ? Number(value) : value;
  const number = typeof typed === 'number' ? typed : Number.NaN;
  if (Number.isInteger(number) && number >= bounds.least && number <= bounds.most) return number;
  return invalid(name, `must be a whole number from ${bounds.least} to ${bounds.most}`);
}

function flag(given: Given, name: string): boolean | Problem {
  const value = given.get(name.toLowerCase());
  if (!isGiven(value)) return false;
  const typed = typeof value === 'object' ? null : String(value).trim().toLowerCase();
  if (typed === 'true' || typed === '1') return true;
  if (typed === 'false' || typed === '0') return false;
  return invalid(name, 'must be true or false');
}

/** JSON `null` and an empty form field mean "not given" (wire contract, R9). */
const isGiven = (value: unknown): boolean => value !== undefined && value !== null && value !== '';

/** Text as clients send it: a string, or a number (phone numbers and references come as both). */
function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? String(value) : null;
}

function invalid(parameter: string, what: string): Problem {
  return { code: 'invalid_parameter', message: `${parameter} ${what}`, parameter };
}
