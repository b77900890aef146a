import { type Factor, type FactorKind, isSent, type SentFactor } from './factor.ts';

/** What a user is told of, since somebody else may have done it (NIST SP 800-63B-4, 4.1.2.1; OWASP ASVS 5.0, 6.3.7). */
export const NOTICE_EVENTS = ['factorAdded', 'factorRemoved', 'recoveryCodeUsed'] as const;
export type NoticeEvent = (typeof NOTICE_EVENTS)[number];

/** The words of each notice: `%factor` stands for what was added or removed, `%left` for the codes that are left. */
export type NoticeWords = { readonly [event in NoticeEvent]: string };

export const USUAL_NOTICES: NoticeWords = {
  factorAdded: '%factor can now sign in to your account. If you did not add it, tell us at once.',
  factorRemoved: '%factor can no longer sign in to your account. If you did not remove it, tell us at once.',
  recoveryCodeUsed:
    'A recovery code of your account was used; %left are left. If it was not you, tell us at once.',
};
/** A notice is one text message. */
export const MOST_NOTICE = 140;
/** How long a notice is of use: who reads it a day later has time to act no more than who reads it never. */
export const NOTICE_MS = 86_400_000;
/** Phones and mailboxes that are told of one thing. */
const MOST_TOLD = 5;

const NAMES: { readonly [kind in FactorKind]: string } = {
  totp: 'An authenticator app',
  hotp: 'A hardware token',
  ocra: 'A hardware token',
  yubikey: 'A YubiKey',
  webauthn: 'A passkey',
  recovery: 'A set of recovery codes',
  sms: 'A phone number',
  tts: 'A phone number',
  email: 'An e-mail address',
  whatsapp: 'A WhatsApp account',
};

export function noticeText(words: NoticeWords, event: NoticeEvent, factor: Factor): string {
  const left = factor.kind === 'recovery' ? factor.digests.length : 0;
  return words[event].replaceAll('%factor', NAMES[factor.kind]).replaceAll('%left', String(left));
}

/** WhatsApp carries codes alone, so its phone is sent a text. */
export const noticeChannel = ({ kind }: SentFactor): 'sms' | 'tts' | 'email' =>
  kind === 'whatsapp' ? 'sms' : kind;

/**
 * Phones and mailboxes that hear of it, the oldest first: all that the user has confirmed. One that was added is no
 * witness of that; one that is removed is told of it.
 */
export function whoIsTold(
  event: NoticeEvent,
  changed: Factor,
  all: readonly Factor[],
): readonly SentFactor[] {
  const others = all.filter(({ id }) => id !== changed.id);
  const witnesses = event === 'factorRemoved' ? [changed, ...others] : others;
  return witnesses
    .filter(isSent)
    .filter(({ kind, confirmedAtMs }) => confirmedAtMs !== null && kind !== 'tts')
    .sort((a, b) => a.createdAtMs - b.createdAtMs)
    .filter((one, i, all) => all.findIndex(({ recipientKey }) => recipientKey === one.recipientKey) === i)
    .slice(0, MOST_TOLD);
}
