import { type Home, type Named, type Period, savedMicros } from '../../app/insight/home.ts';
import type { Breaker } from '../../domain/breaker.ts';
import { attribute, type Html, html } from '../../kernel/html.ts';
import { columns, funnel } from './charts.ts';
import { ruleName } from './decision-words.ts';
import type { TableName } from './figure-tables.ts';
import { channelName, countryName, money, NOTHING, percentile, share, whole } from './figure-words.ts';
import { empty } from './frame.ts';
import { moment, table } from './pieces.ts';
import { tileMap } from './tile-map.ts';
import type { Visit } from './visit.ts';

export type Shown = {
  readonly home: Home;
  readonly period: 'today' | 'month';
  readonly projectId: string | null;
  readonly providers: readonly string[];
  readonly nowMs: number;
};

const PERIOD_NAMES = { today: 'today', month: 'the last 30 days' } as const;
/** Countries that the table shows; the rest is in the file. */
const MOST_COUNTRIES = 15;

function query({ home, period, projectId }: Shown, more: { readonly [name: string]: string } = {}): string {
  const all = { mode: home.mode, period, ...(projectId === null ? {} : { project: projectId }), ...more };
  return `?${new URLSearchParams(all)}`;
}

/** What is shown: live or test, which project, which period. */
export function homeActions({ home, projectId, period }: Shown): Html {
  const option = (value: string, name: string, isChosen: boolean) =>
    html`<option value="${value}"${attribute('selected', isChosen)}>${name}</option>`;
  return html`<form class="inline choose" action="/console">
<label class="unseen" for="period">Period</label><select id="period" name="period">${option('month', '30 days', period === 'month')}${option('today', 'Today', period === 'today')}</select>
<label class="unseen" for="mode">Mode</label><select id="mode" name="mode">${option('live', 'live', home.mode === 'live')}${option('test', 'test', home.mode === 'test')}</select>
<label class="unseen" for="project">Project</label><select id="project" name="project">${option('', 'all projects', projectId === null)}${home.projects.map((one) => option(one, one, one === projectId))}</select>
<button class="quiet">Show</button></form>`;
}

export function homeBody(visit: Visit, shown: Shown): Html {
  const { home, period } = shown;
  const of = home[period];
  const { today, month } = home;
  return html`<p class="soft">${home.mode === 'live' ? 'Codes of live keys' : 'Codes of test keys'}${shown.projectId === null ? '' : ` in ${shown.projectId}`}, each counted when it was created. Today begins at midnight UTC. ${home.countedAtMs === null ? 'Nothing has been counted yet; that happens within seconds.' : html`Counted up to ${moment(home.countedAtMs)}.`}</p>
${home.isCatchingUp ? html`<p class="alert" role="status">What was made before is still being counted: the figures of 30 days are not complete yet.</p>` : null}
${tiles(today, month)}
<section aria-labelledby="funnel-title"><div class="head"><h2 id="funnel-title">From create to verified, ${PERIOD_NAMES[period]}</h2>${csv(shown, 'funnel')}</div>${funnelOf(of)}</section>
<section aria-labelledby="steps-title"><div class="head"><h2 id="steps-title">${period === 'today' ? 'By hour' : 'By day'}</h2>${csv(shown, 'steps')}</div>${stepsOf(shown)}</section>
<section aria-labelledby="country-title"><div class="head"><h2 id="country-title">Countries</h2>${csv(shown, 'country')}</div>${countries(shown, of)}</section>
<div class="pair">
<section aria-labelledby="channel-title"><div class="head"><h2 id="channel-title">Channels</h2>${csv(shown, 'channel')}</div>${facet('Channel', of.by.channel, (name) => verificationsLink(shown, { channel: name }, channelName(name)))}</section>
<section aria-labelledby="project-title"><div class="head"><h2 id="project-title">Projects</h2>${csv(shown, 'project')}</div>${facet('Project', of.by.project, (name) => verificationsLink(shown, { project: name }, name))}</section>
</div>
<section aria-labelledby="provider-title"><div class="head"><h2 id="provider-title">Providers</h2>${csv(shown, 'provider')}</div>${providers(shown, of)}</section>
<section aria-labelledby="guard-title"><div class="head"><h2 id="guard-title">Guard</h2>${csv(shown, 'guard')}</div>${guard(shown, of, visit)}</section>`;
}

const csv = (shown: Shown, name: TableName): Html =>
  html`<a class="csv" href="/console/figures/${name}.csv${query(shown)}">CSV<span class="unseen"> of ${name}</span></a>`;

function tiles(today: Period, month: Period): Html {
  const tile = (name: string, of: (period: Period) => string, hint: string) =>
    html`<div class="tile"><dt>${name}</dt><dd class="now">${of(today)}<span class="unseen"> today</span></dd><dd class="soft">${of(month)} in 30 days</dd>${hint === '' ? null : html`<dd class="soft hint">${hint}</dd>`}</div>`;
  return html`<h2 class="unseen">Today, and in 30 days</h2><dl class="tiles-row">
${tile('Created', ({ total }) => whole(total.created), '')}
${tile('Sent', ({ total }) => whole(total.sent), '')}
${tile('Delivered', ({ total }) => whole(total.delivered), 'by receipt')}
${tile('Verified', ({ total }) => whole(total.verified), '')}
${tile('Conversion', ({ total }) => share(total.verified, total.created), 'verified of created')}
${tile('To delivery', ({ total }) => percentile(total.toDelivery, 0.5), 'median')}
${tile('To delivery, slowest', ({ total }) => percentile(total.toDelivery, 0.95), '95 of 100 are sooner')}
${tile('To verification', ({ total }) => percentile(total.toVerification, 0.5), 'median')}
${tile('To verification, slowest', ({ total }) => percentile(total.toVerification, 0.95), '95 of 100 are sooner')}
${tile('Cost', ({ total }) => money(total.costs), '')}
</dl>`;
}

function funnelOf({ total }: Period): Html {
  if (total.created === 0) return empty('No code was created in this time.');
  const rows = [
    { name: 'Created', count: total.created },
    { name: 'Sent', count: total.sent },
    { name: 'Delivered', count: total.delivered },
    { name: 'Verified', count: total.verified },
  ];
  const open = total.created - total.verified - total.failed - total.expired - total.deleted;
  const ends = [
    ['Verified', total.verified],
    ['Expired', total.expired],
    ['Failed', total.failed],
    ['Deleted', total.deleted],
    ['Still open', open],
  ] as const;
  const cells = ends.map(
    ([name, count]) =>
      html`<tr><th scope="row">${name}</th><td class="number">${whole(count)}</td><td class="number">${share(count, total.created)}</td></tr>`,
  );
  return html`<div class="beside"><div>${funnel(rows)}</div>${table('How they ended', ['How they ended', '#Codes', '#Of created'], cells)}</div>`;
}

function stepsOf({ home, period }: Shown): Html {
  const { steps } = home[period];
  const label = (atMs: number) => {
    const iso = new Date(atMs).toISOString();
    return period === 'today' ? `${iso.slice(11, 16)}` : iso.slice(5, 10);
  };
  const chart = columns(
    steps.map(({ atMs, figures }) => ({
      ...{ label: label(atMs), all: figures.created, part: figures.verified },
    })),
    { all: 'created', part: 'verified', about: period === 'today' ? 'By hour, UTC' : 'By day' },
  );
  const rows = [...steps]
    .reverse()
    .map(
      ({ atMs, figures: f }) =>
        html`<tr><th scope="row"><time datetime="${new Date(atMs).toISOString()}">${label(atMs)}</time></th><td class="number">${whole(f.created)}</td><td class="number">${whole(f.delivered)}</td><td class="number">${whole(f.verified)}</td><td class="number">${share(f.verified, f.created)}</td><td class="number">${money(f.costs)}</td></tr>`,
    );
  return html`${chart}<details class="as-table"><summary>As a table</summary>${table('Figures by time', ['From', '#Created', '#Delivered', '#Verified', '#Conversion', '#Cost'], rows)}</details>`;
}

function verificationsLink(
  { home, period }: Shown,
  more: { readonly [name: string]: string },
  words: string,
) {
  const from = new Date(home[period].sinceMs).toISOString().slice(0, 16);
  return html`<a href="/console/verifications?${String(new URLSearchParams({ mode: home.mode, from, ...more }))}">${words}</a>`;
}

function countries(shown: Shown, { by }: Period): Html {
  if (by.country.length === 0) return empty('No code went anywhere in this time.');
  const from = new Date(shown.home[shown.period].sinceMs).toISOString().slice(0, 16);
  const link = (country: string) =>
    `/console/verifications?${new URLSearchParams({ mode: shown.home.mode, from, country })}`;
  const places = by.country.map(({ name, figures }) => ({ country: name, count: figures.created }));
  const rows = by.country
    .slice(0, MOST_COUNTRIES)
    .map(
      ({ name, figures: f }) =>
        html`<tr><th scope="row"><a href="${link(name)}">${countryName(name)}</a></th>${cells(f)}<td class="number">${whole(f.refused)}</td></tr>`,
    );
  const more = by.country.length - rows.length;
  return html`${tileMap(places, link)}
${table('Figures by country', ['Country', ...HEADS, '#Stopped'], rows)}${more > 0 ? html`<p class="soft">And ${whole(more)} more in the CSV.</p>` : null}`;
}

const HEADS = ['#Created', '#Delivered', '#Verified', '#Conversion', '#To verification', '#Cost'];

const cells = (f: Named['figures']): Html =>
  html`<td class="number">${whole(f.created)}</td><td class="number">${whole(f.delivered)}</td><td class="number">${whole(f.verified)}</td><td class="number">${share(f.verified, f.created)}</td><td class="number">${percentile(f.toVerification, 0.5)}</td><td class="number">${money(f.costs)}</td>`;

function facet(head: string, named: readonly Named[], say: (name: string) => Html): Html {
  if (named.length === 0) return empty('Nothing in this time.');
  const rows = named.map(
    ({ name, figures }) => html`<tr><th scope="row">${say(name)}</th>${cells(figures)}</tr>`,
  );
  return table(`Figures by ${head.toLowerCase()}`, [head, ...HEADS], rows);
}

function providers(shown: Shown, { by }: Period): Html {
  const { home, nowMs } = shown;
  const names = new Set([...by.provider.map(({ name }) => name), ...shown.providers]);
  const rows = [...names].map((name) => {
    const f = by.provider.find((one) => one.name === name)?.figures;
    const breaker = home.breakers.find((one) => one.provider === name);
    const figures =
      f === undefined
        ? html`<td class="number">0</td><td class="number">${NOTHING}</td><td class="number">${NOTHING}</td><td class="number">${NOTHING}</td><td class="number">${NOTHING}</td>`
        : html`<td class="number">${whole(f.messages)}</td><td class="number">${share(f.arrived, f.accepted)}</td><td class="number">${whole(f.lost)}</td><td class="number">${percentile(f.toDelivery, 0.5)}</td><td class="number">${money(f.costs)}</td>`;
    return html`<tr><th scope="row">${verificationsLink(shown, { provider: name }, name)}</th><td>${health(breaker, nowMs)}</td>${figures}</tr>`;
  });
  if (rows.length === 0) return empty('No provider has carried anything in this time.');
  return table(
    'Figures by provider',
    ['Provider', 'Now', '#Messages', '#Arrived', '#Lost', '#Median', '#Cost'],
    rows,
  );
}

function health(breaker: Breaker | undefined, nowMs: number): Html {
  if (breaker === undefined || breaker.state === 'closed')
    return html`<span class="chip good">working</span>`;
  if (breaker.state === 'probing') return html`<span class="chip warn">being tried again</span>`;
  return nowMs < breaker.untilMs
    ? html`<span class="chip bad">failing</span> passed over until ${moment(breaker.untilMs)}`
    : html`<span class="chip warn">failing, about to be tried</span>`;
}

function guard(shown: Shown, period: Period, visit: Visit): Html {
  const { total, by } = period;
  const saved = savedMicros(period);
  const stopped = html`<p><b>${whole(total.refused)}</b> ${total.refused === 1 ? 'code was' : 'codes were'} stopped. ${savedWords(saved, total.refused)} ${visit.may('guard') ? html`<a href="/console/guard">Rules and blocks</a>` : null}</p>`;
  if (by.rule.length === 0)
    return html`${stopped}${empty('No rule refused anything in this time. Towards the sandbox the guard judges everything, and refuses nothing.')}`;
  const from = new Date(shown.home[shown.period].sinceMs).toISOString().slice(0, 16);
  const rows = by.rule.map(
    ({ name, figures }) =>
      html`<tr><th scope="row"><a href="/console/verifications?${String(new URLSearchParams({ mode: shown.home.mode, state: 'refused', reason: name, from }))}">${ruleName(name)}</a></th><td><code>${name}</code></td><td class="number">${whole(figures.refused)}</td></tr>`,
  );
  return html`${stopped}${table('What rules stopped', ['Rule', 'Id', '#Stopped'], rows)}`;
}

function savedWords(saved: { readonly [currency: string]: number } | null, refused: number): string {
  if (refused === 0) return '';
  if (saved === null) return 'Set prices in roost.config.json to see what that saved.';
  return `That saved about ${money(saved)}, by what codes to the same countries cost.`;
}

/** Nothing has been asked for yet: what to do, and a place where the first request shows up by itself. */
export function firstRun(visit: Visit, origin: string): Html {
  const key = visit.may('keys')
    ? html`<a href="/console/keys">Make a test key</a>. It sends nothing: codes end on the sandbox phone.`
    : html`Ask an operator for a test key. It sends nothing: codes end on the sandbox phone.`;
  return html`<p class="lead">Nothing has been asked for yet. Three steps lead to your first verified code.</p>
<ol class="first">
<li><h2>A key</h2><p>${key}</p></li>
<li><h2>The first request</h2><p>Put your key in the place of <code>YOUR_TEST_KEY</code>:</p>
<pre tabindex="0"><code>curl ${origin}/verify \\
  -H 'Authorization: AccessKey YOUR_TEST_KEY' \\
  -d recipient=447700900001 -d timeout=300</code></pre>
<p>Read the code on the <a href="/sandbox">sandbox phone</a>, and check it:</p>
<pre tabindex="0"><code>curl '${origin}/verify/ID' \\
  -H 'Authorization: AccessKey YOUR_TEST_KEY' -d token=CODE</code></pre></li>
<li><h2>Going live</h2><p>A provider, a sender, prices and limits: <a href="/console/live">the check-list</a> turns green step by step.</p></li>
</ol>
<div class="waiting" id="waiting" role="status"><p id="waiting-words"><a href="/console">Reload this page</a> after your first request.</p></div>`;
}
