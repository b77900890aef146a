/** Controls, format characters (bidirectional controls, zero-width), private use, unassigned, line separators. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]/u;

/**
 * One visible line, in one spelling, as a message can show it; null when it cannot be one. Roost would refuse the rest
 * too: a percent sign stands for a placeholder in its messages, an at sign for the address of a site.
 */
export function readLine(typed: string, most: number): string | null {
  const text = typed.normalize('NFC').trim().replace(/\s+/gu, ' ');
  const isShort = text !== '' && [...text].length <= most;
  return isShort && !HIDDEN.test(text) && !/%|^@/.test(text) ? text : null;
}
