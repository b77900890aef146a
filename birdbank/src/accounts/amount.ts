/** The most that one payment may be: a million euros. */
export const MOST_CENTS = 100_000_000;

export type AmountProblem = 'empty' | 'shape' | 'zero' | 'most';

/**
 * Reads an amount of euros as people type it: `12`, `12,5`, `12.50`, `€ 1.250,00`, `1,250.00`. Where a single separator
 * stands before three digits it must be the one that this language groups by, because nobody should pay a thousand times
 * what they meant.
 */
export function readAmount(typed: string, groupedBy: string): number | { readonly problem: AmountProblem } {
  const text = typed.normalize('NFKC').replace(/[\s'’]|€|EUR/giu, '');
  if (text === '') return { problem: 'empty' };
  const [, whole = '', fraction = ''] = /^([\d.,]*?)(?:[.,](\d{1,2}))?$/.exec(text) ?? [];
  const digits = ungrouped(whole, text.slice(whole.length, whole.length + 1), groupedBy);
  if (digits === null) return { problem: 'shape' };
  const cents = Number(digits) * 100 + Number(fraction.padEnd(2, '0'));
  if (cents === 0) return { problem: 'zero' };
  return cents > MOST_CENTS ? { problem: 'most' } : cents;
}

/** The digits of `1.250` or `1,250`; null when they are not grouped in threes by one and the same mark. */
function ungrouped(whole: string, decimalMark: string, groupedBy: string): string | null {
  if (/^\d{1,9}$/.test(whole)) return whole;
  const mark = whole.includes('.') ? '.' : ',';
  const isGrouped = /^\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*$/.test(whole) && whole.length <= 11;
  const isMeant = decimalMark === '' ? mark === groupedBy : mark !== decimalMark;
  return isGrouped && isMeant ? whole.replaceAll(mark, '') : null;
}

/** `1250.00`, as Roost takes it. */
export function decimalEuros(cents: number): string {
  const digits = String(cents).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
