import type { Retention } from '../../domain/retention.ts';
import { type Html, html } from '../../kernel/html.ts';
import { sendHtml } from '../page.ts';
import { consolePage, empty } from './frame.ts';
import { duration, hidden, table } from './pieces.ts';
import type { Room } from './plugin.ts';
import { demand, type Visit } from './visit.ts';

/** How the source of what operators set begins. */
const CONSOLE = 'console';

/** One setting in effect; what is secret is hidden before it comes here. */
export type SettingShown = { readonly name: string; readonly value: unknown; readonly source: string };
export type SettingsNeeds = {
  readonly settings: () => readonly SettingShown[];
  readonly retention: Retention;
};

/** Every setting in effect and where it comes from. Settings are changed in the environment and the file alone. */
export const settingsRoom =
  (needs: SettingsNeeds): Room =>
  (app, _deps, visitOf) => {
    app.get('/console/settings', hidden, async (request, reply) => {
      demand(request, 'view');
      return sendHtml(request, reply, settingsPage(visitOf(request), needs));
    });
  };

const MEANS: { readonly [name: string]: string } = {
  ROOST_HOST: 'Host or address it listens on',
  ROOST_PORT: 'Port it listens on',
  ROOST_DATA: 'Folder of the embedded database and generated keys',
  DATABASE_URL: 'PostgreSQL; without it SQLite in the folder',
  ROOST_SECRET_KEY: 'Master key; without it the one of the folder',
  ROOST_LIVE_KEY: 'Live key that is sure to work',
  ROOST_TEST_KEY: 'Test key that is sure to work',
  ROOST_PUBLIC_URL: 'Address under which others reach this server',
  ROOST_SANDBOX: 'Where the sandbox phone is served',
  ROOST_GUARD: 'Whether the guard refuses or only writes down',
  ROOST_LOG: 'The finest level that is logged',
  ROOST_DRAIN: 'Seconds that a stopping server still takes requests',
  ROOST_WEBHOOKS: 'How far webhooks may reach',
  ROOST_METRICS: 'Where metrics are served',
  ROOST_METRICS_TOKEN: 'What metrics are asked for with',
};

function settingsPage(visit: Visit, { settings, retention }: SettingsNeeds): Html {
  const all = settings();
  const environment = all.filter(({ name }) => /^[A-Z]/.test(name));
  const ofFile = all.filter(({ name, source }) => !/^[A-Z]/.test(name) && !source.startsWith(CONSOLE));
  const file = ofFile.find(({ source }) => source !== 'default')?.source;
  const set = all.filter(({ source }) => source.startsWith(CONSOLE));
  const rows = environment.map(
    ({ name, value, source }) =>
      html`<tr><th scope="row"><code>${name}</code><br><span class="soft">${MEANS[name] ?? ''}</span></th><td>${said(value)}</td><td>${source}</td></tr>`,
  );
  const partOf = ({ name, value }: SettingShown) =>
    html`<details class="part"><summary><code>${name}</code>${value === null ? html` <span class="soft">not set</span>` : null}</summary>${value === null ? null : html`<pre tabindex="0"><code>${JSON.stringify(value, null, 2)}</code></pre>`}</details>`;
  const console = set.map((one) => html`${partOf(one)}<p class="soft">${one.source}</p>`);
  const body = html`<section><h2>Environment</h2>${table('Environment', ['Setting', 'Value', 'From'], rows)}</section>
<section><h2>Configuration file</h2>
<p>${file === undefined ? 'There is none: these are the usual values.' : html`Read at the start from <code>${file}</code>.`} <a href="/docs/configuration">What it may hold</a></p>
${ofFile.map(partOf)}</section>
<section><h2>Set in the console</h2>
<p>It lies over the configuration file: <a href="/console/guard/rules/_all">rules</a>, <a href="/console/routes/of/_all">routes</a> and <a href="/console/templates">texts</a>. <a href="/docs/configuration#set-in-the-console">How the two go together</a></p>
${console.length === 0 ? empty('Nothing: the configuration file holds as it is.') : console}</section>
<section><h2>How long things are kept</h2>
<p>Recipients for ${duration(retention.recipientMs)}, then only their keyed hash. Verifications, their messages and the guard's decisions for ${duration(retention.rowMs)}. Codes until their hand-over.</p></section>`;
  return consolePage(visit, {
    title: 'Settings',
    lead: 'Secrets are hidden. The environment and the file are read once, at the start; what is set in the console holds at once.',
    body,
  });
}

function said(value: unknown): Html {
  if (value === null) return html`<span class="soft">not set</span>`;
  return html`<code>${typeof value === 'string' ? value : JSON.stringify(value)}</code>`;
}
