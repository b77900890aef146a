import type { InboxMessage } from '../../app/delivery/inbox.ts';
import { international } from '../../domain/international.ts';
import { MAGIC_RECIPIENTS } from '../../domain/sandbox-fates.ts';
import { attribute, type Html, html } from '../../kernel/html.ts';
import { clockTime, plural } from './words.ts';

type Tone = 'done' | 'now' | 'bad';
type Event = { readonly atMs: number | null; readonly tone: Tone; readonly words: string };

const BY: Record<InboxMessage['channel'], string> = {
  sms: 'by SMS',
  flash: 'by flash SMS',
  tts: 'as a voice call',
  email: 'by e-mail',
  whatsapp: 'by WhatsApp',
};

/** What happened to one message and its verification, in order. */
export function story(message: InboxMessage): Html {
  const events = [...created(message), ...carried(message), ...ending(message)];
  return html`<ol class="story" id="events">${events.map(
    ({ atMs, tone, words }, index) =>
      html`<li id="e-${message.id}-${index}" class="${tone}">${atMs === null ? null : html`${clockTime(atMs, 'milliseconds')}<br>`}${words}</li>`,
  )}</ol>${message.verification === null ? null : html`<p id="to-console"><a href="/console/verifications/${message.verificationId}">See all of it in the console</a></p>`}`;
}

function created({ mode, projectId, createdAtMs, channel }: InboxMessage): Event[] {
  return [
    { atMs: createdAtMs, tone: 'done', words: `Created with a ${mode} key of project ${projectId}` },
    { atMs: createdAtMs, tone: 'done', words: `Allowed to go out ${BY[channel]}` },
  ];
}

function carried({ state, sentAtMs, endedAtMs }: InboxMessage): Event[] {
  if (state === 'pending') {
    return [{ atMs: null, tone: 'now', words: 'Waiting to be handed over: the provider is busy' }];
  }
  if (state === 'failed')
    return [{ atMs: endedAtMs, tone: 'bad', words: 'Refused by the sandbox: it was not sent' }];
  if (state === 'canceled') {
    return [{ atMs: endedAtMs, tone: 'bad', words: 'Not sent: it was over before it could be' }];
  }
  const handedOver: Event = { atMs: sentAtMs, tone: 'done', words: 'Handed to the sandbox' };
  if (state === 'sent') return [handedOver, { atMs: null, tone: 'now', words: 'On its way to the phone' }];
  const delivered = state === 'delivered';
  return [
    handedOver,
    {
      atMs: endedAtMs,
      tone: delivered ? 'done' : 'bad',
      words: delivered ? 'Delivered to the phone' : 'Not delivered: a real phone would not show this message',
    },
  ];
}

function ending(message: InboxMessage): Event[] {
  const { verification } = message;
  return verification === null ? [] : [endingOf(message, verification)];
}

function endingOf(message: InboxMessage, verification: NonNullable<InboxMessage['verification']>): Event {
  const { attemptsLeft } = message;
  switch (verification) {
    case 'open': {
      const left = attemptsLeft === null ? '' : `: ${plural(attemptsLeft, 'attempt')} left`;
      return { atMs: null, tone: 'now', words: `Waiting for the code${left}` };
    }
    case 'verified':
      return { atMs: null, tone: 'done', words: 'Verified: the right code came back' };
    case 'failed':
      return {
        atMs: null,
        tone: 'bad',
        words: 'Failed: no attempt is left, or the message could not be sent',
      };
    case 'expired':
      return {
        atMs: message.expiresAtMs,
        tone: 'bad',
        words: 'Expired: the right code did not come in time',
      };
    case 'deleted':
      return { atMs: null, tone: 'bad', words: 'Deleted by its creator' };
  }
}

/** The recipients whose messages meet a fate of their own. */
export function magicNumbers(isOpen: boolean): Html {
  const rows = MAGIC_RECIPIENTS.map(
    ({ phone, email, sentence }) => html`<li><p>${sentence}</p>
<p class="magic"><code>${international(phone)}</code><button type="button" class="copy" data-copy="${phone}"><span class="says">Copy</span><span class="unseen"> ${phone}</span></button></p>
<p class="magic"><code>${email}</code><button type="button" class="copy" data-copy="${email}"><span class="says">Copy</span><span class="unseen"> ${email}</span></button></p></li>`,
  );
  return html`<details class="numbers" id="magic"${attribute('open', isOpen)}>
<summary><h2>Magic numbers</h2></summary>
<p class="soft">Send a code to one of these and see how your program takes it.</p>
<ul>${rows}</ul>
</details>`;
}
