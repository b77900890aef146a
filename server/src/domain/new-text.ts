import { isProblem, type Problem } from '../kernel/failure.ts';
import { choice, type Given, invalid, isGiven, oneLine, reportUrlOf, textOf, whole } from './given.ts';
import { readLanguage } from './languages.ts';
import { type Channel, DATACODINGS, VOICES } from './message.ts';
import { readOriginator, USUAL_ORIGINATOR } from './originator.ts';
import { missing, type Recipient, readRecipient } from './recipient.ts';
import { countSegments } from './segments.ts';
import { HIDDEN, isText, LINK, MOST_CHARACTERS } from './template.ts';
import type { TextDetails, TextKind, TextWording } from './text.ts';

/** A request for texts without a code, understood: one for each recipient. */
export type NewTexts = {
  readonly kind: TextKind;
  readonly channel: Channel;
  readonly recipients: readonly Recipient[];
  readonly body: string;
  readonly originator: string;
  readonly reference: string | null;
  readonly wording: TextWording;
  readonly details: TextDetails;
  readonly scheduledAtMs: number | null;
  /** How long after it was to leave it is still of use. */
  readonly validSeconds: number;
  readonly reportUrl: string | null;
};

const MOST_RECIPIENTS = 50;
const MOST_PARTS = 10;
const USUAL_VALIDITY_SECONDS = 86_400;
const VALIDITY = { least: 1, most: 604_800 };
const SCHEDULED_AHEAD_MS = 30 * 86_400_000;
const VOICE_LANGUAGE = 'en-gb';

/** Notes problems and goes on with something instead, so that all of them are found in one reading. */
class Reading {
  readonly problems: Problem[] = [];

  or<T>(value: T | Problem, instead: T): T {
    if (!isProblem(value)) return value;
    this.problems.push(value);
    return instead;
  }
}

/** Reads `POST /messages` (wire contract, section 7), or tells every problem it has, in upstream's order. */
export function readNewMessage(given: Given, nowMs: number): NewTexts | readonly Problem[] {
  const reading = new Reading();
  const recipients = reading.or<readonly Recipient[]>(recipientsOf(given, 'sms'), []);
  const originator = reading.or(originatorOf(given), '');
  const type = reading.or<'sms' | 'flash' | 'binary'>(
    choice(given, 'type', ['sms', 'flash', 'binary'] as const, 'sms'),
    'sms',
  );
  if (type === 'binary')
    reading.problems.push(invalid('type', 'must be sms or flash; binary is not carried'));
  const mclass = reading.or(whole(given, 'mclass', { least: 0, most: 3 }, type === 'flash' ? 0 : 1), 1);
  const channel = type === 'flash' || mclass === 0 ? 'flash' : 'sms';
  const datacoding = reading.or(choice(given, 'datacoding', DATACODINGS, 'plain'), 'plain');
  const validity = reading.or<number | null>(validityOf(given), null);
  const common = readCommon(given, reading, nowMs);
  const wording: TextWording = { datacoding, language: VOICE_LANGUAGE, voice: 'female', subject: null };
  const body = bodyOf(given, channel, wording, reading);
  if (reading.problems.length > 0) return reading.problems;
  return {
    ...{ kind: 'message', channel, recipients, originator, body, wording, ...common },
    details: { type, mclass, validity },
    validSeconds: validity ?? USUAL_VALIDITY_SECONDS,
  };
}

const REPEAT = { least: 1, most: 10 };
const MACHINE_TIMEOUT = { least: 400, most: 10_000 };
const IF_MACHINE = ['continue', 'delay', 'hangup'] as const;

/** Reads `POST /voicemessages` (wire contract, section 8), or tells every problem it has. */
export function readNewVoiceMessage(given: Given, nowMs: number): NewTexts | readonly Problem[] {
  const reading = new Reading();
  const recipients = reading.or<readonly Recipient[]>(recipientsOf(given, 'tts'), []);
  const originator = isGiven(given.get('originator'))
    ? reading.or(originatorOf(given), '')
    : USUAL_ORIGINATOR;
  const language = reading.or(languageOf(given), VOICE_LANGUAGE);
  const voice = reading.or(choice(given, 'voice', VOICES, 'female'), 'female');
  const repeat = reading.or(whole(given, 'repeat', REPEAT, 1), 1);
  const ifMachine = reading.or(choice(given, 'ifMachine', IF_MACHINE, 'continue'), 'continue');
  reading.or(whole(given, 'machineTimeout', MACHINE_TIMEOUT, 7_000), 7_000);
  const common = readCommon(given, reading, nowMs);
  const wording: TextWording = { datacoding: 'auto', language, voice, subject: null };
  const body = bodyOf(given, 'tts', wording, reading);
  if (reading.problems.length > 0) return reading.problems;
  return {
    ...{ kind: 'voicemessage', channel: 'tts', recipients, originator, body, wording, ...common },
    details: { repeat, ifMachine },
    validSeconds: USUAL_VALIDITY_SECONDS,
  };
}

function readCommon(
  given: Given,
  reading: Reading,
  nowMs: number,
): Pick<NewTexts, 'reference' | 'scheduledAtMs' | 'reportUrl'> {
  return {
    reference: reading.or(oneLine(given, 'reference'), null),
    scheduledAtMs: reading.or<number | null>(scheduledOf(given, nowMs), null),
    reportUrl: reading.or<string | undefined>(reportUrlOf(given), undefined) ?? null,
  };
}

/** A list, or text with commas between the numbers, as the clients join them. */
function recipientsOf(given: Given, channel: Channel): readonly Recipient[] | Problem {
  const value = given.get('recipients');
  const list = Array.isArray(value) ? value : (textOf(value)?.split(',') ?? []);
  const typed = list.map(textOf).map((each) => each?.trim() ?? '');
  if (typed.length === 0 || typed.every((each) => each === ''))
    return { ...missing(), parameter: 'recipients' };
  if (typed.length > MOST_RECIPIENTS) {
    return invalid('recipients', `must be at most ${MOST_RECIPIENTS} numbers`);
  }
  const read = new Map<string, Recipient>();
  for (const each of typed) {
    const recipient = readRecipient(each, channel);
    if (isProblem(recipient)) return recipient;
    read.set(recipient.address, recipient);
  }
  return [...read.values()];
}

function originatorOf(given: Given): string | Problem {
  const value = given.get('originator');
  if (!isGiven(value)) {
    return { code: 'missing_parameter', message: 'originator is required', parameter: 'originator' };
  }
  return readOriginator(textOf(value) ?? '', 'sms');
}

function languageOf(given: Given): string | Problem {
  const value = given.get('language');
  if (!isGiven(value)) return VOICE_LANGUAGE;
  const language = typeof value === 'string' ? readLanguage(value) : null;
  return language ?? invalid('language', 'must be one of the languages of the wire contract, such as en-gb');
}

function validityOf(given: Given): number | null | Problem {
  return isGiven(given.get('validity')) ? whole(given, 'validity', VALIDITY, 0) : null;
}

const MOMENT = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)$/i;

function scheduledOf(given: Given, nowMs: number): number | null | Problem {
  const value = given.get('scheduleddatetime');
  if (!isGiven(value)) return null;
  const atMs = typeof value === 'string' && MOMENT.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(atMs) || atMs > nowMs + SCHEDULED_AHEAD_MS) {
    return invalid(
      'scheduledDatetime',
      'must be a time within 30 days with its offset, such as 2026-11-23T12:00:00+00:00',
    );
  }
  return atMs <= nowMs ? null : Math.floor(atMs / 1000) * 1000;
}

/** The last problem told: upstream tells what is wrong with the others first, and then nothing of a missing body. */
function bodyOf(given: Given, channel: Channel, wording: TextWording, reading: Reading): string {
  const value = given.get('body');
  if (!isGiven(value)) {
    if (reading.problems.length === 0)
      reading.problems.push({ code: 'missing_parameter', message: 'body is required', parameter: 'body' });
    return '';
  }
  const body = textOf(value) ?? '';
  const problem = body === '' ? 'must be text' : bodyProblem(body, channel, wording.datacoding);
  if (problem !== null) reading.problems.push(invalid('body', problem));
  return body;
}

/** What is wrong with a text, by the rules that templates have too; null when it is good. */
function bodyProblem(body: string, channel: Channel, datacoding: TextWording['datacoding']): string | null {
  if (body.length > MOST_CHARACTERS[channel]) return `must be at most ${MOST_CHARACTERS[channel]} characters`;
  if (!body.isWellFormed()) return 'holds half of a surrogate pair; send well-formed Unicode';
  if (HIDDEN.test(body))
    return 'holds a control, bidirectional, zero-width or private-use character; send visible text';
  if (/^[^\S\n]*@/mu.test(body)) return 'may have no line that starts with @';
  if (LINK.test(body)) return 'holds a link; links are not allowed';
  if (!isText(channel)) return null;
  const { segments, lost } = countSegments(body, datacoding);
  if (lost.length > 0) {
    return `holds characters that plain text messages lose (${lost.slice(0, 5).join(' ')}); send datacoding=auto`;
  }
  return segments > MOST_PARTS ? `is longer than ${MOST_PARTS} messages` : null;
}
