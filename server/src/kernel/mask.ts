/** Numbers and addresses as their owner recognises them and nobody else can use them. */

/** `+31612345678` becomes `+31*******78`: the first two digits and the last two stay. */
export function maskNumber(number: string): string {
  const digits = number.replace(/\D/g, '');
  if (digits.length < 7) return '*'.repeat(digits.length);
  return `+${digits.slice(0, 2)}${'*'.repeat(digits.length - 4)}${digits.slice(-2)}`;
}

/** `ann@example.com` becomes `a**@example.com`. */
export function maskEmail(address: string): string {
  const at = address.lastIndexOf('@');
  if (at < 1) return '***';
  return `${address.slice(0, 1)}${'*'.repeat(Math.min(8, Math.max(1, at - 1)))}${address.slice(at)}`;
}

export const maskRecipient = (recipient: string): string =>
  recipient.includes('@') ? maskEmail(recipient) : maskNumber(recipient);

const KEY = /\b(live|test)_[A-Za-z0-9]{4,}/g;
// Bounded, since an unbounded search of a long text without an @ takes the square of its length.
const EMAIL = /[^\s<>"'@,;:/]{1,64}@[^\s<>"'@,;:/]{1,253}\.[A-Za-z]{2,}/g;
// Runs of six digits or more, also spelled with spaces, dashes or brackets between them. Hexadecimal ids
// are left alone by looking at the letters around the run.
const DIGITS = /(?<![0-9A-Za-z_-])\+?\d(?:[ ().-]?\d){5,}(?![0-9A-Za-z_])/g;
// In the path and query of a URL a code stands behind its name.
const TOKEN = /([?&](?:token|access_key)=)[^&\s"']*/gi;

/** Masks keys, e-mail addresses, phone numbers and codes wherever they stand in a free text. */
export function maskText(text: string): string {
  return text
    .replace(TOKEN, '$1***')
    .replace(KEY, '$1_***')
    .replace(EMAIL, (address) => maskEmail(address))
    .replace(DIGITS, (number) => (number.length > 8 ? maskNumber(number) : '******'));
}
