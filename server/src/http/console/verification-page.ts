import { stateAt } from '../../app/insight/search.ts';
import type { RefusalStory, Story, Thoughts, Told } from '../../app/insight/story.ts';
import type { Message } from '../../domain/message.ts';
import type { Verification } from '../../domain/verification.ts';
import { type Html, html } from '../../kernel/html.ts';
import { readingWords, ruleName, VERDICTS, WHENCE } from './decision-words.ts';
import { channelName, countryName, money, whole } from './figure-words.ts';
import { alert, done, empty } from './frame.ts';
import { act, duration, modeChip, moment, table } from './pieces.ts';
import { messageState, stateChip } from './verification-rows.ts';
import type { Visit } from './visit.ts';

/** What came of the form that leads here. */
export type Said = {
  readonly done?: string;
  readonly problem?: string;
  /** In full, for this one view. */
  readonly recipient?: string;
  /** It is gone, and everything else about its recipient. */
  readonly erased?: true;
};

export function verificationBody(visit: Visit, story: Story, said: Said, sandbox: string): Html {
  const { verification: v, messages, thoughts, told } = story;
  const state = stateAt(v, story.nowMs);
  return html`${done(said.done ?? null)}${alert(said.problem ?? null)}
<p class="inline">${stateChip(state)} ${modeChip(v.mode)} <code class="key">${v.id}</code></p>
${facts(visit, story, said)}
${actions(visit, story, sandbox)}
<section aria-labelledby="story-title"><h2 id="story-title">What happened</h2>${timeline(story)}</section>
<section aria-labelledby="messages-title"><h2 id="messages-title">Messages</h2>${messagesOf(messages)}</section>
<section aria-labelledby="guard-title"><h2 id="guard-title">Why it was allowed</h2>${decision(thoughts)}</section>
<section aria-labelledby="told-title"><h2 id="told-title">Webhooks</h2>${webhooks(told)}</section>`;
}

function facts(
  { may, token }: Visit,
  { verification: v, recipient, messages, nowMs }: Story,
  said: Said,
): Html {
  const row = (name: string, value: Html | string | null) =>
    value === null ? null : html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
  const country = messages.map(({ routing }) => routing?.country ?? null).find((one) => one !== null) ?? null;
  const left = v.state === 'open' ? `${whole(v.attemptsLeft)} left` : 'none left to make';
  return html`<dl class="facts">
${row('Recipient', recipientOf({ may, token }, v, recipient, said))}
${row('Channel', channelName(v.channel))}
${row('Country', country === null ? null : countryName(country))}
${row('Project', v.projectId)}
${row('Originator', v.originator)}
${row('Reference', v.reference === null ? null : html`<code>${v.reference}</code>`)}
${row('Created', moment(v.createdAtMs))}
${row(nowMs < v.expiresAtMs && v.state === 'open' ? 'Works until' : 'Worked until', moment(v.expiresAtMs))}
${row('Guesses', `${whole(v.wrongGuesses)} wrong, ${left}`)}
${row('Asked for by', askedBy(v))}
</dl>`;
}

/** What a code was for: a factor that is enrolled by it, or a challenge. */
function askedBy({ boundTo }: Verification): string {
  if (boundTo === null) return 'the Verify API';
  return boundTo.startsWith('factor:') ? 'an enrolment' : 'a challenge';
}

function recipientOf(
  { may, token }: Pick<Visit, 'may' | 'token'>,
  { id }: Verification,
  masked: string | null,
  said: Said,
): Html {
  if (masked === null) return html`<span class="soft">erased</span>`;
  if (said.recipient !== undefined) {
    return html`<b class="unmasked">${said.recipient}</b> <span class="soft">shown this once; that you looked is in the audit</span>`;
  }
  const button = may('unmask')
    ? html`<form method="post" action="/console/verifications/${id}/unmask" class="same-line">${token}<button class="quiet small">Show in full</button></form>`
    : null;
  return html`${masked} ${button}`;
}

function actions(visit: Visit, { verification: v, messages }: Story, sandbox: string): Html | null {
  const at = `/console/verifications/${v.id}`;
  const isOpen = v.state === 'open' && visit.may('handle');
  const isKept = v.sealedCode !== null;
  const buttons = [
    messages.some(({ provider }) => provider === sandbox) && v.sealedRecipient !== null
      ? html`<a class="button quiet" href="${at}/phone">See it on the sandbox phone</a>`
      : null,
    isOpen && v.boundTo === null
      ? act(visit.token, `${at}/again`, isKept ? 'Send the code again' : 'Send a new code')
      : null,
    isOpen ? act(visit.token, `${at}/cancel`, 'Cancel it', {}, 'danger') : null,
  ].filter((button) => button !== null);
  const erasing =
    visit.may('erase') && v.sealedRecipient !== null
      ? html`<details class="erasing"><summary>Erase this person's data…</summary><p>All verifications of this recipient in project ${v.projectId}, their messages, factors that are this phone or mailbox, and what the guard knows of it. It cannot be undone.</p>${act(visit.token, `${at}/erase`, 'Erase everything about this recipient', {}, 'danger')}</details>`
      : null;
  const hint =
    isOpen && !isKept && v.boundTo === null
      ? html`<p class="hint">The code has left the house, so a new one takes its place: the one before stops working.</p>`
      : null;
  return html`<div class="inline acts">${buttons}</div>${hint}${erasing}`;
}

type Event = { readonly atMs: number | null; readonly tone: 'good' | 'bad' | 'now'; readonly words: Html };

function timeline(story: Story): Html {
  const events = [...createdEvents(story), ...story.messages.flatMap(messageEvents), ...endEvents(story)];
  const sorted = events
    .map((event, i) => ({ event, i }))
    .sort((a, b) => (a.event.atMs ?? Number.MAX_VALUE) - (b.event.atMs ?? Number.MAX_VALUE) || a.i - b.i);
  const beganMs = story.verification.createdAtMs;
  return html`<ol class="timeline">${sorted.map(
    ({ event: { atMs, tone, words } }) =>
      html`<li class="${tone}">${atMs === null ? html`<span class="when">now</span>` : html`<span class="when">${instant(atMs)}<small>+${duration(Math.max(0, atMs - beganMs))}</small></span>`}<span>${words}</span></li>`,
  )}</ol>`;
}

function instant(ms: number): Html {
  const iso = new Date(ms).toISOString();
  return html`<time datetime="${iso}" title="${iso}">${iso.slice(11, 23)}</time>`;
}

function createdEvents({ verification: v, thoughts }: Story): Event[] {
  const seconds = Math.round((v.expiresAtMs - v.createdAtMs) / 1000);
  const asked = html`Asked for with a ${v.mode} key of project ${v.projectId}: ${whole(v.tokenLength)} digits by ${channelName(v.channel)}, good for ${duration(seconds * 1000)}`;
  const noted = thoughts?.readings.filter(({ verdict }) => verdict !== 'under') ?? [];
  const judged =
    thoughts === null
      ? []
      : [
          {
            ...{ atMs: v.createdAtMs, tone: 'good' as const },
            words:
              noted.length === 0
                ? html`The guard looked at ${whole(thoughts.readings.length)} rules and let it out`
                : html`The guard let it out, and noted: ${noted.map(({ rule }) => ruleName(rule)).join('; ')}`,
          },
        ];
  return [{ atMs: v.createdAtMs, tone: 'good', words: asked }, ...judged];
}

function messageEvents(message: Message, i: number): Event[] {
  const { routing, provider, channel, createdAtMs } = message;
  const before = routing?.taken.at(-1);
  const why = before === undefined ? '' : `, since ${before.provider} ${HOW[before.how]}`;
  const passed =
    routing === null || routing.passedOver.length === 0
      ? ''
      : `, passing over ${routing.passedOver.join(', ')}`;
  const events: Event[] = [
    {
      ...{ atMs: createdAtMs, tone: 'good' },
      words: html`Message ${i + 1} given to <b>${provider}</b> by ${channelName(channel)}${why}${passed}`,
    },
  ];
  const sentAtMs = message.state === 'pending' ? null : message.sentAtMs;
  if (sentAtMs !== null) {
    const took = routing?.tookMs == null ? '' : `, which answered after ${duration(routing.tookMs)}`;
    events.push({ atMs: sentAtMs, tone: 'good', words: html`Handed over to ${provider}${took}` });
  }
  if (message.state === 'pending') {
    const trouble = routing?.leaving?.reason;
    const words =
      trouble === undefined
        ? html`On its way out to ${provider}`
        : html`${trouble}; the next route is taken soon`;
    events.push({ atMs: null, tone: 'now', words });
  } else if (message.state === 'sent') {
    events.push({ atMs: null, tone: 'now', words: html`No receipt from ${provider} yet` });
  } else {
    const isGood = message.state === 'delivered';
    const reason = message.reason === null ? '' : `: ${message.reason}`;
    const words = isGood
      ? html`Delivered, says ${provider}`
      : html`${firstUp(messageState(message.state))}${reason}`;
    events.push({ atMs: message.endedAtMs, tone: isGood ? 'good' : 'bad', words });
  }
  return events;
}

const HOW: { readonly [how: string]: string } = {
  ...{
    refused: 'refused it',
    busy: 'was busy',
    unknown: 'did not answer',
    undelivered: 'did not deliver it',
  },
};

const firstUp = (words: string): string => words.slice(0, 1).toUpperCase() + words.slice(1);

function endEvents({ verification: v, nowMs }: Story): Event[] {
  const events: Event[] = [];
  if (v.wrongGuesses > 0) {
    const words = html`${whole(v.wrongGuesses)} wrong ${v.wrongGuesses === 1 ? 'guess' : 'guesses'}${v.wrongGuesses === 1 ? '' : ', this the last'}`;
    events.push({ atMs: v.lastWrongAtMs, tone: 'bad', words });
  }
  if (v.state === 'open') {
    const left = `${whole(v.attemptsLeft)} ${v.attemptsLeft === 1 ? 'attempt' : 'attempts'}`;
    const words = html`Waiting for the code: ${left} and ${duration(v.expiresAtMs - nowMs)} left`;
    return [...events, { atMs: null, tone: 'now', words }];
  }
  const reason = v.reason === null ? '' : `: ${v.reason}`;
  const endings: { readonly [state in typeof v.state]: readonly [Event['tone'], string] } = {
    verified: ['good', 'Verified: the right code came back'],
    failed: ['bad', `Failed${reason}`],
    expired: ['bad', 'Expired: the right code did not come in time'],
    deleted: ['bad', 'Deleted: its code is void'],
  };
  const [tone, words] = endings[v.state];
  return [...events, { atMs: v.closedAtMs, tone, words: html`${words}` }];
}

function messagesOf(messages: readonly Message[]): Html {
  if (messages.length === 0) return empty('Its messages are gone: they are deleted with age.');
  const rows = messages.map((message) => {
    const { id, provider, channel, attempts, reference, routing } = message;
    const cost = routing?.cost ?? routing?.estimate ?? null;
    const spent =
      cost === null
        ? html`<span class="soft">not known</span>`
        : html`${money({ [cost.currency]: cost.micros })}${routing?.cost === null ? html` <span class="soft">by the price list</span>` : null}`;
    const ended = message.state === 'pending' || message.state === 'sent' ? null : message.endedAtMs;
    const sent = message.state === 'pending' ? null : message.sentAtMs;
    const took =
      sent === null || ended === null || message.state !== 'delivered' ? null : duration(ended - sent);
    return html`<tr><th scope="row">${provider}</th><td>${channelName(channel)}</td><td>${messageState(message.state)}</td><td class="number">${whole(attempts)}</td><td>${took ?? html`<span class="soft">–</span>`}</td><td>${spent}</td><td>${reference === null ? html`<span class="soft">none</span>` : html`<code>${reference}</code>`}</td><td><code class="id">${id}</code></td></tr>`;
  });
  return table(
    'Each message',
    ['Provider', 'Channel', 'State', '#Tries', 'Receipt after', 'Cost', 'Its reference', 'Id'],
    rows,
  );
}

function decision(thoughts: Thoughts | null): Html {
  if (thoughts === null) return empty('The guard was not asked about this one.');
  const rows = thoughts.readings.map((reading) => {
    const [tone, words] = VERDICTS[reading.verdict];
    return html`<tr><th scope="row">${ruleName(reading.rule)}</th><td>${readingWords(reading)}</td><td><span class="chip ${tone}">${words}</span></td><td><code>${reading.rule}</code></td></tr>`;
  });
  const whence = html`<p class="soft">${WHENCE[thoughts.whence] ?? ''}</p>`;
  if (rows.length === 0) return html`${whence}${empty('No rule had anything to say of it.')}`;
  return html`${whence}${table('What each rule counted', ['Rule', 'Counted, this one included', 'Verdict', 'Id'], rows)}`;
}

function webhooks(told: readonly Told[]): Html {
  if (told.length === 0)
    return empty('Nobody was told of it: no endpoint wants to be, and the create named no address.');
  const rows = told.map(({ delivery: d, endpoint }) => {
    const last = d.attempts.at(-1);
    const answer =
      last === undefined
        ? html`<span class="soft">not tried yet</span>`
        : html`${last.error ?? `answered ${last.status}`} after ${duration(last.tookMs)}`;
    const tones: { readonly [state in typeof d.state]: string } = {
      ...{ waiting: '', pending: '', delivered: 'good', failed: 'bad' },
    };
    return html`<tr><th scope="row">${d.type}</th><td>${moment(d.createdAtMs)}</td><td>${endpoint ?? 'address of the create'}</td><td><span class="chip ${tones[d.state]}">${d.state}</span></td><td class="number">${whole(d.attempts.length)}</td><td>${answer}</td></tr>`;
  });
  return table('Each event', ['Event', 'Written', 'Endpoint', 'State', '#Tries', 'Last answer'], rows);
}

/** A code that the guard did not let out: there is nothing of it but why. */
export function refusalBody({ nowMs }: Visit, { refusal: r, thoughts }: RefusalStory): Html {
  const retry =
    r.retryAtMs === null
      ? 'No wait helps: the rule or the request must change.'
      : nowMs < r.retryAtMs
        ? html`It may go out from ${moment(r.retryAtMs)} on.`
        : html`It could have gone out from ${moment(r.retryAtMs)} on.`;
  const row = (name: string, value: Html | string) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
  return html`<p class="inline">${stateChip('refused')} ${modeChip(r.mode)} <code class="key">${r.id}</code></p>
<p class="alert">Refused by <b>${ruleName(r.rule)}</b> (<code>${r.rule}</code>). ${retry}</p>
<dl class="facts">${row('Recipient', r.recipient)}${row('Channel', channelName(r.channel))}${row('Country', r.country === null ? 'none' : countryName(r.country))}${row('Project', r.projectId)}${row('Access key', r.keyId === '' ? 'none' : html`<code>${r.keyId}</code>`)}${row('Asked for', moment(r.atMs))}</dl>
<section aria-labelledby="guard-title"><h2 id="guard-title">Why it was refused</h2>${decision(thoughts)}</section>
<p><a href="/console/verifications?state=refused">All that were refused</a></p>`;
}
