const NUMBERS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'] as const;

/** How many guesses are left, as a sentence. */
export function attemptsInWords(left: number): string {
  if (left === 0) return 'That was the last attempt: ask for a new code.';
  return `You can try ${NUMBERS[left] ?? left} more ${left === 1 ? 'time' : 'times'}.`;
}
