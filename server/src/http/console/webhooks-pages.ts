import type { EndpointView } from '../../app/webhooks/endpoints.ts';
import { EVENT_TYPES } from '../../domain/event.ts';
import type { Key } from '../../domain/scope.ts';
import type { Delivery } from '../../domain/webhook.ts';
import type { Failure } from '../../kernel/failure.ts';
import { attribute, type Html, html } from '../../kernel/html.ts';
import { alert, consolePage, done, empty, field } from './frame.ts';
import { act, modeChip, moment, table } from './pieces.ts';
import { scopeFields } from './scopes.ts';
import type { Visit } from './visit.ts';

export const pathOf = ({ mode, projectId, id }: Key): string =>
  `/console/webhooks/${mode}/${projectId}/${id}`;

type Refused = { readonly error: Failure; readonly typed: string };

export function webhooksPage(visit: Visit, all: readonly EndpointView[], refused: Refused | null): Html {
  const rows = all.map(
    ({ endpoint, url }) =>
      html`<tr><th scope="row"><a href="${pathOf(endpoint)}">${endpoint.name ?? url}</a>${endpoint.name === null ? null : html`<br><span class="soft">${url}</span>`}</th>
<td>${endpoint.projectId}</td><td>${modeChip(endpoint.mode)}</td><td>${endpoint.events === null ? 'all' : endpoint.events.length}</td><td>${stateOf(endpoint)}</td></tr>`,
  );
  const list =
    all.length === 0
      ? empty('No endpoint yet. Make one, and your service learns of deliveries and ends without asking.')
      : table('Endpoints', ['Endpoint', 'Project', 'Mode', 'Events', 'State'], rows);
  const urlProblem = refused?.error.problems[0].parameter === 'url' ? refused.error.message : null;
  const events = EVENT_TYPES.map(
    (type) => html`<label><input type="checkbox" name="${type}"> <code>${type}</code></label>`,
  );
  const body = html`<section><h2>Endpoints</h2>${list}</section>
<section><h2>Make an endpoint</h2>${alert(refused !== null && urlProblem === null ? refused.error.message : null)}
<form method="post" action="/console/webhooks">${visit.token}
${field('url', 'Address', {
  hint: 'Such as https://shop.example/roost-events',
  value: refused?.typed ?? '',
  problem: urlProblem,
})}
${field('name', 'Name', { isRequired: false, hint: 'How you recognise it. May be left out.' })}
${scopeFields(null)}
<fieldset><legend>Recipients in events</legend><label><input type="radio" name="recipients" value="masked" checked> masked</label><label><input type="radio" name="recipients" value="full"> in full</label></fieldset>
<details class="part"><summary>Only some events</summary><fieldset><legend>Events it is told of; none chosen means all</legend>${events}</fieldset></details>
<button>Make endpoint</button></form></section>`;
  return consolePage(visit, {
    title: 'Webhooks',
    lead: 'Each event is signed, numbered, and sent again for three days until your service answers 2xx.',
    body,
  });
}

function stateOf({ disabled, failingSinceMs }: EndpointView['endpoint']): Html {
  if (disabled !== null) return html`<span class="chip bad">off</span>`;
  if (failingSinceMs !== null) return html`<span class="chip warn">failing</span>`;
  return html`<span class="chip good">on</span>`;
}

export type DeliveryLog = {
  readonly items: readonly Delivery[];
  readonly total: number;
  readonly state: Delivery['state'] | null;
  readonly offset: number;
  readonly limit: number;
};

const SAID: { readonly [said: string]: string } = {
  on: 'It is on. What waited for it goes out now.',
  off: 'It is off. What happens meanwhile waits for it.',
  test: 'A test event is on its way. Load the page again to see what was answered.',
  replayed: 'It is sent again.',
};

export function endpointPage(
  visit: Visit,
  { endpoint, url }: EndpointView,
  log: DeliveryLog,
  said: string | undefined,
): Html {
  const { token } = visit;
  const path = pathOf(endpoint);
  const isOn = endpoint.disabled === null;
  const trouble =
    endpoint.disabled !== null
      ? alert(`Off since ${iso(endpoint.disabled.atMs)}: ${endpoint.disabled.reason}.`)
      : endpoint.failingSinceMs !== null
        ? alert(
            `Nothing has reached it since ${iso(endpoint.failingSinceMs)}. After 72 hours it is switched off.`,
          )
        : null;
  const facts = html`<dl class="facts"><div><dt>Address</dt><dd><code>${url}</code></dd></div><div><dt>Project</dt><dd>${endpoint.projectId} ${modeChip(endpoint.mode)}</dd></div>
<div><dt>Events</dt><dd>${endpoint.events === null ? 'all' : endpoint.events.join(', ')}</dd></div><div><dt>Recipients</dt><dd>${endpoint.recipients === 'full' ? 'in full' : 'masked'}</dd></div>
<div><dt>Made</dt><dd>${moment(endpoint.createdAtMs)}</dd></div><div><dt>Old secret</dt><dd>${endpoint.oldSecret === null || endpoint.oldSecret.untilMs < visit.nowMs ? 'none' : html`signs until ${moment(endpoint.oldSecret.untilMs)}`}</dd></div></dl>`;
  const acts = html`<div class="inline">${isOn ? act(token, `${path}/test`, 'Send a test event', {}, 'plain') : null}
${act(token, `${path}/switch`, isOn ? 'Switch off' : 'Switch on', { enabled: isOn ? 'off' : 'on' })}
${act(token, `${path}/rotate`, 'Make a new secret')}
${act(token, `${path}/replay`, 'Send failed ones of 24 h again', { hours: '24' })}
${act(token, `${path}/delete`, 'Delete', {}, 'danger')}</div>`;
  const body = html`${done(said === undefined ? null : (SAID[said] ?? null))}${trouble}${facts}${acts}
<section><h2>What was told</h2>${filterOf(path, log)}${logOf(visit, path, log)}</section>
<p><a href="/console/webhooks">All webhooks</a></p>`;
  return consolePage(visit, { title: endpoint.name ?? 'Webhook', body });
}

function filterOf(path: string, { state }: DeliveryLog): Html {
  const links = ([null, 'delivered', 'pending', 'failed', 'waiting'] as const).map(
    (one) =>
      html`<a href="${one === null ? path : `${path}?state=${one}`}"${attribute('aria-current', one === state ? 'true' : null)}>${one ?? 'all'}</a>`,
  );
  return html`<nav class="filters" aria-label="State">${links}</nav>`;
}

function logOf(visit: Visit, path: string, { items, total, state, offset, limit }: DeliveryLog): Html {
  if (items.length === 0) return empty('Nothing yet. Send a test event to see that it works.');
  const rows = items.map((delivery) => {
    const tries = delivery.attempts.map(
      ({ atMs, status, tookMs, error }) =>
        html`<li>${moment(atMs)}: ${status === null ? 'no answer' : `answered ${status}`} after ${tookMs} ms${error === null ? null : html`, <span class="soft">${error}</span>`}</li>`,
    );
    const last = delivery.attempts.at(-1);
    return html`<tr><th scope="row"><code>${delivery.type}</code><br><span class="soft">no. ${delivery.sequence} of <code>${delivery.stream.slice(0, 8)}…</code></span></th><td>${moment(delivery.createdAtMs)}</td><td>${deliveryState(delivery.state)}</td><td class="number">${last?.status ?? '–'}</td>
<td>${tries.length === 0 ? html`<span class="soft">none yet</span>` : html`<details><summary>${tries.length} ${tries.length === 1 ? 'try' : 'tries'}</summary><ol class="tries">${tries}</ol></details>`}</td>
<td>${delivery.endedAtMs === null ? null : act(visit.token, `${path}/replay`, 'Send again', { delivery: delivery.id })}</td></tr>`;
  });
  const query = state === null ? '' : `&state=${state}`;
  const more =
    offset + limit < total ? html`<a href="${`${path}?offset=${offset + limit}${query}`}">Older</a>` : null;
  const newer =
    offset > 0 ? html`<a href="${`${path}?offset=${Math.max(0, offset - limit)}${query}`}">Newer</a>` : null;
  return html`${table('Deliveries', ['Event', 'When', 'State', '#Answer', 'Tries', '-Change'], rows)}<p class="inline">${newer} ${more} <span class="soft">${total} in all</span></p>`;
}

function deliveryState(state: Delivery['state']): Html {
  const kind = state === 'delivered' ? 'chip good' : state === 'failed' ? 'chip bad' : 'chip warn';
  return html`<span class="${kind}">${state}</span>`;
}

const iso = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
