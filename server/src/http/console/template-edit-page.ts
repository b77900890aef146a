import type { Layer } from '../../domain/layer.ts';
import type { Channel } from '../../domain/message.ts';
import type { Price } from '../../domain/price.ts';
import { readCountry } from '../../domain/recipient.ts';
import type { Words } from '../../domain/words/book.ts';
import type { AppPolicy } from '../../domain/words/last-line.ts';
import { lintTemplate } from '../../domain/words/lint.ts';
import { costsOf } from '../../domain/words/lint-costs.ts';
import { attribute, type Html, html } from '../../kernel/html.ts';
import { consolePage, field } from './frame.ts';
import { changesAddress, projectAddress, projectWords } from './layers-view.ts';
import { area, choose } from './pieces.ts';
import { CHANNEL_NAMES, DIGITS, languageName, previewOf } from './templates.ts';
import type { Visit } from './visit.ts';

export type TemplateForm = {
  readonly template: string;
  readonly subject: string;
  /** The entry as it stood when the form was made, as `textOfEntry` writes it. */
  readonly was: string;
  /** Of the code in the preview. */
  readonly digits: string;
  /** For the cost in the preview. */
  readonly country: string;
};

export type TemplatePage = {
  readonly layer: Layer;
  readonly channel: Channel;
  readonly locale: string;
  readonly form: TemplateForm;
  readonly policy: AppPolicy;
  readonly prices: readonly Price[];
  /** What stands there without what is set here. */
  readonly below: Words | null;
  /** Languages that there are texts in. */
  readonly others: readonly string[];
  readonly problems: readonly string[];
  readonly stale: { readonly who: string; readonly theirs: string } | null;
};

/** The form of one text, with its preview. */
export function templateEditPage(visit: Visit, page: TemplatePage): Html {
  const { layer, channel, locale, form, below, others } = page;
  const base = `/console/templates/edit/${projectAddress(layer.projectId)}/${channel}`;
  const path = `${base}/${locale}`;
  const { template: wrong, subject: wrongSubject, other } = problemsOf(page);
  const subject =
    channel === 'email'
      ? field('subject', 'Subject', {
          ...{ value: form.subject, isRequired: false, problem: wrongSubject },
          hint: 'One line without the code. Empty: the one that ships for the language.',
        })
      : null;
  const was = html`<input type="hidden" name="was" value="${form.was}">`;
  const fields = html`${visit.token}${was}
${area('template', 'Text', { value: form.template, rows: 4, hint: 'Put %token where the code is to stand.', problem: wrong })}
${subject}
<div class="row">${choose(
    'digits',
    'Digits in the preview',
    DIGITS.map((value) => ({ value })),
    form.digits,
  )}${field('country', 'Country of the preview', { isRequired: false, value: form.country, hint: 'For the cost, such as NL.' })}</div>`;
  const languages = others.map(
    (one) =>
      html`<a href="${`${base}/${one}`}"${attribute('aria-current', one === locale ? 'true' : null)}>${one}</a>`,
  );
  const beneath =
    below === null
      ? html`<p class="soft">Without it there is no text in ${languageName(locale)}: the next language that fits is taken.</p>`
      : html`<p class="soft">Without it: <q dir="auto" lang="${locale}">${below.template}</q></p>`;
  const body = html`${alertsOf(page, other)}
<h2 class="unseen">Text and preview</h2>
<div class="split"><form method="post" action="${path}" data-preview="preview" data-preview-at="${`${path}/preview`}">${fields}
<div class="acts"><button>Save to the draft</button><button class="quiet" formaction="${`${path}/preview`}" formnovalidate>Preview</button></div></form>
<div><h2 class="unseen">Preview</h2><div id="preview" aria-live="polite">${previewPart(page)}</div></div></div>
${beneath}
${form.was === '' ? null : html`<form method="post" action="${path}" class="after">${visit.token}${was}<input type="hidden" name="to" value="below"><button class="quiet">Take this text away</button></form>`}
<nav class="filters" aria-label="Other languages">${languages}</nav>
<p class="soft">Nothing in force changes yet. <a href="${changesAddress(layer)}">Draft and versions</a></p>
<p><a href="${`/console/templates?${new URLSearchParams({ project: layer.projectId, channel })}`}">All texts of ${projectWords(layer.projectId)}</a></p>`;
  return consolePage(visit, {
    title: `${CHANNEL_NAMES[channel]} in ${languageName(locale)}`,
    lead: `For ${projectWords(layer.projectId)}.`,
    body,
    modules: ['preview.js'],
    styles: ['console-layers.css'],
  });
}

function previewPart({ form, channel, policy, prices }: TemplatePage): Html {
  const digits = DIGITS.find((one) => one === form.digits) ?? '10';
  const about = { channel, datacoding: 'auto', appHost: null, appHash: null } as const;
  const lint = lintTemplate({ ...about, template: form.template, tokenLength: Number(digits) }, policy);
  // Written here, the code is kept apart from the text around it.
  const findings = lint.findings.filter(({ code }) => code !== 'right_to_left');
  const country = form.country === '' ? null : readCountry(form.country);
  return previewOf(
    { ...lint, findings },
    costsOf(prices, channel, country, lint.segments?.segments ?? 1),
    null,
  );
}

function problemsOf({ problems, channel, locale, layer }: TemplatePage) {
  const at = `templates.${layer.projectId}.${channel}.${locale}`;
  const find = (place: string): string | null => {
    const found = problems.find((problem) => problem.startsWith(`${place}: `));
    if (found === undefined) return null;
    const what = found.slice(place.length + 2);
    return `${what.slice(0, 1).toUpperCase()}${what.slice(1)}.`;
  };
  const other = problems.filter(
    (problem) => !problem.startsWith(`${at}: `) && !problem.startsWith(`${at}.subject: `),
  );
  return { template: find(at), subject: find(`${at}.subject`), other };
}

function alertsOf({ stale, problems }: TemplatePage, other: readonly string[]): Html | null {
  if (stale !== null)
    return html`<div class="alert" role="alert"><p><b>${stale.who}</b> changed this text since you opened it. Nothing of yours is saved, and nothing is lost: it stands below.</p><p>Theirs: <q dir="auto">${stale.theirs}</q></p><p>Save again to put yours over it.</p></div>`;
  if (other.length > 0)
    return html`<div class="alert" role="alert"><p>This cannot be saved:</p><ul>${other.map((one) => html`<li>${one}</li>`)}</ul></div>`;
  return problems.length === 0
    ? null
    : html`<p class="alert" role="alert">Nothing was saved yet: see what is said at the field below.</p>`;
}
