import { attribute, type Html, html } from '../../kernel/html.ts';

/** Pages of the console are in no document of the API. */
export const hidden = { schema: { hide: true } } as const;

/** A moment as `2026-11-23 14:02 UTC`; in other words where there is none. */
export function moment(ms: number | null, otherwise = 'never'): Html {
  if (ms === null) return html`<span class="soft">${otherwise}</span>`;
  const iso = new Date(ms).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')} UTC</time>`;
}

/** A table that scrolls by itself where it is wider than the page, also by keyboard. A head such as `#Sent` is of numbers. */
export function table(about: string, heads: readonly string[], rows: readonly Html[]): Html {
  const cells = heads.map((head) => {
    if (head.startsWith('#')) return html`<th scope="col" class="number">${head.slice(1)}</th>`;
    if (head.startsWith('-')) return html`<th scope="col"><span class="unseen">${head.slice(1)}</span></th>`;
    return html`<th scope="col">${head}</th>`;
  });
  return html`<div class="wide" role="region" aria-label="${about}" tabindex="0"><table><thead><tr>${cells}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** Code as it is to be pasted, with a button that copies it where there are scripts. */
export const copyable = (code: string): Html =>
  html`<div class="copyable"><pre tabindex="0"><code>${code}</code></pre><button type="button" class="quiet" data-copy="${code}" hidden><span class="says">Copy</span></button></div>`;

export type Choice = { readonly value: string; readonly name?: string };

/** A labelled list to choose one of. */
export function choose(
  name: string,
  label: string,
  choices: readonly Choice[],
  chosen: string | undefined,
): Html {
  const options = choices.map(
    ({ value, name: shown = value }) =>
      html`<option value="${value}"${attribute('selected', value === chosen)}>${shown}</option>`,
  );
  return html`<div class="field"><label for="${name}">${label}</label><select id="${name}" name="${name}">${options}</select></div>`;
}

export type AreaOptions = {
  readonly value?: string;
  readonly hint?: string;
  readonly rows?: number;
  readonly problem?: string | null;
  readonly isRequired?: boolean;
};

/** A labelled field of several lines. */
export function area(name: string, label: string, options: AreaOptions = {}): Html {
  const { value = '', hint, rows = 4, problem = null, isRequired = true } = options;
  const notes = [hint === undefined ? null : `${name}-hint`, problem === null ? null : `${name}-problem`];
  const describedBy = notes.filter((id) => id !== null).join(' ');
  return html`<div class="field"><label for="${name}">${label}</label>
${hint === undefined ? null : html`<p class="hint" id="${name}-hint">${hint}</p>`}
${problem === null ? null : html`<p class="problem" id="${name}-problem">${problem}</p>`}
<textarea id="${name}" name="${name}" rows="${rows}" spellcheck="false"${attribute('required', isRequired)}${attribute('aria-invalid', problem === null ? null : 'true')}${attribute('aria-describedby', describedBy === '' ? null : describedBy)}>
${value}</textarea></div>`;
}

/** `live` in its warning colour, `test` in the quiet one. */
export const modeChip = (mode: 'live' | 'test'): Html =>
  mode === 'live' ? html`<span class="chip live">live</span>` : html`<span class="chip">test</span>`;

/** A form that is one button. `extra` names hidden fields. */
export function act(
  token: Html,
  action: string,
  label: string,
  extra: { readonly [name: string]: string } = {},
  kind: 'quiet' | 'danger' | 'plain' = 'quiet',
): Html {
  const fields = Object.entries(extra).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  return html`<form method="post" action="${action}">${token}${fields}<button${attribute('class', kind === 'plain' ? null : kind)}>${label}</button></form>`;
}

/** Durations as people say them: `3 d`, `2 h`, `5 min`, `4.2 s`, `80 ms`. */
export function duration(ms: number): string {
  if (ms >= 172_800_000) return `${Math.round(ms / 86_400_000)} d`;
  if (ms >= 7_200_000) return `${Math.round(ms / 3_600_000)} h`;
  if (ms >= 120_000) return `${Math.round(ms / 60_000)} min`;
  if (ms >= 1_000) return `${Math.round(ms / 100) / 10} s`;
  return `${Math.round(ms)} ms`;
}

const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'code' });
/** A country by its name, and that there is none. */
export const countryName = (country: string): string =>
  country === 'ZZ' ? 'No country' : `${names.of(country) ?? country} (${country})`;
