import type { Layer } from '../../domain/layer.ts';
import { type Html, html } from '../../kernel/html.ts';
import { consolePage, field } from './frame.ts';
import { projectAddress, projectWords } from './layers-view.ts';
import type { Visit } from './visit.ts';

export type UsualLocale = {
  readonly layer: Layer;
  readonly typed: string;
  readonly was: string;
  readonly below: string;
  readonly problem: string | null;
};

/** The language of a project where nobody asks for one. */
export function usualLocalePage(visit: Visit, { layer, typed, was, below, problem }: UsualLocale): Html {
  const path = `/console/templates/edit/${projectAddress(layer.projectId)}/usual`;
  const kept = html`${visit.token}<input type="hidden" name="was" value="${was}">`;
  const body = html`<form method="post" action="${path}">${kept}
${field('locale', 'Language', { value: typed, hint: `A language tag, such as nl or pt-BR; ${below} without what is set here.`, problem, autocomplete: 'off' })}
<button>Save to the draft</button></form>
${was === '' ? null : html`<form method="post" action="${path}" class="after">${kept}<input type="hidden" name="to" value="below"><button class="quiet">Back to what is below</button></form>`}
<p><a href="${`/console/templates?${new URLSearchParams({ project: layer.projectId })}`}">All texts of ${projectWords(layer.projectId)}</a></p>`;
  return consolePage(visit, {
    title: 'Usual language',
    lead: `Of ${projectWords(layer.projectId)}: where a create names no language. The voice of calls follows it.`,
    body,
    styles: ['console-layers.css'],
  });
}
