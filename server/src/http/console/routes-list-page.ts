import type { Layer } from '../../domain/layer.ts';
import { LINE_TYPES } from '../../domain/line.ts';
import type { Channel } from '../../domain/message.ts';
import type { RouteStep } from '../../domain/route.ts';
import { attribute, type Html, html } from '../../kernel/html.ts';
import { consolePage } from './frame.ts';
import { changesAddress, projectAddress, projectWords } from './layers-view.ts';
import { table } from './pieces.ts';
import type { StepForm } from './routes-form.ts';
import type { Visit } from './visit.ts';

export type RouteListPage = {
  readonly layer: Layer;
  readonly channel: Channel;
  readonly lines: readonly StepForm[];
  /** The entry as it stood when the form was made, as `textOfEntry` writes it. */
  readonly was: string;
  /** Those that carry the channel. */
  readonly providers: readonly string[];
  readonly below: readonly RouteStep[];
  /** What is wrong, as `country-0` for a field of a line. */
  readonly problems: ReadonlyMap<string, string>;
  readonly others: readonly string[];
  readonly stale: { readonly who: string; readonly theirs: readonly RouteStep[] } | null;
};

const LABELS = {
  ...{
    place: 'Place',
    country: 'Countries',
    prefix: 'Begin with',
    lineType: 'Line types',
    share: 'Share in %',
  },
} as const;

/** The list of one channel: who is asked first, for whom, and who follows. */
export function routeListPage(visit: Visit, page: RouteListPage): Html {
  const { layer, channel, lines, was, below } = page;
  const path = `/console/routes/edit/${projectAddress(layer.projectId)}/${channel}`;
  const kept = html`${visit.token}<input type="hidden" name="was" value="${was}">`;
  const rows = lines.map((line, i) => lineOf(page, line, i));
  const heads = ['Place', 'Provider', 'Countries', 'Begin with', 'Line types', 'Share in %'];
  const body = html`${alertsOf(page)}
<form method="post" action="${path}">${kept}
<div class="steps-table">${table(`Routes of ${channel}`, heads, rows)}</div>
<p class="hint">In the order of their places; a line without a provider is none. Countries (ISO 3166-1, such as NL, BE), beginnings of numbers (such as +3161) and line types (${LINE_TYPES.join(', ')}) have commas between them; empty stands for all. A share makes a provider the first choice for so many percent of the messages it is for, and the last for the rest.</p>
<div class="acts"><button>Save to the draft</button></div></form>
${was === '' ? null : html`<form method="post" action="${path}" class="after">${kept}<input type="hidden" name="to" value="below"><button class="quiet">Back to what is below</button></form>`}
<p class="soft">Without what is set here: ${below.length === 0 ? 'no route' : stepsWords(below)}.</p>
<p class="soft">Nothing in force changes yet: the draft tells whom it would affect. <a href="${changesAddress(layer)}">Draft and versions</a></p>
<p><a href="${`/console/routes/of/${projectAddress(layer.projectId)}`}">All routes of ${projectWords(layer.projectId)}</a></p>`;
  return consolePage(
    { ...visit, here: '/console/providers' },
    {
      title: `Routes of ${channel}`,
      lead: `For ${projectWords(layer.projectId)}. The first is asked first; the next is taken when it does not carry a message.`,
      body,
      styles: ['console-layers.css'],
    },
  );
}

function lineOf({ providers, problems }: RouteListPage, line: StepForm, i: number): Html {
  const problemOf = (name: string): Html | null => {
    const problem = problems.get(`${name}-${i}`);
    return problem === undefined
      ? null
      : html`<p class="problem" id="${`${name}-${i}-problem`}">${problem}</p>`;
  };
  const marks = (name: string): readonly Html[] | null =>
    problems.has(`${name}-${i}`)
      ? [attribute('aria-invalid', 'true'), attribute('aria-describedby', `${name}-${i}-problem`)]
      : null;
  const text = (name: keyof typeof LABELS, width: string | null) =>
    html`<td>${problemOf(name)}<input name="${`${name}-${i}`}" value="${line[name]}" aria-label="${`${LABELS[name]} of line ${i + 1}`}" autocomplete="off"${attribute('class', width)}${marks(name)}></td>`;
  const known =
    line.provider === '' || providers.includes(line.provider) ? providers : [...providers, line.provider];
  const options = ['', ...known].map(
    (id) =>
      html`<option value="${id}"${attribute('selected', id === line.provider)}>${id === '' ? '–' : id}</option>`,
  );
  return html`<tr>${text('place', 'narrow')}<td>${problemOf('provider')}<select name="${`provider-${i}`}" aria-label="${`Provider of line ${i + 1}`}"${marks('provider')}>${options}</select></td>${text('country', null)}${text('prefix', null)}${text('lineType', null)}${text('share', 'narrow')}</tr>`;
}

function alertsOf({ stale, others, problems }: RouteListPage): Html | null {
  if (stale !== null)
    return html`<div class="alert" role="alert"><p><b>${stale.who}</b> changed this list since you opened it. Nothing of yours is saved, and nothing is lost: it stands below.</p><p>Theirs: ${stale.theirs.length === 0 ? 'no route' : stepsWords(stale.theirs)}.</p><p>Save again to put yours over it.</p></div>`;
  if (others.length > 0)
    return html`<div class="alert" role="alert"><p>This cannot be saved:</p><ul>${others.map((one) => html`<li>${one}</li>`)}</ul></div>`;
  return problems.size === 0
    ? null
    : html`<p class="alert" role="alert">Nothing was saved yet: see what is said in the list below.</p>`;
}

/** A list in one line. */
export const stepsWords = (steps: readonly RouteStep[]): string => steps.map(stepWords).join(', then ');

function stepWords({ provider, countries, prefixes, lineTypes, sharePercent }: RouteStep): string {
  const told = [
    ...(countries === null ? [] : [countries.join(', ')]),
    ...(prefixes === null ? [] : [prefixes.join(', ')]),
    ...(lineTypes === null ? [] : [lineTypes.join(', ')]),
    ...(sharePercent === null ? [] : [`first for ${sharePercent} %`]),
  ];
  return told.length === 0 ? provider : `${provider} (${told.join('; ')})`;
}
