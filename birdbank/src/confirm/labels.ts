import { type Html, html } from '../html.ts';
import type { Words } from '../words/words.ts';
import type { AskedFactor } from './asked.ts';

type Labelled = Pick<AskedFactor, 'kind' | 'name' | 'recipient'> & { readonly serial?: string | null };

/** What a kind of factor is called. */
export function kindLabel({ kind, serial }: Labelled, { factors }: Words): string {
  return kind === 'totp' && typeof serial === 'string' ? factors.clockToken : factors.kinds[kind];
}

/** A factor as its owner knows it: by the name that they gave it, or else by its kind. */
export const factorName = (factor: Labelled, words: Words): string => factor.name ?? kindLabel(factor, words);

/** Where codes go, most of it hidden; read out by its end. null for factors whose codes are not sent. */
export function recipientOf({ recipient, kind }: Labelled, { frame, factors }: Words): Html | null {
  if (recipient === null) return null;
  const ending = [...recipient.slice(-2)].join(' ');
  const spoken = kind === 'email' ? factors.addressEndingIn(ending) : frame.numberEndingIn(ending);
  const shown = recipient.replace(/\*+/, kind === 'email' ? '···' : ' ···· ');
  return html`<span aria-hidden="true" class="number">${shown}</span><span class="unseen">${spoken}</span>`;
}
