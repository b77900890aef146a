import type { InboxMessage } from '../../app/delivery/inbox.ts';
import { type Html, html } from '../../kernel/html.ts';

/** What a channel is called on the page. */
export const CHANNEL_NAMES: Record<InboxMessage['channel'], string> = {
  sms: 'SMS',
  flash: 'Flash SMS',
  tts: 'Voice call',
  email: 'E-mail',
  whatsapp: 'WhatsApp',
};

const ENDS = { minutes: 16, seconds: 19, milliseconds: 23 } as const;

/** A time of day in UTC; the page's script writes it in the reader's own zone. */
export function clockTime(atMs: number, precision: keyof typeof ENDS = 'seconds'): Html {
  const iso = new Date(atMs).toISOString();
  const shown = iso.slice(11, ENDS[precision]);
  return html`<time datetime="${iso}" title="${iso}" data-clock="${precision}">${shown}<span class="zone"> UTC</span></time>`;
}

/** Codes are read and typed in groups of three, or of four where threes leave a rest. */
export function digitGroups(token: string): string[] {
  const groups: string[] = [];
  let rest = token;
  while (rest.length > 4 && rest.length !== 8) {
    groups.push(rest.slice(0, 3));
    rest = rest.slice(3);
  }
  return rest.length === 8 ? [...groups, rest.slice(0, 4), rest.slice(4)] : [...groups, rest];
}

/**
 * A code that looks grouped, is copied whole (the gaps are margins, not spaces), and is read out digit by digit.
 */
export function spokenCode(token: string): Html {
  const groups = digitGroups(token).map((group) => html`<span>${group}</span>`);
  return html`<span class="code" aria-hidden="true">${groups}</span><span class="unseen">${[...token].join(' ')}</span>`;
}

// Intl knows no name for this one: "wls" is not a registered variant.
const OWN_NAMES: Record<string, string> = { 'en-gb-wls': 'Welsh English' };

/** `en-gb` is British English. A tag that nobody knows stays as it is. */
export function languageName(tag: string): string {
  const own = OWN_NAMES[tag];
  if (own !== undefined) return own;
  try {
    return new Intl.DisplayNames('en', { type: 'language' }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

const ICONS: Record<InboxMessage['channel'], Html> = {
  sms: html`<path d="M4 5h16v11H10l-4 4v-4H4z"/>`,
  flash: html`<path d="M13 3 5 14h6l-1 7 9-12h-6z"/>`,
  tts: html`<path d="M6 3h3l2 5-2.5 1.5a11 11 0 0 0 6 6L16 13l5 2v3a3 3 0 0 1-3 3A15 15 0 0 1 3 6a3 3 0 0 1 3-3z"/>`,
  email: html`<path d="M3 6h18v12H3z"/><path d="m3 7 9 7 9-7"/>`,
  whatsapp: html`<path d="M4 20l1.3-4A8.5 8.5 0 1 1 8.6 19z"/><path d="M9 8.5c0 3.5 3 6.5 6.5 6.5v-2l-2-1-1 1a5 5 0 0 1-2-2l1-1-1-2H9z"/>`,
};

/** A drawing of the channel, beside its name. */
export function channelIcon(channel: InboxMessage['channel']): Html {
  return html`<svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round" stroke-linecap="round" aria-hidden="true">${ICONS[channel]}</svg>`;
}

/** What is left to do or was done, as words on a message. */
export function verificationWords(message: InboxMessage): {
  words: string;
  tone: 'wait' | 'good' | 'bad' | 'quiet';
} {
  switch (message.verification) {
    case null:
      return { words: 'No code', tone: 'quiet' };
    case 'open':
      return { words: 'Waiting for the code', tone: 'wait' };
    case 'verified':
      return { words: 'Verified', tone: 'good' };
    case 'failed':
      return { words: 'Failed', tone: 'bad' };
    case 'expired':
      return { words: 'Expired', tone: 'quiet' };
    case 'deleted':
      return { words: 'Deleted', tone: 'quiet' };
  }
}

export const plural = (count: number, one: string, many: string = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;
