/**
 * A code as it was meant: without the spaces and hyphens that people and messages put into it, and in ASCII digits
 * where a keyboard wrote others. Whether it is a code at all is for Roost to say.
 */
export function readTypedCode(typed: string): string {
  return typed
    .slice(0, 64)
    .normalize('NFKC')
    .replace(/[\s\p{Pd}\p{Cf}]/gu, '')
    .replace(/\p{Nd}/gu, asciiDigit);
}

/** Unicode keeps the ten digits of every script together, in order. */
function asciiDigit(digit: string): string {
  let value = 0;
  for (let code = (digit.codePointAt(0) ?? 0) - 1; value < 9; value += 1, code -= 1) {
    if (!/\p{Nd}/u.test(String.fromCodePoint(code))) break;
  }
  return String(value);
}
