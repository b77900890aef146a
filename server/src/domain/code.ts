import { macOf } from '../kernel/hmac.ts';
import type { Mode } from './scope.ts';

export const TOKEN_LENGTH = { least: 6, most: 10, usual: 6 } as const;

/** What a code answers for. A digest made for one binding never matches under another. */
export type CodeBinding = {
  readonly projectId: string;
  readonly mode: Mode;
  readonly id: string;
  readonly recipientKey: string;
  /** What asked for the code, where that is not the Verify wire. */
  readonly boundTo: string | null;
};

/**
 * Digest of a code under a key that is not in the database, bound to the verification it was made for: who
 * holds the database alone cannot try codes, and a digest copied to another row is worthless. There is one
 * code for each verification, so its generation is 1.
 */
export function digestCode(key: Uint8Array, binding: CodeBinding, code: string): Buffer {
  const { projectId, mode, id, recipientKey, boundTo } = binding;
  const about = boundTo === null ? [] : [boundTo];
  return macOf(key, ['otp1', projectId, mode, id, recipientKey, '1', ...about, code]);
}

/**
 * The digits of a typed code, or null when it is not `length` ASCII digits. ASCII spaces and hyphens are
 * dropped, since people copy codes as they are shown; nothing else is guessed at.
 */
export function readCode(typed: string, length: number): string | null {
  if (typed.length === length && isDigits(typed)) return typed;
  const bare = typed.replace(/[ -]/g, '');
  return bare.length === length && isDigits(bare) ? bare : null;
}

function isDigits(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < 48 || unit > 57) return false;
  }
  return true;
}
