import { hash } from 'node:crypto';
import { equalSecret, hmac } from '../../kernel/hmac.ts';
import type { Algorithm } from './hotp.ts';
import { truncate } from './hotp.ts';

/** What an OCRA token computes with (RFC 6287, section 6). */
export type OcraSuite = {
  /** The text of the suite, which is part of what is computed. */
  readonly text: string;
  readonly algorithm: Algorithm;
  readonly digits: number;
  readonly counter: boolean;
  readonly question: { readonly form: 'N' | 'A' | 'H'; readonly most: number };
  readonly pin: 'sha1' | 'sha256' | 'sha512' | null;
  readonly sessionBytes: number | null;
  readonly stepSeconds: number | null;
};

export type OcraInput = {
  readonly question: string;
  readonly counter?: number;
  readonly pin?: string;
  readonly session?: Uint8Array;
  /** Steps since the epoch, of the suite's own length. */
  readonly timeSteps?: number;
};

const SUITE =
  /^OCRA-1:HOTP-SHA(1|256|512)-([4-9]|10):(C-)?Q([NAH])(0[4-9]|[1-5]\d|6[0-4])(?:-PSHA(1|256|512))?(?:-S(\d{3}))?(?:-T(?:([1-9]|[1-5]\d)([SM])|([1-9]|[1-3]\d|4[0-8])H))?$/;
const QUESTION_BYTES = 128;

/** Reads the text of a suite; null when it is none. */
export function readSuite(text: string): OcraSuite | null {
  const parts = SUITE.exec(text);
  if (parts === null) return null;
  const [, sha, digits, counter, form, most, pin, session, step, unit, hours] = parts;
  const seconds = step === undefined ? null : Number(step) * (unit === 'M' ? 60 : 1);
  return {
    text,
    algorithm: `SHA${sha}` as Algorithm,
    digits: Number(digits),
    counter: counter !== undefined,
    question: { form: form as 'N' | 'A' | 'H', most: Number(most) },
    pin: pin === undefined ? null : (`sha${pin}` as 'sha1' | 'sha256' | 'sha512'),
    sessionBytes: session === undefined ? null : Number(session),
    stepSeconds: hours === undefined ? seconds : Number(hours) * 3_600,
  };
}

/** The answer of a token to a question (RFC 6287, section 5). What the suite names must be given. */
export function ocra(suite: OcraSuite, secret: Uint8Array, input: OcraInput): string {
  const parts: Uint8Array[] = [Buffer.from(suite.text), Buffer.alloc(1)];
  if (suite.counter) parts.push(bigEndian(input.counter ?? 0));
  parts.push(questionBytes(suite, input.question));
  if (suite.pin !== null) parts.push(hash(suite.pin, input.pin ?? '', 'buffer'));
  if (suite.sessionBytes !== null) {
    const session = Buffer.from(input.session ?? []);
    parts.push(Buffer.concat([Buffer.alloc(Math.max(0, suite.sessionBytes - session.length)), session]));
  }
  if (suite.stepSeconds !== null) parts.push(bigEndian(input.timeSteps ?? 0));
  const mac = hmac(suite.algorithm, secret, Buffer.concat(parts));
  return truncate(mac, suite.digits);
}

/** Whether this is the token's answer to the question. */
export const answersOcra = (suite: OcraSuite, secret: Uint8Array, input: OcraInput, code: string): boolean =>
  equalSecret(Buffer.from(ocra(suite, secret, input)), Buffer.from(code));

/** A number as its hexadecimal digits, text as its bytes, filled up with zeros behind. */
function questionBytes({ question: { form } }: OcraSuite, question: string): Buffer {
  const hex = form === 'N' ? BigInt(question).toString(16) : question;
  const bytes =
    form === 'A' ? Buffer.from(question) : Buffer.from(hex.length % 2 === 0 ? hex : `${hex}0`, 'hex');
  return Buffer.concat([bytes, Buffer.alloc(QUESTION_BYTES - bytes.length)]);
}

function bigEndian(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
