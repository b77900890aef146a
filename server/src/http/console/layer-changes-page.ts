import {
  type Layer,
  type LayerChange,
  type LayerDraft,
  type LayerVersion,
  layerChanges,
} from '../../domain/layer.ts';
import { type Html, html } from '../../kernel/html.ts';
import { consolePage, done, empty, field } from './frame.ts';
import { changesAddress, projectWords } from './layers-view.ts';
import { act, moment, table } from './pieces.ts';
import type { Visit } from './visit.ts';

export type ChangesPage = {
  readonly layer: Layer;
  /** The newest first. */
  readonly history: readonly LayerVersion[];
  readonly nameOf: (author: string | null) => string;
  readonly effect: Html | null;
  readonly mayChange: boolean;
  /** What of the version in force does not fit the configuration file any more. */
  readonly unfit: readonly string[];
  readonly words: {
    /** `the rules`. */
    readonly what: string;
    /** The address of the room it is edited in, and what leads there is called. */
    readonly edit: (project: string) => string;
    readonly editName: string;
    /** The entry of the side bar. */
    readonly here: string;
    /** A value of a document as people read it; null for what JSON says. */
    readonly said?: (path: string, value: unknown) => string | null;
  };
};

export type ChangesTold = {
  readonly said?: string | undefined;
  readonly problems?: readonly string[];
  /** What trying the draft on the past has shown. */
  readonly tried?: Html;
};

const SAID: { readonly [name: string]: string } = {
  enforce: 'It is in force, here at once and on every other node within a second.',
  drop: 'The draft is dropped. What is in force has not changed.',
  back: 'That version is a draft now: look at what it would change, and put it in force.',
  monitor: 'Done: every node goes by it within a second.',
  edited: 'It is in the draft now. Nothing in force has changed yet.',
};

export function changesPage(visit: Visit, view: ChangesPage, told: ChangesTold): Html {
  const { layer, words } = view;
  const { problems = [] } = told;
  const of = projectWords(layer.projectId);
  const alerts =
    problems.length === 0
      ? null
      : html`<div class="alert" role="alert">${problems.length === 1 ? html`<p>${problems[0]}</p>` : html`<ul>${problems.map((one) => html`<li>${one}</li>`)}</ul>`}</div>`;
  const said = told.said !== undefined && Object.hasOwn(SAID, told.said) ? (SAID[told.said] ?? null) : null;
  const body = html`${alerts}${done(said)}
${told.tried}<section><h2>Draft</h2>${draftOf(visit, view)}</section>
<section><h2>In force</h2>${inForceOf(view)}</section>
<section><h2>Versions</h2>${historyOf(visit, view)}</section>
<p><a href="${words.edit(layer.projectId)}">${words.editName}</a></p>`;
  return consolePage(
    { ...visit, here: words.here },
    {
      title: `Changes to ${words.what}`,
      lead: `Of ${of}. What is set here lies over the configuration file, and leaves it as it is.`,
      body,
      styles: ['console-layers.css'],
    },
  );
}

function draftOf(visit: Visit, view: ChangesPage): Html {
  const { layer, nameOf, effect, mayChange, words } = view;
  const { draft } = layer;
  if (draft === null)
    return empty(
      'There is none.',
      html`<p><a href="${words.edit(layer.projectId)}">${words.editName}</a></p>`,
    );
  const chip =
    draft.state === 'monitored'
      ? html`<span class="chip warn">monitored</span>`
      : html`<span class="chip">kept</span>`;
  const isBehind = draft.base !== layer.version;
  return html`<p>${chip} By <b>${nameOf(draft.author)}</b>, ${moment(draft.atMs)}. ${saidOf(draft)}</p>
${isBehind ? html`<p class="pending">It was begun from ${versionWords(draft.base)}, and ${versionWords(layer.version)} is in force since. What is told below compares it with that.</p>` : null}
${effect ?? html`<h3>What it changes</h3>${changesOf(view, layerChanges(layer.document, draft.document))}`}${mayChange ? actsOf(visit, layer) : null}`;
}

function saidOf({ state, judged }: LayerDraft): string {
  if (state === 'kept') return 'Nobody goes by it yet.';
  const what = judged === undefined ? 'It is' : 'It was changed since: as it was before, it is still';
  return `${what} judged and written down beside what is in force, and refuses nothing.`;
}

function actsOf({ token }: Visit, layer: Layer): Html {
  const { draft } = layer;
  if (draft === null) return html``;
  const base = changesAddress(layer);
  const number = String(draft.number);
  const isMonitored = draft.state === 'monitored';
  const monitor =
    layer.part === 'guard'
      ? html`${isMonitored && draft.judged === undefined ? null : act(token, `${base}/monitor`, isMonitored ? 'Monitor it as it is now' : 'Monitor it first', { number, state: 'monitored' })}${isMonitored ? act(token, `${base}/monitor`, 'Stop monitoring', { number, state: 'kept' }) : null}`
      : null;
  return html`<form method="post" action="${base}/enforce" class="row">${token}<input type="hidden" name="number" value="${number}"><input type="hidden" name="version" value="${String(layer.version)}">${field('note', 'Why', { isRequired: false, hint: 'Stands in the list of versions. May be empty.', autocomplete: 'off' })}<button>Put in force</button></form>
<div class="acts">${monitor}${act(token, `${base}/drop`, 'Drop the draft', { number }, 'danger')}</div>`;
}

function inForceOf({ layer, nameOf, words, unfit }: ChangesPage): Html {
  if (layer.version === 0)
    return html`<p>Nothing was ever set here for ${projectWords(layer.projectId)}: ${words.what} are those below it${layer.projectId === '*' ? ', of the configuration file' : ''}.</p>`;
  const why = layer.note === '' ? null : html` <q>${layer.note}</q>`;
  const isEmpty = Object.keys(layer.document).length === 0;
  return html`<p><b>Version ${layer.version}</b> since ${moment(layer.atMs)}, by ${nameOf(layer.author)}.${why}${isEmpty ? ' It changes nothing of the configuration file.' : null}</p>${unfit.length === 0 ? null : html`<div class="alert" role="alert"><p>The configuration file has changed since, and this does not fit it any more. It is left out, and the rest holds:</p><ul>${unfit.map((one) => html`<li>${one}</li>`)}</ul></div>`}`;
}

function historyOf(visit: Visit, view: ChangesPage): Html {
  const { layer, history, nameOf, mayChange } = view;
  if (history.length === 0)
    return empty('None yet. Each time a draft is put in force it stands here, with a way back.');
  const isFree = mayChange && layer.draft === null;
  const back = (version: number) =>
    isFree && version !== layer.version
      ? act(visit.token, `${changesAddress(layer)}/back`, 'Go back', { version: String(version) })
      : version === layer.version
        ? html`<span class="chip good">in force</span>`
        : null;
  const rows = history.map((version, i) => {
    const before = history[i + 1]?.document ?? (version.version === 1 ? {} : null);
    const changes =
      before === null
        ? html`<span class="soft">too long ago</span>`
        : changesOf(view, layerChanges(before, version.document));
    return html`<tr><th scope="row">${version.version}</th><td>${moment(version.atMs)}<br><span class="soft">${nameOf(version.author)}</span></td><td>${version.note === '' ? html`<span class="soft">–</span>` : version.note}</td><td>${changes}</td><td>${back(version.version)}</td></tr>`;
  });
  const file = html`<tr><th scope="row">0</th><td colspan="3">The configuration file alone</td><td>${back(0)}</td></tr>`;
  const hint =
    mayChange && layer.draft !== null
      ? html`<p class="soft">While there is a draft there is no way back: put it in force or drop it first.</p>`
      : null;
  return html`${hint}${table('Versions', ['Version', 'When and who', 'Why', 'What it changed', '-Go back'], [...rows, file])}`;
}

function changesOf({ words }: ChangesPage, changes: readonly LayerChange[]): Html {
  if (changes.length === 0) return html`<p class="soft">Nothing.</p>`;
  const said = (path: string, value: unknown): Html => {
    if (value === null) return html`<span class="soft">not set</span>`;
    const own = words.said?.(path, value) ?? null;
    return html`<span dir="auto">${own ?? (typeof value === 'string' ? value : JSON.stringify(value))}</span>`;
  };
  return html`<ul class="plain changes">${changes.map(
    ({ path, from, to }) =>
      html`<li><code>${path}</code> <span class="from">${said(path, from)}</span> → <b>${said(path, to)}</b></li>`,
  )}</ul>`;
}

const versionWords = (version: number): string =>
  version === 0 ? 'the configuration file' : `version ${version}`;
