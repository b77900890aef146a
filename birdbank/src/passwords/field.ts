import { type Html, html } from '../html.ts';
import { fieldState } from '../pages/parts.ts';
import type { Flash } from '../session-data.ts';
import type { Words } from '../words/words.ts';

type Field = {
  readonly id: string;
  readonly label: string;
  readonly hint: string | null;
  readonly use: 'new-password' | 'current-password';
  readonly flash: Flash | null;
};

/** A field for a password. It can be pasted into, filled by a password manager, and shown where scripts run. */
export function passwordField({ signIn }: Words, { id, label, hint, use, flash }: Field): Html {
  return html`<label for="${id}">${label}</label>
${hint === null ? null : html`<p class="hint" id="${id}-hint">${hint}</p>`}
<div class="password">
<input id="${id}" name="${id}" type="password" autocomplete="${use}" autocapitalize="none" spellcheck="false"
  aria-required="true"${fieldState(id, hint === null ? null : `${id}-hint`, flash)}>
<button type="button" class="show" aria-controls="${id}" aria-pressed="false" data-hide="${signIn.hide}" hidden>${signIn.show}</button>
</div>`;
}
