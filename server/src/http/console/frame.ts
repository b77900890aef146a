import type { Act } from '../../domain/operator.ts';
import { attribute, type Html, html } from '../../kernel/html.ts';
import type { Assets } from '../assets.ts';
import { framed } from '../page.ts';
import type { Visit } from './visit.ts';

export type ConsolePage = {
  readonly title: string;
  /** What stands below the heading. */
  readonly body: Html;
  /** Beside the heading: buttons and links. */
  readonly actions?: Html;
  readonly lead?: string;
  readonly modules?: readonly string[];
  readonly styles?: readonly string[];
};

/** The rooms of the console, in the order of the side bar: address, name, and what one must be allowed to enter. */
export const ROOMS: readonly { readonly address: string; readonly name: string; readonly act: Act }[] = [
  { address: '/console', name: 'Home', act: 'view' },
  { address: '/console/verifications', name: 'Verifications', act: 'view' },
  { address: '/console/guard', name: 'Guard', act: 'view' },
  { address: '/console/providers', name: 'Providers and routes', act: 'view' },
  { address: '/console/users', name: 'Users and factors', act: 'view' },
  { address: '/console/tokens', name: 'Hardware tokens', act: 'tokens' },
  { address: '/console/webhooks', name: 'Webhooks', act: 'webhooks' },
  { address: '/console/templates', name: 'Templates', act: 'view' },
  { address: '/console/keys', name: 'Access keys', act: 'keys' },
  { address: '/console/audit', name: 'Audit', act: 'audit' },
  { address: '/console/operators', name: 'Operators', act: 'operators' },
  { address: '/console/settings', name: 'Settings', act: 'view' },
  { address: '/console/live', name: 'Going live', act: 'view' },
];

/** A page of the console, for somebody who is signed in. */
export function consolePage(visit: Visit, page: ConsolePage): Html {
  const { assets, operator, here, token } = visit;
  const rooms = ROOMS.filter(({ act }) => visit.may(act)).map(
    ({ address, name }) =>
      html`<li><a href="${address}"${attribute('aria-current', isHere(here, address) ? 'page' : null)}>${name}</a></li>`,
  );
  const main = html`<div class="console">
<nav class="rooms" aria-label="Console">
<details open><summary>Rooms</summary><ul>${rooms}</ul></details>
<form method="post" action="/console/sign-out" class="me">${token}<a href="/console/me">${operator.name}</a><span class="chip">${operator.role}</span><button class="quiet">Sign out</button></form>
</nav>
<main id="main" class="desk" tabindex="-1">
<div class="head"><h1>${page.title}</h1>${page.actions}</div>
${page.lead === undefined ? null : html`<p class="lead">${page.lead}</p>`}
${page.body}
</main>
</div>`;
  return framed(assets, {
    title: `${page.title} · Roost console`,
    main,
    part: 'Console',
    here: '/console',
    styles: ['console.css', 'console-rooms.css', ...(page.styles ?? [])],
    modules: ['console.js', ...(page.modules ?? [])],
  });
}

const isHere = (here: string, address: string): boolean =>
  address === '/console' ? here === address : here === address || here.startsWith(`${address}/`);

/** A page for those who are not signed in, or only half: one card, one question. */
export function doorPage(
  assets: Assets,
  page: { readonly title: string; readonly body: Html; readonly modules?: readonly string[] },
): Html {
  const main = html`<main id="main" class="door" tabindex="-1"><div class="card"><h1>${page.title}</h1>
${page.body}</div></main>`;
  return framed(assets, {
    title: `${page.title} · Roost console`,
    main,
    part: 'Console',
    styles: ['console.css'],
    ...(page.modules === undefined ? {} : { modules: page.modules }),
  });
}

export type FieldOptions = {
  readonly type?: 'text' | 'password' | 'search' | 'number' | 'email';
  readonly value?: string;
  readonly hint?: string;
  readonly autocomplete?: string;
  readonly inputmode?: 'numeric';
  readonly isRequired?: boolean;
  readonly problem?: string | null;
};

/** A labelled field with its hint, and what is wrong with what was typed. */
export function field(name: string, label: string, options: FieldOptions = {}): Html {
  const { type = 'text', value, hint, autocomplete, inputmode, isRequired = true, problem = null } = options;
  const notes = [hint === undefined ? null : `${name}-hint`, problem === null ? null : `${name}-problem`];
  const describedBy = notes.filter((id) => id !== null).join(' ');
  return html`<div class="field"><label for="${name}">${label}</label>
${hint === undefined ? null : html`<p class="hint" id="${name}-hint">${hint}</p>`}
${problem === null ? null : html`<p class="problem" id="${name}-problem">${problem}</p>`}
<input id="${name}" name="${name}" type="${type}"${attribute('value', value)}${attribute('autocomplete', autocomplete)}${attribute('inputmode', inputmode)}${attribute('required', isRequired)}${attribute('aria-invalid', problem === null ? null : 'true')}${attribute('aria-describedby', describedBy === '' ? null : describedBy)}></div>`;
}

/** What went wrong with a form, above it. */
export const alert = (text: string | null): Html | null =>
  text === null ? null : html`<p class="alert" role="alert">${text}</p>`;

/** A sentence about something that was done. */
export const done = (text: string | null): Html | null =>
  text === null ? null : html`<p class="done" role="status">${text}</p>`;

/** Nothing to list: says so, and what to do next. */
export const empty = (text: string, next?: Html): Html =>
  html`<div class="empty"><p>${text}</p>${next}</div>`;
