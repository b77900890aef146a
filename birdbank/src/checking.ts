import { RoostError } from '@roost/client';
import type { Bank } from './bank.ts';
import { isRefusal, problemsOf } from './problems.ts';
import type { Pending, Problem } from './session-data.ts';
import { readTypedCode } from './typed-code.ts';
import type { Words } from './words/words.ts';

export type Checked =
  | { readonly kind: 'verified' }
  | { readonly kind: 'not verified'; readonly pending: Pending; readonly problems: readonly Problem[] };

// #region check
/** Checks what was typed against the newest code of this session. */
export async function checkTypedCode(
  bank: Bank,
  words: Words,
  pending: Pending,
  typed: string,
): Promise<Checked> {
  const code = readTypedCode(typed);
  if (code === '') return failed(pending, [{ text: words.tutorial.code.empty, field: 'token' }]);
  try {
    await bank.roost.verify.check(pending.id, code);
    return { kind: 'verified' };
  } catch (error) {
    return afterFailure(bank, words, pending, error);
  }
}
// #endregion

async function afterFailure(bank: Bank, words: Words, pending: Pending, error: unknown): Promise<Checked> {
  const problems = problemsOf(bank, words, error, words.tutorial.code.lost);
  if (!(error instanceof RoostError) || !isRefusal(error)) {
    return failed({ ...pending, isOutcomeUnknown: true }, problems);
  }
  // An earlier check that got no answer may have been right. Only this session could have sent it.
  if (pending.isOutcomeUnknown && (await isVerified(bank, pending.id))) return { kind: 'verified' };
  const { attemptsLeft } = error;
  const [first, ...more] = problems;
  if (attemptsLeft === null || first === undefined) return failed(pending, problems);
  const counted = { ...first, text: `${first.text} ${words.tutorial.code.attemptsLeft(attemptsLeft)}` };
  return failed({ ...pending, attemptsLeft }, [counted, ...more]);
}

async function isVerified({ roost }: Bank, id: string): Promise<boolean> {
  try {
    return (await roost.verify.read(id)).status === 'verified';
  } catch {
    return false; // then the refusal stands
  }
}

const failed = (pending: Pending, problems: readonly Problem[]): Checked => ({
  kind: 'not verified',
  pending,
  problems,
});
