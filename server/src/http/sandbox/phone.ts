import type { InboxMessage } from '../../app/delivery/inbox.ts';
import { MOST_AGED_SECONDS } from '../../domain/aged.ts';
import { international } from '../../domain/international.ts';
import type { SandboxFault } from '../../domain/sandbox-faults.ts';
import { attribute, type Html, html } from '../../kernel/html.ts';
import { faultForm, faultsInForce } from '../fault-form.ts';
import type { Page } from '../page.ts';
import { bubble } from './bubble.ts';
import { magicNumbers, story } from './story.ts';
import { CHANNEL_NAMES, channelIcon, clockTime, verificationWords } from './words.ts';

/** What one look at the phone shows. */
export type Phone = {
  /** Of every recipient, oldest first. */
  readonly messages: readonly InboxMessage[];
  readonly nowMs: number;
  /** What goes wrong on purpose. */
  readonly faults: readonly SandboxFault[];
  readonly origin: string;
  /** The recipient and the message that the address names; without them the latest are shown. */
  readonly chosen: string | null;
  readonly messageId: string | null;
  /** Whether what the address names can be a recipient at all. */
  readonly isReadable: boolean;
};

type Conversation = {
  readonly recipient: string;
  readonly messages: readonly InboxMessage[];
  readonly latest: InboxMessage;
};

export function phonePage(phone: Phone): Page {
  const conversations = conversationsOf(phone.messages);
  const shown = phone.chosen ?? conversations[0]?.recipient ?? null;
  const conversation = conversations.find(({ recipient }) => recipient === shown) ?? null;
  const selected =
    conversation?.messages.find(({ id }) => id === phone.messageId) ?? conversation?.latest ?? null;
  const here = backTo(phone.chosen, phone.messageId);
  const main = html`<main id="main" class="desk ${phone.chosen === null ? 'browsing' : 'reading'}" tabindex="-1" data-now-ms="${phone.nowMs}">
<h1 class="unseen">Sandbox phone</h1>
<div id="trouble" data-live>${faultsInForce(phone.faults, FAULTS, here, (atMs) => clockTime(atMs, 'minutes'))}</div>
${people(phone, conversations, shown)}
${screen(phone, shown, conversation, selected)}
<aside class="side" aria-label="About the selected message">
<h2>What happened</h2>
<div id="story" data-live>${selected === null ? html`<p id="no-story" class="soft">Choose a message to see what became of it.</p>` : html`<div id="story-${selected.id}">${story(selected)}${clock(selected)}</div>`}</div>
${magicNumbers(conversations.length === 0)}
<details class="numbers" id="faults"><summary><h2>Faults</h2></summary>
<p class="soft">Let the sandbox fail, for everybody without a magic number. A fault ends by itself after an hour, and never touches a real provider.</p>
${faultForm(FAULTS, here)}</details>
</aside>
<p id="announcement" class="unseen" aria-live="polite"></p>
</main>`;
  return {
    ...{ title: 'Sandbox phone · Roost', part: 'sandbox phone', here: '/sandbox', main },
    note: 'Nothing is sent. Messages vanish when their codes expire.',
    styles: ['sandbox.css', 'sandbox-phone.css', 'sandbox-side.css'],
    modules: ['sandbox.js'],
  };
}

/** One conversation per recipient, the one with the latest message first. */
function conversationsOf(messages: readonly InboxMessage[]): Conversation[] {
  const byRecipient = Map.groupBy(messages.toReversed(), ({ recipient }) => recipient);
  return [...byRecipient].flatMap(([recipient, [latest, ...earlier]]) =>
    latest === undefined ? [] : [{ recipient, messages: [...earlier.toReversed(), latest], latest }],
  );
}

export function address(recipient: string | null, messageId: string | null = null): string {
  const query = new URLSearchParams();
  if (recipient !== null) query.set('recipient', recipient);
  if (messageId !== null) query.set('message', messageId);
  return query.size === 0 ? '/sandbox' : `/sandbox?${query}`;
}

const FAULTS = '/sandbox/faults';

/** Hidden fields that lead back to what is shown now. */
const backTo = (recipient: string | null, messageId: string | null): Html =>
  html`<input type="hidden" name="recipient" value="${recipient ?? ''}"><input type="hidden" name="message" value="${messageId ?? ''}">`;

const SPANS = [
  { seconds: 60, words: '1 minute' },
  { seconds: 300, words: '5 minutes' },
];

/** Lets time pass for one open verification of a test key. */
function clock({ id, recipient, mode, verification }: InboxMessage): Html | null {
  if (mode !== 'test' || verification !== 'open') return null;
  const button = (seconds: number, words: string) =>
    html`<button class="quiet" name="seconds" value="${seconds}" id="${`age-${seconds}`}">${words}</button>`;
  return html`<form method="post" action="/sandbox/messages/${id}/age" class="clock" id="clock">${backTo(recipient, id)}
<p id="clock-about">Let time pass for this code alone</p><div role="group" aria-labelledby="clock-about">${SPANS.map(({ seconds, words }) => button(seconds, words))}${button(MOST_AGED_SECONDS, 'Expire now')}</div></form>`;
}

function people(phone: Phone, conversations: readonly Conversation[], shown: string | null): Html {
  const rows = conversations.map(
    ({
      recipient,
      latest,
      messages,
    }) => html`<li id="p-${recipient}"><a id="to-${recipient}" href="${address(recipient)}"${attribute('aria-current', recipient === shown)}>
<span class="face ${verificationWords(latest).tone}">${channelIcon(latest.channel)}</span>
<span class="who"><b>${international(recipient)}</b>${clockTime(latest.createdAtMs, 'minutes')}</span>
<span class="preview"><span dir="auto">${preview(latest)}</span>${messages.length > 1 ? html`<span class="chip count">${messages.length}<span class="unseen"> messages</span></span>` : null}<span class="chip ${latest.mode}">${latest.mode}</span></span></a></li>`,
  );
  const nobody = html`<li id="nobody" class="soft nobody">No messages yet. They appear here as they come in.</li>`;
  return html`<section class="people" aria-labelledby="people-title">
<div class="heading"><h2 id="people-title">Messages</h2><a class="back" href="/sandbox">All messages</a>
<span id="live" class="link-state"><a id="refresh" class="refresh" href="${address(phone.chosen, phone.messageId)}">Refresh</a></span></div>
<form class="find" action="/sandbox" role="search"><label class="unseen" for="find">Find a number or an address</label>
<input id="find" type="search" name="recipient" placeholder="Find a number or address" autocomplete="off" spellcheck="false"${attribute('value', phone.isReadable ? null : phone.chosen)}></form>
<ol id="conversations" data-live>${conversations.length === 0 ? nobody : rows}</ol>
</section>`;
}

function preview({ channel, subject, text }: InboxMessage): string {
  if (channel === 'email') return subject ?? text;
  return channel === 'sms' ? text : `${CHANNEL_NAMES[channel]}: ${text}`;
}

function screen(
  phone: Phone,
  shown: string | null,
  conversation: Conversation | null,
  selected: InboxMessage | null,
): Html {
  const messages = conversation?.messages ?? [];
  const bubbles = messages.map((each) =>
    bubble(each, `${address(each.recipient, each.id)}#story`, each === selected),
  );
  return html`<section class="screen" aria-labelledby="contact-name"><div class="handset">
<header id="contact" data-live><div id="contact-${shown ?? 'none'}" class="contact"><b id="contact-name">${shown === null ? 'No messages' : international(shown)}</b></div></header>
<ol id="bubbles" data-live tabindex="0" aria-label="Messages">${messages.length === 0 ? emptyScreen(phone, shown) : bubbles}</ol>
</div></section>`;
}

function emptyScreen(phone: Phone, shown: string | null): Html {
  if (!phone.isReadable) {
    return html`<li id="problem" class="empty"><p class="title">${shown ?? ''} cannot be a recipient</p><p>Write a phone number with its country code, such as +31612345678, or an e-mail address.</p></li>`;
  }
  const title = shown === null ? 'No code has been sent yet' : `No message to ${international(shown)}`;
  // Whatever is to be pasted into a shell holds nothing that a shell would act on.
  const to = shown !== null && /^[\w+.@-]+$/.test(shown) ? shown : '+447700900001';
  const extra = to.includes('@') ? ' \\\n  -d type=email -d originator=you@example.com' : '';
  return html`<li id="empty" class="empty"><p class="title">${title}</p>
<p>Messages are shown while their codes work. To send one, put the test key that Roost printed at its start in place of <code>YOUR_TEST_KEY</code>:</p>
<pre tabindex="0"><code>curl ${phone.origin}/verify \\
  -H 'Authorization: AccessKey YOUR_TEST_KEY' \\
  --data-urlencode 'recipient=${to}' \\
  -d timeout=300${extra}</code></pre>
<p>It appears here by itself within a second; without JavaScript, <a href="${address(phone.chosen)}">refresh</a>.</p></li>`;
}
