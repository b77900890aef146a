import type { InboxMessage } from '../../app/delivery/inbox.ts';
import { countSegments } from '../../domain/segments.ts';
import { attribute, type Html, html } from '../../kernel/html.ts';
import {
  CHANNEL_NAMES,
  channelIcon,
  clockTime,
  languageName,
  plural,
  spokenCode,
  verificationWords,
} from './words.ts';

/** One message of a conversation, as the phone shows it. `href` leads to what happened to it. */
export function bubble(message: InboxMessage, href: string, isSelected: boolean): Html {
  const { id, channel, state } = message;
  const arrived = state === 'delivered';
  return html`<li id="m-${id}" class="bubble ${channel} ${arrived ? 'arrived' : 'astray'}"${attribute('data-selected', isSelected)}>
<p class="kind">${channelIcon(channel)}<span>${CHANNEL_NAMES[channel]}${channel === 'email' ? null : html` from <b>${message.originator}</b>`}</span><span class="chip ${message.mode}">${message.mode}</span>${arrived ? null : html`<span class="chip bad">${fateWords(state)}</span>`}</p>
${channel === 'email' ? envelope(message) : null}
${channel === 'tts' ? voice(message) : null}
<div class="words" dir="auto"${attribute('lang', message.language)}>${textWithCode(message)}</div>
<p class="doing">${copyButton(message)}${validity(message)}</p>
${channel === 'sms' || channel === 'flash' ? size(message) : null}
${channel === 'flash' ? html`<p class="fact">Shown at once, over whatever the phone is doing, and not kept.</p>` : null}
<p class="fact"><a class="more" id="s-${id}" href="${href}"${attribute('aria-current', isSelected)}>What happened<span class="unseen"> to the message of ${clockTime(message.createdAtMs)}</span></a></p>
</li>`;
}

function fateWords(state: InboxMessage['state']): string {
  const words: Record<InboxMessage['state'], string> = {
    pending: 'not handed over yet',
    sent: 'on its way',
    delivered: 'delivered',
    undelivered: 'not delivered',
    failed: 'refused',
    canceled: 'not sent',
  };
  return words[state];
}

/** The text with its code made to stand out; a last line for the browser's autofill (`@host #code`) stays quiet. */
function textWithCode({ text, token, verification }: InboxMessage): Html {
  if (verification === null) return html`<p>${text}</p>`;
  if (token === '')
    return html`<p>${text}</p><p class="fact">The code is wiped: it can no longer be used.</p>`;
  const [, words = text, autofill] = /^(.*?)(\n@\S+ #\d+)?$/s.exec(text) ?? [];
  const at = words.indexOf(token);
  const body =
    at < 0
      ? html`<p>${words}</p><p>${spokenCode(token)}</p>`
      : html`<p>${words.slice(0, at)}${spokenCode(token)}${words.slice(at + token.length)}</p>`;
  return html`${body}${autofill === undefined ? null : html`<p class="autofill">${autofill.trim()}</p>`}`;
}

function envelope({ originator, recipient, subject }: InboxMessage): Html {
  return html`<dl class="envelope">
<div><dt>From</dt><dd>${originator}</dd></div>
<div><dt>To</dt><dd>${recipient}</dd></div>
<div><dt>Subject</dt><dd dir="auto">${subject ?? html`<i>none</i>`}</dd></div>
</dl>`;
}

function voice({ language, voice: sex }: InboxMessage): Html {
  const inLanguage = language === null ? null : html` in ${languageName(language)} (${language})`;
  return html`<p class="fact">This would be spoken${inLanguage}${sex === null ? null : `, in a ${sex} voice`}:</p>`;
}

function copyButton({ id, token }: InboxMessage): Html | null {
  if (token === '') return null;
  return html`<button type="button" class="copy" id="c-${id}" data-copy="${token}"><span class="says">Copy code</span><span class="unseen"> ${[...token].join(' ')}</span></button>`;
}

/** Until when the code works. The page's script counts it down. */
function validity(message: InboxMessage): Html {
  const { words, tone } = verificationWords(message);
  if (message.verification !== 'open') return html`<span class="state ${tone}">${words}</span>`;
  return html`<span class="state wait" data-until="${message.expiresAtMs}">works until ${clockTime(message.expiresAtMs)}</span>`;
}

const ENCODING_NAMES = { gsm7: 'GSM-7', ucs2: 'UCS-2' };

function size({ text, datacoding }: InboxMessage): Html {
  const { encoding, units, capacity, segments, lost } = countSegments(text, datacoding);
  const warning = html`<p class="fact lost">Plain text cannot say ${lost.join(' ')}: the phone would show a question mark. Send <code>datacoding=auto</code>.</p>`;
  return html`<p class="fact">${plural(segments, 'segment')} · ${ENCODING_NAMES[encoding]} · ${units} of ${capacity} characters</p>${lost.length > 0 ? warning : null}`;
}
