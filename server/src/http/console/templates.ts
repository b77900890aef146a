import { readLayer } from '../../app/layers/read.ts';
import { EVERY_PROJECT } from '../../domain/layer.ts';
import type { Datacoding } from '../../domain/message.ts';
import { CHANNELS, type Channel, DATACODINGS } from '../../domain/message.ts';
import type { Policy } from '../../domain/policy.ts';
import type { Price } from '../../domain/price.ts';
import { readCountry } from '../../domain/recipient.ts';
import type { Words } from '../../domain/words/book.ts';
import { type Draft, type Lint, lintTemplate } from '../../domain/words/lint.ts';
import { amountOf, costsOf, type ProviderCost } from '../../domain/words/lint-costs.ts';
import { attribute, type Html, html } from '../../kernel/html.ts';
import { sendHtml } from '../page.ts';
import { consolePage, field } from './frame.ts';
import { authorNames, changesAddress, draftNote, projectAddress, projectWords } from './layers-view.ts';
import { area, choose, hidden, table } from './pieces.ts';
import type { Room } from './plugin.ts';
import { readScope } from './scopes.ts';
import { type ConsoleForm, demand, type Visit } from './visit.ts';

export type TemplateNeeds = {
  readonly policy: (projectId: string) => Policy;
  readonly prices: readonly Price[];
  /** Whose text it is that stands for a locale. */
  readonly whence: (projectId: string, channel: Channel, locale: string) => 'console' | 'file' | 'ships';
};

export const DIGITS = ['6', '7', '8', '9', '10'] as const;
export const MOST_TYPED = 5_000;

/** What is said around a code, and what a text that somebody writes would become. */
export const templatesRoom =
  (needs: TemplateNeeds): Room =>
  (app, deps, visitOf) => {
    app.get<{ Querystring: ConsoleForm }>('/console/templates', hidden, async (request, reply) => {
      demand(request, 'view');
      const wanted = readWanted(request.query);
      const layer = await readLayer(deps.signIn, { part: 'templates', projectId: wanted.project });
      const pending = draftNote(layer, await authorNames(deps.people));
      const page = templatesPage(visitOf(request), needs, wanted, pending);
      return sendHtml(request, reply, page);
    });
  };

type Wanted = {
  readonly project: string;
  readonly channel: Channel;
  readonly datacoding: Datacoding;
  readonly digits: string;
  readonly country: string | null;
  readonly template: string | null;
};

function readWanted(query: ConsoleForm): Wanted {
  const named = (query.project ?? '').trim();
  return {
    project:
      named === '' || named === EVERY_PROJECT ? EVERY_PROJECT : readScope({ project: named }).projectId,
    channel: CHANNELS.find((one) => one === query.channel) ?? 'sms',
    datacoding: DATACODINGS.find((one) => one === query.datacoding) ?? 'auto',
    digits: DIGITS.find((one) => one === query.digits) ?? '6',
    country: query.country === undefined || query.country === '' ? null : readCountry(query.country),
    template:
      query.template === undefined ? null : query.template.slice(0, MOST_TYPED).replaceAll('\r\n', '\n'),
  };
}

function templatesPage(visit: Visit, needs: TemplateNeeds, wanted: Wanted, pending: Html | null): Html {
  const { project, channel, datacoding, digits, country } = wanted;
  const { words } = needs.policy(project);
  const texts = words.channels[channel];
  const template = wanted.template ?? texts.get(words.locale)?.template.replace(/[\u2068\u2069]/g, '') ?? '';
  const form = html`<form method="get" action="/console/templates" data-preview="preview">
${area('template', 'Text', { value: template, rows: 3, hint: 'Put %token where the code is to stand.' })}
<div class="row">${choose(
    'channel',
    'Channel',
    CHANNELS.map((value) => ({ value, name: CHANNEL_NAMES[value] })),
    channel,
  )}
${choose(
  'datacoding',
  'Characters',
  DATACODINGS.map((value) => ({ value })),
  datacoding,
)}
${choose(
  'digits',
  'Digits',
  DIGITS.map((value) => ({ value })),
  digits,
)}
${field('country', 'Country', { isRequired: false, value: country ?? '', hint: 'For the cost, such as NL.' })}
<input type="hidden" name="project" value="${project}"></div>
<button>Preview</button></form>`;
  const draft: Draft = {
    ...{ template, channel, datacoding, tokenLength: Number(digits), appHost: null, appHash: null },
  };
  const lint = lintTemplate(draft, needs.policy(project));
  const costs = costsOf(needs.prices, channel, country, lint.segments?.segments ?? 1);
  const key = { part: 'templates', projectId: project } as const;
  const edit = `/console/templates/edit/${projectAddress(project)}`;
  const mayEdit = visit.may('templates');
  const write = mayEdit
    ? html`<form method="get" action="${edit}" class="row"><input type="hidden" name="channel" value="${channel}">${field('locale', 'Language', { hint: 'A language tag, such as nl or pt-BR.', autocomplete: 'off' })}<button class="quiet">Write a text</button></form>`
    : null;
  const usual = mayEdit
    ? html`<p>Where nobody asks for a language it is <code>${words.locale}</code>. <a href="${`${edit}/usual`}">Change it</a></p>`
    : html`<p>Where nobody asks for a language it is <code>${words.locale}</code>.</p>`;
  const body = html`${pending}<section><h2>Try a text</h2><div class="split">${form}<div id="preview" aria-live="polite">${previewOf(lint, costs, wanted)}</div></div></section>
<section><h2>Texts of ${projectWords(project)}, by language</h2>
<nav class="filters" aria-label="Channel">${CHANNELS.map((one) => html`<a href="${addressOf({ channel: one, project })}"${attribute('aria-current', one === channel ? 'true' : null)}>${CHANNEL_NAMES[one]}</a>`)}</nav>
<form method="get" action="/console/templates" class="row">${field('project', 'Project', { value: project, hint: 'Or * for every project.' })}<input type="hidden" name="channel" value="${channel}"><button class="quiet">Show</button></form>
${textsOf(texts, (locale) => needs.whence(project, channel, locale), wanted, words.locale, mayEdit ? edit : null)}
${usual}${write}<p class="inline"><a class="button quiet" href="${changesAddress(key)}">Draft and versions</a></p>
<p class="soft">Texts of your own are written here, or stand in the configuration file under <code>templates</code>. <a href="/docs/messages#templates-of-your-own">How they are chosen</a></p></section>`;
  return consolePage(visit, {
    title: 'Templates',
    lead: 'The words around a code, in every language that ships and in those you wrote.',
    body,
    modules: ['preview.js'],
    styles: ['console-layers.css'],
  });
}

export const CHANNEL_NAMES = {
  sms: 'Text message',
  flash: 'Flash message',
  tts: 'Call',
  email: 'E-mail',
  whatsapp: 'WhatsApp',
} as const;

/** A text as it arrives, its size and cost, and everything about it that could be better. */
export function previewOf(
  { isTaken, text, segments, findings, suggestion }: Lint,
  costs: readonly ProviderCost[],
  wanted: Wanted | null,
): Html {
  const verdict = isTaken
    ? html`<p><span class="chip good">A create takes it</span></p>`
    : html`<p><span class="chip bad">A create refuses it</span></p>`;
  const size =
    segments === null
      ? null
      : html`<p>${segments.segments === 1 ? 'One segment' : `${segments.segments} segments`} of ${segments.encoding === 'gsm7' ? 'GSM-7' : 'Unicode'}: ${segments.units} of ${segments.capacity} characters.</p><progress max="${segments.capacity}" value="${segments.units}" aria-label="Characters used">${segments.units} of ${segments.capacity}</progress>`;
  const price =
    costs.length === 0
      ? html`<p class="soft">No price is known for it.</p>`
      : html`<ul class="plain">${costs.map(({ provider, cost }) => html`<li>By ${provider}: <b>${amountOf(cost)} ${cost.currency}</b></li>`)}</ul>`;
  const notes = findings.map(
    ({ level, message, found }) =>
      html`<li><span class="${level === 'refused' ? 'chip bad' : 'chip warn'}">${level === 'refused' ? 'refused' : 'advice'}</span> ${message}${found.length === 0 ? null : html`: ${found.map((one) => html`<code>${one}</code> `)}`}</li>`,
  );
  const take =
    suggestion === null || wanted === null
      ? null
      : html` <a href="${addressOf({ ...wanted, template: suggestion })}">Take it</a>`;
  const better = suggestion === null ? null : html`<p>Better: <q dir="auto">${suggestion}</q>${take}</p>`;
  return html`<h3>As it arrives</h3>${text === null ? html`<p class="soft">There is no place for a code in it yet.</p>` : html`<blockquote class="bubble" dir="auto">${text}</blockquote>`}
${verdict}${size}${price}${notes.length === 0 ? null : html`<ul class="plain">${notes}</ul>`}${better}`;
}

function textsOf(
  texts: ReadonlyMap<string, Words>,
  whenceOf: (locale: string) => 'console' | 'file' | 'ships',
  { project, channel }: Wanted,
  usual: string,
  edit: string | null,
): Html {
  const rows = [...texts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([locale, { template, subject }]) => {
      const plain = template.replace(/[\u2068\u2069]/g, '');
      const whence = whenceOf(locale);
      const mark = html`<span class="${whence === 'ships' ? 'chip' : 'chip good'}">${whence}</span>`;
      const change =
        edit === null
          ? null
          : html`<a href="${`${edit}/${channel}/${locale}`}">Edit<span class="unseen"> (${locale})</span></a><br>`;
      const isUsual = locale === usual ? html` <span class="chip warn">usual</span>` : null;
      return html`<tr><th scope="row">${languageName(locale)}<br><code>${locale}</code></th><td dir="auto" lang="${locale}">${channel === 'email' ? html`<b>${subject}</b><br>` : null}${plain}</td><td>${mark}${isUsual}</td><td>${change}<a href="${addressOf({ project, channel, template: plain })}">Try it<span class="unseen"> (${locale})</span></a></td></tr>`;
    });
  return table('Texts by language', ['Language', 'Text', 'From', '-Try'], rows);
}

const NAMES = new Intl.DisplayNames('en', { type: 'language', fallback: 'code' });

/** A language by its name in English. */
export function languageName(locale: string): string {
  try {
    return NAMES.of(locale) ?? locale;
  } catch {
    return locale;
  }
}

function addressOf(wanted: Partial<Wanted>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(wanted)) if (value !== null) query.set(name, value);
  return `/console/templates?${query}`;
}
