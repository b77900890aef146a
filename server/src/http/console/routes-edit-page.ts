import type { RouteEffect } from '../../app/route-effect.ts';
import type { Layer } from '../../domain/layer.ts';
import { CHANNELS, type Channel } from '../../domain/message.ts';
import type { ProjectRoutes, RouteStep } from '../../domain/route.ts';
import { amountOf } from '../../domain/words/lint-costs.ts';
import { type Html, html } from '../../kernel/html.ts';
import { consolePage, empty, field } from './frame.ts';
import { changesAddress, projectAddress, projectWords } from './layers-view.ts';
import { countryName, moment, table } from './pieces.ts';
import { stepsWords } from './routes-list-page.ts';
import type { Visit } from './visit.ts';

export type RoutesPage = {
  readonly layer: Layer;
  readonly isForSandbox: boolean;
  readonly rows: readonly {
    readonly channel: Channel;
    readonly inForce: readonly RouteStep[];
    readonly drafted: readonly RouteStep[];
    readonly whence: 'console' | 'file' | 'usual' | 'every project';
  }[];
};

/** The routes of one project by channel, with where each list comes from and what a draft would make of it. */
export function routesPage(visit: Visit, view: RoutesPage, pending: Html | null): Html {
  const { layer, rows, isForSandbox } = view;
  const project = projectAddress(layer.projectId);
  const mayChange = visit.may('providers') && !isForSandbox;
  const lines = rows.map(({ channel, inForce, drafted, whence }) => {
    const draft =
      stepsWords(inForce) === stepsWords(drafted)
        ? html`<span class="soft">as it is</span>`
        : html`${listWords(drafted)}`;
    const edit = mayChange
      ? html`<a href="${`/console/routes/edit/${project}/${channel}`}">Change<span class="unseen"> ${channel}</span></a>`
      : null;
    return html`<tr><th scope="row">${channel}</th><td>${listWords(inForce)}</td><td>${whence === 'console' ? html`<b>console</b>` : whence}</td><td>${draft}</td><td>${edit}</td></tr>`;
  });
  const body = html`${pending}
${isForSandbox ? empty('No provider is configured, so every message is for the sandbox. Providers and their secrets are set in the configuration file.') : table('Routes', ['Channel', 'In force', 'From', 'In the draft', '-Change'], lines)}
<p class="inline"><a class="button quiet" href="${changesAddress(layer)}">Draft and versions</a></p>
<section><h2>Another project</h2><p>What is set for every project holds for those that have no list of their own.</p>
<form method="get" action="/console/routes" class="row">${field('project', 'Project', { value: layer.projectId, hint: 'Or * for every project.' })}<button class="quiet">Show</button></form></section>
<p><a href="/console/providers">Back to the providers</a></p>`;
  return consolePage(
    { ...visit, here: '/console/providers' },
    {
      title: 'Routes',
      lead: `Of ${projectWords(layer.projectId)}. A change is written into a draft first, which tells whom it would affect.`,
      body,
      styles: ['console-layers.css'],
    },
  );
}

const listWords = (steps: readonly RouteStep[]): Html =>
  steps.length === 0 ? html`<span class="soft">no route</span>` : html`${stepsWords(steps)}`;

const MOST_SHOWN = 50;

/** What a draft changes, and whom it would affect. */
export function effectOf(was: ProjectRoutes | null, is: ProjectRoutes | null, effect: RouteEffect): Html {
  const changed = CHANNELS.filter(
    (channel) => stepsWords(was?.[channel] ?? []) !== stepsWords(is?.[channel] ?? []),
  );
  const lists = changed.map(
    (channel) =>
      html`<li><code>${channel}</code> <span class="from">${listWords(was?.[channel] ?? [])}</span> → <b>${listWords(is?.[channel] ?? [])}</b></li>`,
  );
  return html`<h3>What it changes</h3>${lists.length === 0 ? html`<p class="soft">Nothing.</p>` : html`<ul class="plain changes">${lists}</ul>`}
<h3>Whom it would affect</h3>${affected(effect)}`;
}

function affected({ looked, isWhole, sinceMs, moved, costs }: RouteEffect): Html {
  if (looked === 0) return empty('Nobody asked for a live code within seven days, so nobody can be named.');
  const count = moved.reduce((sum, one) => sum + one.count, 0);
  const lost = moved.filter(({ to }) => to === null).reduce((sum, one) => sum + one.count, 0);
  const rows = moved
    .slice(0, MOST_SHOWN)
    .map(
      ({ channel, country, from, to, count: codes }) =>
        html`<tr><th scope="row">${country === null ? 'No country' : countryName(country)}</th><td>${channel}</td><td>${from ?? html`<span class="chip bad">no route</span>`}</td><td>${to ?? html`<span class="chip bad">no route</span>`}</td><td class="number">${codes}</td></tr>`,
    );
  const price =
    costs === null
      ? null
      : html` Those of a known price cost ${money(costs.before, costs.currency)} then, and ${money(costs.after, costs.currency)} by the draft, one segment each.`;
  return html`<p>${looked} live ${looked === 1 ? 'code' : 'codes'} since ${moment(sinceMs)}${isWhole ? '' : ', the newest of many'}: for <b>${count}</b> the first choice would have been another one${lost === 0 ? '' : html`, and for <b>${lost}</b> of them there would have been <span class="chip bad">no route</span>`}.${price}</p>
${rows.length === 0 ? null : table('Whom it would affect', ['Country', 'Channel', 'By now', 'By the draft', '#Codes'], rows)}`;
}

const money = (micros: number, currency: string): string => `${amountOf({ micros, currency })} ${currency}`;
