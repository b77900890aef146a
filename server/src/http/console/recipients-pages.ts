import type { SentKind } from '../../domain/factor.ts';
import type { Failure } from '../../kernel/failure.ts';
import { type Html, html } from '../../kernel/html.ts';
import { channelName } from './figure-words.ts';
import { alert, consolePage, empty, field } from './frame.ts';
import { act, choose, moment, table } from './pieces.ts';
import type { Visit } from './visit.ts';

/** A number or mailbox of an operator's, as pages show it. */
export type KeptRecipient = {
  readonly id: string;
  readonly kind: SentKind;
  readonly confirmedAtMs: number | null;
  readonly masked: string;
};
type Typed = { readonly failure: Failure; readonly by: SentKind; readonly recipient: string };

const HERE = '/console/me/recipients';
/** How the code is sent by which somebody shows that a number or mailbox is theirs. */
export const CONFIRMED_BY = [
  { value: 'sms', name: 'by SMS' },
  { value: 'tts', name: 'by a call' },
  { value: 'whatsapp', name: 'by WhatsApp' },
  { value: 'email', name: 'by e-mail' },
] as const satisfies readonly { readonly value: SentKind; readonly name: string }[];

/** What they are for, in a sentence, beside what signs somebody in. */
const FOR = 'Tests of providers go to these alone. Nobody signs in by one.';

/** A part of an operator's own page. */
export function recipientsSection(kept: readonly KeptRecipient[]): Html {
  const ready = kept.filter(({ confirmedAtMs }) => confirmedAtMs !== null);
  const has = ready.length === 0 ? 'You have confirmed none.' : `Confirmed: ${ready.map(one).join(', ')}.`;
  return html`<section><h2>Your numbers and mailboxes</h2><p>${FOR} ${has}</p>
<p><a class="button quiet" href="${HERE}">${ready.length === 0 ? 'Add one' : 'Change them'}</a></p></section>`;
}

const one = ({ masked }: KeptRecipient): string => masked;

export function recipientsPage(visit: Visit, kept: readonly KeptRecipient[], typed: Typed | null): Html {
  const rows = kept.map(
    ({
      id,
      kind,
      masked,
      confirmedAtMs,
    }) => html`<tr><th scope="row">${masked}</th><td>${channelName(kind)}</td>
<td>${confirmedAtMs === null ? html`<a href="${`${HERE}/${id}`}">waits for its code</a>` : moment(confirmedAtMs)}</td>
<td>${act(visit.token, `${HERE}/${id}/remove`, `Remove`)}</td></tr>`,
  );
  const list =
    rows.length === 0
      ? empty('You have confirmed none.')
      : table('Your numbers and mailboxes', ['Where', 'Confirmed by', 'Confirmed', '-Change'], rows);
  const body = html`<section>${list}</section>
${visit.may('providers') ? addForm(visit, typed) : null}
<p><a href="/console/providers">Providers</a> · <a href="/console/me">Your account</a></p>`;
  return consolePage(visit, { title: 'Your numbers and mailboxes', lead: FOR, body });
}

function addForm({ token }: Visit, typed: Typed | null): Html {
  const isAboutIt = typed?.failure.problems[0].parameter === 'recipient';
  const said = typed !== null && isAboutIt ? typed.failure.message : null;
  const other = typed === null || isAboutIt ? null : typed.failure.message;
  return html`<section><h2>Add one</h2><p>A code goes there by your routes, as to everybody, and costs what it costs.</p>
${alert(other)}<form method="post" action="${HERE}">${token}
${field('recipient', 'Number or mailbox', { hint: 'Such as +31612345678', autocomplete: 'off', value: typed?.recipient ?? '', problem: said })}
${choose('by', 'The code comes', CONFIRMED_BY, typed?.by ?? 'sms')}
<button>Send the code</button></form></section>`;
}

type OnItsWay = { readonly provider: string; readonly expiresAtMs: number };

/** Asks for the code that went to one that waits for it. */
export function codePage(
  visit: Visit,
  { id, kind, masked }: KeptRecipient,
  sent: OnItsWay | null,
  problem: string | null,
): Html {
  const where =
    sent?.provider === 'sandbox'
      ? html`<p>No real provider carries it: it is on the <a href="/sandbox">sandbox phone</a>.</p>`
      : null;
  const asked =
    sent === null
      ? html`<p>The code that went to <b>${masked}</b> works no more.</p>${alert(problem)}`
      : html`<p>A code is on its way to <b>${masked}</b> (${channelName(kind)}), and works until ${moment(sent.expiresAtMs)}.</p>${where}
${alert(problem)}<form method="post" action="${HERE}/${id}/confirm">${visit.token}
${field('code', 'The code', { autocomplete: 'one-time-code', inputmode: 'numeric' })}
<button>Confirm</button></form>`;
  const again = visit.may('providers') ? act(visit.token, `${HERE}/${id}/again`, 'Send another code') : null;
  const body = html`<section>${asked}</section><div class="inline">${again}${act(visit.token, `${HERE}/${id}/remove`, 'Give it up')}</div>
<p><a href="${HERE}">Your numbers and mailboxes</a></p>`;
  return consolePage(visit, { title: 'Confirm it is yours', body });
}
