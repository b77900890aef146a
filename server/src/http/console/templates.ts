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
import { area, choose, hidden, table } from './pieces.ts';
import type { Room } from './plugin.ts';
import { readScope } from './scopes.ts';
import { type ConsoleForm, demand, type Visit } from './visit.ts';

export type TemplateNeeds = {
  readonly policy: (projectId: string) => Policy;
  readonly prices: readonly Price[];
  /** Locales for which the configuration has a text of a project's own. */
  readonly ownLocales: (projectId: string, channel: Channel) => readonly string[];
};

const DIGITS = ['6', '7', '8', '9', '10'] as const;
const MOST_TYPED = 5_000;

/** What is said around a code, and what a text that somebody writes would become. Nothing is changed here. */
export const templatesRoom =
  (needs: TemplateNeeds): Room =>
  (app, _deps, visitOf) => {
    app.get<{ Querystring: ConsoleForm }>('/console/templates', hidden, async (request, reply) => {
      demand(request, 'view');
      const wanted = readWanted(request.query);
      const page = templatesPage(visitOf(request), needs, wanted);
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
  const { projectId } = readScope(query.project === undefined ? {} : { project: query.project });
  return {
    project: projectId,
    channel: CHANNELS.find((one) => one === query.channel) ?? 'sms',
    datacoding: DATACODINGS.find((one) => one === query.datacoding) ?? 'auto',
    digits: DIGITS.find((one) => one === query.digits) ?? '6',
    country: query.country === undefined || query.country === '' ? null : readCountry(query.country),
    template:
      query.template === undefined ? null : query.template.slice(0, MOST_TYPED).replaceAll('\r\n', '\n'),
  };
}

function templatesPage(visit: Visit, needs: TemplateNeeds, wanted: Wanted): Html {
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
  const body = html`<section><h2>Try a text</h2><div class="split">${form}<div id="preview" aria-live="polite">${previewOf(lint, costs, wanted)}</div></div></section>
<section><h2>Texts of ${project}, by language</h2>
<nav class="filters" aria-label="Channel">${CHANNELS.map((one) => html`<a href="${addressOf({ channel: one, project })}"${attribute('aria-current', one === channel ? 'true' : null)}>${CHANNEL_NAMES[one]}</a>`)}</nav>
<form method="get" action="/console/templates" class="row">${field('project', 'Project', { value: project })}<input type="hidden" name="channel" value="${channel}"><button class="quiet">Show</button></form>
${textsOf(texts, needs.ownLocales(project, channel), wanted, words.locale)}
<p>Texts of your own stand in the configuration file, under <code>templates</code>. <a href="/docs/messages">How they are chosen</a></p></section>`;
  return consolePage(visit, {
    title: 'Templates',
    lead: 'The words around a code, in every language that ships and in those you wrote.',
    body,
    modules: ['preview.js'],
  });
}

const CHANNEL_NAMES = { sms: 'Text message', flash: 'Flash message', tts: 'Call', email: 'E-mail' } as const;

function previewOf(
  { isTaken, text, segments, findings, suggestion }: Lint,
  costs: readonly ProviderCost[],
  wanted: Wanted,
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
  const better =
    suggestion === null
      ? null
      : html`<p>Better: <q dir="auto">${suggestion}</q> <a href="${addressOf({ ...wanted, template: suggestion })}">Take it</a></p>`;
  return html`<h3>As it arrives</h3>${text === null ? html`<p class="soft">There is no place for a code in it yet.</p>` : html`<blockquote class="bubble" dir="auto">${text}</blockquote>`}
${verdict}${size}${price}${notes.length === 0 ? null : html`<ul class="plain">${notes}</ul>`}${better}`;
}

function textsOf(
  texts: ReadonlyMap<string, Words>,
  own: readonly string[],
  { project, channel }: Wanted,
  usual: string,
): Html {
  const names = new Intl.DisplayNames('en', { type: 'language', fallback: 'code' });
  const rows = [...texts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([locale, { template, subject }]) => {
      const plain = template.replace(/[\u2068\u2069]/g, '');
      const mark = own.includes(locale)
        ? html`<span class="chip good">yours</span>`
        : html`<span class="chip">ships</span>`;
      const isUsual = locale === usual ? html` <span class="chip warn">usual</span>` : null;
      return html`<tr><th scope="row">${nameOf(names, locale)}<br><code>${locale}</code></th><td dir="auto" lang="${locale}">${channel === 'email' ? html`<b>${subject}</b><br>` : null}${plain}</td><td>${mark}${isUsual}</td><td><a href="${addressOf({ project, channel, template: plain })}">Try it<span class="unseen"> (${locale})</span></a></td></tr>`;
    });
  return table('Texts by language', ['Language', 'Text', 'From', '-Try'], rows);
}

function nameOf(names: Intl.DisplayNames, locale: string): string {
  try {
    return names.of(locale) ?? locale;
  } catch {
    return locale;
  }
}

function addressOf(wanted: Partial<Wanted>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(wanted)) if (value !== null) query.set(name, value);
  return `/console/templates?${query}`;
}
