import { sha256 } from '../../kernel/hmac.ts';
import type { Given } from '../given.ts';
import type { SubjectKind } from './rules.ts';

/** `captcha`: the caller says that its own page was satisfied. */
export type StepUpWay = 'proof-of-work' | 'captcha';

/** What a caller may do instead of being refused, where a rule took it for one of a crowd. */
export type StepUpPolicy = {
  readonly ways: readonly StepUpWay[];
  /** Zero bits that a solution must begin with: each doubles the work. */
  readonly bits: number;
  /** Codes an hour, to one country, that are let through so. */
  readonly mostAnHour: number;
};
export const NO_STEP_UP: StepUpPolicy = { ways: [], bits: 18, mostAnHour: 60 };

/** What a caller brings: its page was satisfied, or a puzzle with its solution. */
export type StepUp =
  | { readonly kind: 'captcha' }
  | { readonly kind: 'solved'; readonly puzzle: string; readonly expiresAtMs: number };

export const PUZZLE_LASTS_MS = 300_000;
const MOST_LENGTH = 200;

/** What a create brings of it, as it was sent; what is no text is as good as nothing. */
export function givenStepUp(given: Given): string | null {
  const text = given.get('stepup');
  return typeof text === 'string' && text !== '' ? text : null;
}

/** What a puzzle is about; it is of no use for anything else. */
export type PuzzleFor = { readonly projectId: string; readonly mode: string; readonly recipientKey: string };
type Mac = (parts: readonly string[]) => string;

/** A puzzle for one recipient: its end, its bits, chance, and a tag that only this installation can make. */
export function writePuzzle(
  about: PuzzleFor,
  bits: number,
  expiresAtMs: number,
  nonce: string,
  mac: Mac,
): string {
  const said = `${expiresAtMs.toString(36)}.${bits}.${nonce}`;
  return `${said}.${tagOf(about, said, mac)}`;
}

const tagOf = ({ projectId, mode, recipientKey }: PuzzleFor, said: string, mac: Mac): string =>
  mac([projectId, mode, recipientKey, said]);

/**
 * Reads `captcha`, or a puzzle with `:` and a solution: any text of digits for which SHA-256 of the whole begins with as
 * many zero bits as the puzzle asks. Null when it is neither, was made for another recipient, or is not solved; whether
 * it is still in time and unused is judged later, by the clock of the store.
 */
export function readStepUp(text: string, about: PuzzleFor, policy: StepUpPolicy, mac: Mac): StepUp | null {
  if (text === 'captcha') return policy.ways.includes('captcha') ? { kind: 'captcha' } : null;
  if (!policy.ways.includes('proof-of-work') || text.length > MOST_LENGTH) return null;
  const found = /^(([0-9a-z]{1,12})\.(\d{1,2})\.([0-9a-f]{16}))\.([0-9a-f]{32}):\d{1,20}$/.exec(text);
  if (found === null) return null;
  const [, said = '', end = '', bits = '', , tag = ''] = found;
  if (!isEqual(tagOf(about, said, mac), tag) || zeroBits(sha256(text)) < Number(bits)) return null;
  return { kind: 'solved', puzzle: `${said}.${tag}`, expiresAtMs: Number.parseInt(end, 36) };
}

/** In a time that tells nothing of where they differ. */
function isEqual(one: string, other: string): boolean {
  let difference = one.length ^ other.length;
  for (let i = 0; i < one.length; i += 1) difference |= one.charCodeAt(i) ^ other.charCodeAt(i);
  return difference === 0;
}

function zeroBits(digest: Uint8Array): number {
  let bits = 0;
  for (const byte of digest) {
    if (byte !== 0) return bits + Math.clz32(byte) - 24;
    bits += 8;
  }
  return bits;
}

const STEPPABLE: readonly (SubjectKind | null)[] = ['block', 'country', 'line', 'network', 'device'];

/**
 * Whether a rule may be passed so: those that take somebody for one of a crowd. Never what is dear, forbidden or about
 * the recipient, since nobody who works for it makes that better.
 */
export const isSteppable = (on: SubjectKind | null, of: string): boolean =>
  STEPPABLE.includes(on) && of !== 'micros';
