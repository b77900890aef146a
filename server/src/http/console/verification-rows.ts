import { countryOfListed, type Listed, stateAt } from '../../app/insight/search.ts';
import type { Message } from '../../domain/message.ts';
import type { Verification } from '../../domain/verification.ts';
import { type Html, html } from '../../kernel/html.ts';
import { maskRecipient } from '../../kernel/mask.ts';
import { ruleName } from './decision-words.ts';
import { channelName, countryName } from './figure-words.ts';
import { modeChip } from './pieces.ts';

/** Opens the recipient of a row, to be masked at once; null once it was erased. */
export type OpenRecipient = (verification: Verification) => string | null;

export const HEADS = ['Created (UTC)', 'Recipient', 'State', 'Channel', 'Carried by', 'Country', 'Project'];

const TONES: { readonly [state in Verification['state'] | 'refused']: string } = {
  ...{ open: '', verified: 'good', failed: 'bad', expired: 'warn', deleted: 'quiet', refused: 'bad' },
};

export const stateChip = (state: keyof typeof TONES): Html =>
  html`<span class="chip ${TONES[state]}">${state}</span>`;

const MESSAGE_STATES: { readonly [state in Message['state']]: string } = {
  pending: 'on its way out',
  sent: 'handed over',
  delivered: 'delivered',
  undelivered: 'not delivered',
  failed: 'not sent',
  canceled: 'not sent any more',
};
export const messageState = (state: Message['state']): string => MESSAGE_STATES[state];

/** One row of the list. It has an id, by which the page knows it again when it changes. */
export function listedRow(row: Listed, open: OpenRecipient, nowMs: number): Html {
  if (row.kind === 'refusal') {
    const { id, atMs, recipient, channel, projectId, mode, rule } = row.refusal;
    return html`<tr id="r-${id}" data-place="${row.place}"><th scope="row">${linked(id, atMs)}</th><td>${recipient}</td><td>${stateChip('refused')}</td><td>${channelName(channel)}</td><td>${ruleName(rule)}</td><td>${country(row)}</td><td>${projectId} ${modeChip(mode)}</td></tr>`;
  }
  const { verification: v, message } = row;
  const carried =
    message === null
      ? html`<span class="soft">message gone</span>`
      : html`${message.provider} <span class="soft">${messageState(message.state)}</span>`;
  return html`<tr id="r-${v.id}" data-place="${row.place}"><th scope="row">${linked(v.id, v.createdAtMs)}</th><td>${masked(v, open)}${v.reference === null ? null : html`<br><span class="soft ref">${v.reference}</span>`}</td><td>${stateChip(stateAt(v, nowMs))}</td><td>${channelName(v.channel)}</td><td>${carried}</td><td>${country(row)}</td><td>${v.projectId} ${modeChip(v.mode)}</td></tr>`;
}

/** A row that was damaged must not hide all others. */
function masked(verification: Verification, open: OpenRecipient): Html {
  try {
    const recipient = open(verification);
    return recipient === null ? html`<span class="soft">erased</span>` : html`${maskRecipient(recipient)}`;
  } catch {
    return html`<span class="soft">cannot be opened</span>`;
  }
}

function linked(id: string, atMs: number): Html {
  const iso = new Date(atMs).toISOString();
  return html`<a href="/console/verifications/${id}"><time datetime="${iso}" title="${iso}">${iso.slice(5, 10)} <b>${iso.slice(11, 19)}</b></time><span class="unseen"> ${id}</span></a>`;
}

function country(row: Listed): Html {
  const code = countryOfListed(row);
  return code === 'ZZ'
    ? html`<span class="soft">none</span>`
    : html`<abbr title="${countryName(code)}">${code}</abbr>`;
}
