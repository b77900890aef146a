import type { Found } from '../../app/insight/search.ts';
import type { Wanted } from '../../app/insight/wanted.ts';
import { CHANNELS } from '../../domain/message.ts';
import { MODES } from '../../domain/scope.ts';
import { attribute, type Html, html } from '../../kernel/html.ts';
import { CHANNEL_NAMES, countryName } from './figure-words.ts';
import { empty } from './frame.ts';
import { choose, moment, table } from './pieces.ts';
import { HEADS, listedRow, type OpenRecipient } from './verification-rows.ts';
import type { Visit } from './visit.ts';
import { addressOf, STATES } from './wanted.ts';

export type ListShown = {
  readonly wanted: Wanted;
  readonly found: Found;
  readonly open: OpenRecipient;
  /** Whether nothing has ever been asked for. */
  readonly isNew: boolean;
};

export function verificationsBody(visit: Visit, { wanted, found, open, isNew }: ListShown): Html {
  const rows = found.rows.map((row) => listedRow(row, open, visit.nowMs));
  const isNewest = wanted.before === null && wanted.toMs === null;
  const list = html`<div id="list" data-live="${isNewest ? addressOf(wanted) || '?' : ''}" data-now="${visit.nowMs}">${table('Verifications', HEADS, rows)}</div>`;
  return html`${searchForm(visit)}
${filters(wanted)}
${told(wanted)}
<p class="live-state" id="live" role="status">${isNewest ? html`<a href="/console/verifications${addressOf(wanted)}">Reload</a> to see what is new.` : html`<a href="/console/verifications${addressOf(wanted, { before: null })}">To the newest</a>`}</p>
${rows.length === 0 && !isNewest ? null : list}
${rows.length === 0 ? nothing(wanted, found, isNew) : null}
${onward(wanted, found)}`;
}

/** Sent by POST, since it may hold a phone number: those do not belong in addresses. */
function searchForm(visit: Visit): Html {
  return html`<form method="post" action="/console/verifications/find" class="find-one" role="search">${visit.token}
<label for="q">Find one</label><p class="hint" id="q-hint">Its id or a message's, its reference, or its recipient in any spelling with the country code.</p>
<div class="inline"><input id="q" name="q" type="search" autocomplete="off" spellcheck="false" required aria-describedby="q-hint"><button>Find</button></div></form>`;
}

function filters(wanted: Wanted): Html {
  const any = { value: '', name: 'any' };
  const text = (name: string, label: string, value: string | null, placeholder: string) =>
    html`<div class="field"><label for="f-${name}">${label}</label><input id="f-${name}" name="${name}"${attribute('value', value)} placeholder="${placeholder}" autocomplete="off"></div>`;
  const time = (name: string, label: string, ms: number | null) =>
    html`<div class="field"><label for="f-${name}">${label}</label><input id="f-${name}" name="${name}" type="datetime-local"${attribute('value', ms === null ? null : new Date(ms).toISOString().slice(0, 16))}></div>`;
  const { recipientKey, reference } = wanted;
  const isAny = Object.entries(wanted).some(([name, value]) => name !== 'before' && value !== null);
  return html`<details class="narrowing"${attribute('open', isAny)}><summary>Filter</summary><form action="/console/verifications">
<div class="grid">${choose('state', 'State', [any, ...STATES.map((value) => ({ value }))], wanted.state ?? '')}
${choose('mode', 'Mode', [any, ...MODES.map((value) => ({ value }))], wanted.mode ?? '')}
${choose('channel', 'Channel', [any, ...CHANNELS.map((value) => ({ value, name: CHANNEL_NAMES[value] }))], wanted.channel ?? '')}
${text('country', 'Country', wanted.country, 'NL')}${text('provider', 'Provider', wanted.provider, 'sandbox')}${text('project', 'Project', wanted.projectId, 'default')}
${text('reason', 'Words of the reason', wanted.reason, 'not delivered')}${text('reference', 'Reference', reference, 'order-1234')}${time('from', 'From (UTC)', wanted.fromMs)}${time('to', 'Until (UTC)', wanted.toMs)}</div>
${recipientKey === null ? null : html`<input type="hidden" name="whom" value="${recipientKey}">`}
<p class="inline"><button>Filter</button>${isAny ? html`<a class="button quiet" href="/console/verifications">Show all</a>` : null}</p></form></details>`;
}

/** What the list is narrowed to, in words: the filter may be out of sight. */
function told(wanted: Wanted): Html | null {
  const { state, mode, channel, country, provider, projectId, reason, reference, recipientKey } = wanted;
  const parts = [
    state === null ? null : state,
    mode === null ? null : `with ${mode} keys`,
    channel === null ? null : `by ${CHANNEL_NAMES[channel]}`,
    country === null ? null : `to ${countryName(country)}`,
    provider === null ? null : `carried by ${provider}`,
    projectId === null ? null : `in project ${projectId}`,
    reason === null ? null : `because of “${reason}”`,
    reference === null ? null : `with reference “${reference}”`,
    recipientKey === null ? null : 'to the recipient that was looked for',
    wanted.fromMs === null
      ? null
      : `from ${new Date(wanted.fromMs).toISOString().slice(0, 16).replace('T', ' ')}`,
    wanted.toMs === null
      ? null
      : `until ${new Date(wanted.toMs).toISOString().slice(0, 16).replace('T', ' ')}`,
  ].filter((part) => part !== null);
  return parts.length === 0
    ? null
    : html`<p class="told">Only those ${parts.join(', ')}. <a href="/console/verifications">Show all</a></p>`;
}

function nothing(wanted: Wanted, found: Found, isNew: boolean): Html {
  if (isNew) {
    return empty(
      'No code has been asked for yet.',
      html`<p><a href="/console">How to send the first one</a></p>`,
    );
  }
  if (wanted.before !== null && found.lookedBackToMs === null) return empty('That was all.');
  if (found.lookedBackToMs !== null) return empty('Nothing like this was found so far.');
  return empty('Nothing like this was found.', html`<p><a href="/console/verifications">Show all</a></p>`);
}

function onward(wanted: Wanted, { next, lookedBackToMs }: Found): Html | null {
  if (next === null) return null;
  const address = `/console/verifications${addressOf(wanted, { before: next })}`;
  if (lookedBackToMs === null) return html`<p><a class="button quiet" href="${address}">Older ones</a></p>`;
  return html`<p class="inline"><span>Looked back to ${moment(lookedBackToMs)}.</span><a class="button quiet" href="${address}">Look further back</a></p>`;
}
