import { RoostError } from '@roost/client';
import type { Bank } from '../bank.ts';
import { problemsOf } from '../problems.ts';
import type { Problem } from '../session-data.ts';
import { apiTime } from '../times.ts';
import type { Words } from '../words/words.ts';

/** What to tell a customer about a code or a factor that Roost refused, or could not judge. */
export function refusalsOf(bank: Bank, words: Words, error: unknown): readonly Problem[] {
  if (!(error instanceof RoostError)) throw error; // a bug of ours, which has a page of its own
  const { confirm } = words;
  const about = (text: string): readonly Problem[] => [{ text, field: 'code' }];
  const from = error.retryAt === null ? null : apiTime(error.retryAt.getTime());
  switch (error.reason) {
    case 'wrong_code':
      return about(error.attemptsLeft === null ? confirm.wrong : confirm.wrongWithLeft(error.attemptsLeft));
    case 'malformed_code':
      return about(confirm.malformed);
    case 'code_expired':
      return about(confirm.expired);
    case 'budget_spent':
      return about(confirm.tooManyWrong(from));
    case 'too_many_open':
      return about(confirm.tooManySent(from));
    default:
      return problemsOf(bank, words, error, confirm.lost).map(({ text }) => ({ text, field: null }));
  }
}
