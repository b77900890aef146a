import { type Html, html } from '../../kernel/html.ts';

/** Where a link or picture of a document leads; null when nothing is served there. */
export type Resolve = (target: string) => string | null;

/** Code, pictures, links, addresses in angle brackets, line breaks, bold and italic; nothing else is markup. */
const PIECES =
  /(`+)(.+?)\1(?!`)|!\[([^\]]*)\]\(([^)\s]+)\)|\[((?:`[^`]*`|[^\]`])*)\]\(([^)\s]+)\)|<((?:https?|mailto):[^>\s]+)>|(<br>)|\*\*(.+?)\*\*|\*([^*\s](?:[^*]*[^*\s])?)\*/;
const SAFE = /^(?:https?:|mailto:|\/|#)/;

/** One run of text as markup. What is no markup of ours is text. */
export function inline(text: string, resolve: Resolve): Html {
  const parts: (Html | string)[] = [];
  let rest = text;
  for (;;) {
    const found = PIECES.exec(rest);
    if (found === null) break;
    parts.push(plain(rest.slice(0, found.index)), pieceOf(found, resolve));
    rest = rest.slice(found.index + found[0].length);
  }
  return html`${[...parts, plain(rest)]}`;
}

/** A backslash before punctuation stands for the mark itself. */
const plain = (text: string): string => text.replace(/\\([\\`*_{}[\]()#+.!|<>-])/g, '$1');

function pieceOf(found: RegExpExecArray, resolve: Resolve): Html {
  const [, ticks, code, alternative = '', picture, label = '', target, address, br, bold, italic = ''] =
    found;
  if (ticks !== undefined) return html`<code>${(code ?? '').replace(/^ (.+) $/, '$1')}</code>`;
  if (picture !== undefined) {
    const from = safe(resolve(picture));
    return from === null
      ? html`${alternative}`
      : html`<img src="${from}" alt="${alternative}" loading="lazy">`;
  }
  if (target !== undefined) {
    const to = safe(resolve(target));
    const shown = inline(label, resolve);
    return to === null ? shown : html`<a href="${to}">${shown}</a>`;
  }
  if (address !== undefined) return html`<a href="${address}">${address.replace(/^mailto:/, '')}</a>`;
  if (br !== undefined) return html`<br>`;
  if (bold !== undefined) return html`<strong>${inline(bold, resolve)}</strong>`;
  return html`<em>${inline(italic, resolve)}</em>`;
}

const safe = (address: string | null): string | null =>
  address !== null && SAFE.test(address) ? address : null;

/** The same without its marks, for titles. */
export const wordsOf = (text: string): string =>
  text.replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '');
