import { attribute, type Html, html } from '../../kernel/html.ts';
import { inline, type Resolve, wordsOf } from './inline.ts';

export type Heading = { readonly rank: number; readonly text: string; readonly anchor: string };
export type Rendered = {
  /** Of its first heading of rank 1; null when it has none. */
  readonly title: string | null;
  readonly headings: readonly Heading[];
  readonly body: Html;
};

type Reading = {
  readonly lines: readonly string[];
  readonly resolve: Resolve;
  readonly code: (text: string, language: string) => Html;
  readonly anchors: Set<string>;
  readonly headings: Heading[];
  /** Names of its tables, each used once. */
  readonly tables: Set<string>;
  at: number;
};

const FENCE = /^(```+|~~~+)\s*([\w-]*)/;
const HEADING = /^(#{1,6}) +(.*?)(?: +#+)?$/;
const ITEM = /^( *)(?:[-*]|(\d{1,3})[.)]) +(.*)$/;
const RULE = /^(?:---+|\*\*\*+)$/;
const TABLE_RULE = /^\|[ :|-]+\|$/;

/**
 * The subset of CommonMark and GitHub's tables that the documents of this project are written in: headings, paragraphs,
 * lists, quotes, tables, fenced code, rules. Everything is escaped; markup in a document is shown as text.
 */
export function renderMarkdown(
  text: string,
  resolve: Resolve,
  code: (text: string, language: string) => Html,
): Rendered {
  const reading: Reading = {
    ...{ lines: text.replace(/\r\n?/g, '\n').split('\n'), resolve, code, at: 0 },
    ...{ anchors: new Set<string>(), headings: [], tables: new Set<string>() },
  };
  const body = html`${blocks(reading)}`;
  const title = reading.headings.find(({ rank }) => rank === 1)?.text ?? null;
  return { title, headings: reading.headings, body };
}

function blocks(reading: Reading): Html[] {
  const found: Html[] = [];
  for (;;) {
    const line = reading.lines[reading.at];
    if (line === undefined) return found;
    if (line.trim() === '') reading.at += 1;
    else found.push(block(reading, line));
  }
}

function block(reading: Reading, line: string): Html {
  const fence = FENCE.exec(line);
  if (fence !== null) return fenced(reading, fence[1] ?? '```', fence[2] ?? '');
  const heading = HEADING.exec(line);
  if (heading !== null) return headingOf(reading, heading[1]?.length ?? 1, heading[2] ?? '');
  if (RULE.test(line.trim())) {
    reading.at += 1;
    return html`<hr>`;
  }
  if (line.startsWith('|') && TABLE_RULE.test(reading.lines[reading.at + 1]?.trim() ?? ''))
    return tableOf(reading);
  if (line.startsWith('>')) return quote(reading);
  if (ITEM.test(line)) return listOf(reading);
  return paragraph(reading);
}

function fenced(reading: Reading, mark: string, language: string): Html {
  reading.at += 1;
  const lines: string[] = [];
  for (;;) {
    const line = reading.lines[reading.at];
    reading.at += 1;
    if (line === undefined || line.trim() === mark) break;
    lines.push(line);
  }
  return reading.code(lines.join('\n'), language);
}

function headingOf(reading: Reading, rank: number, text: string): Html {
  reading.at += 1;
  const words = wordsOf(text);
  const anchor = anchorOf(text, reading.anchors);
  reading.headings.push({ rank, text: words, anchor });
  const shown = html`${inline(text, reading.resolve)} <a class="anchor" href="${`#${anchor}`}" aria-label="${`Link to ${words}`}">#</a>`;
  if (rank === 1) return html`<h1 id="${anchor}">${inline(text, reading.resolve)}</h1>`;
  if (rank === 2) return html`<h2 id="${anchor}">${shown}</h2>`;
  if (rank === 3) return html`<h3 id="${anchor}">${shown}</h3>`;
  return html`<h4 id="${anchor}">${shown}</h4>`;
}

/** As GitHub makes them. */
function anchorOf(text: string, taken: Set<string>): string {
  const words = text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
  const anchor = words.replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '').replaceAll(' ', '-');
  let name = anchor;
  for (let again = 1; taken.has(name); again += 1) name = `${anchor}-${again}`;
  taken.add(name);
  return name;
}

function tableOf(reading: Reading): Html {
  const { lines, resolve } = reading;
  const heads = cellsOf(lines[reading.at] ?? '');
  reading.at += 2;
  const rows: Html[] = [];
  for (let line = lines[reading.at]; line?.startsWith('|') === true; line = lines[reading.at]) {
    rows.push(html`<tr>${cellsOf(line).map((cell) => html`<td>${inline(cell, resolve)}</td>`)}</tr>`);
    reading.at += 1;
  }
  const isNamed = heads.some((head) => head !== '');
  const head = html`<thead><tr>${heads.map((cell) => html`<th scope="col">${inline(cell, resolve)}</th>`)}</tr></thead>`;
  return html`<div class="wide" role="region" aria-label="${tableName(reading)}" tabindex="0"><table>${isNamed ? head : null}<tbody>${rows}</tbody></table></div>`;
}

/** Landmarks are told apart by their names. */
function tableName({ headings, tables }: Reading): string {
  const about = `Table: ${headings.at(-1)?.text ?? ''}`;
  let name = about;
  for (let again = 2; tables.has(name); again += 1) name = `${about}, ${again}`;
  tables.add(name);
  return name;
}

/** Cells of a row; a bar within code, or after a backslash, is none. */
function cellsOf(line: string): readonly string[] {
  const inner = line.trim().replace(/^\|/, '').replace(/\|$/, '');
  const cells: string[] = [];
  let cell = '';
  let isCode = false;
  for (let i = 0; i < inner.length; i += 1) {
    const character = inner[i] ?? '';
    if (character === '\\' && inner[i + 1] === '|') {
      cell += '|';
      i += 1;
    } else if (character === '|' && !isCode) {
      cells.push(cell.trim());
      cell = '';
    } else {
      if (character === '`') isCode = !isCode;
      cell += character;
    }
  }
  return [...cells, cell.trim()];
}

function quote(reading: Reading): Html {
  const lines: string[] = [];
  for (
    let line = reading.lines[reading.at];
    line?.startsWith('>') === true;
    line = reading.lines[reading.at]
  ) {
    lines.push(line.replace(/^> ?/, ''));
    reading.at += 1;
  }
  return html`<blockquote>${blocks({ ...reading, lines, at: 0 })}</blockquote>`;
}

/** Items and what is indented below them, which may be blocks of any kind. */
function listOf(reading: Reading): Html {
  const [, indent = '', number] = ITEM.exec(reading.lines[reading.at] ?? '') ?? [];
  const items: string[][] = [];
  for (;;) {
    const line = reading.lines[reading.at];
    if (line === undefined) break;
    const item = ITEM.exec(line);
    const isOwn = item !== null && item[1] === indent && (item[2] === undefined) === (number === undefined);
    if (isOwn) items.push([item[3] ?? '']);
    else if (line.trim() === '') {
      if (!continues(reading, indent.length)) break;
      items.at(-1)?.push('');
    } else if (leadOf(line) > indent.length) items.at(-1)?.push(line.slice(indent.length));
    else if (item === null && isText(line)) items.at(-1)?.push(line);
    else break;
    reading.at += 1;
  }
  const shown = items.map((lines) => itemOf(reading, lines));
  if (number === undefined) return html`<ul>${shown}</ul>`;
  return html`<ol${attribute('start', number === '1' ? null : number)}>${shown}</ol>`;
}

/** Whether what follows an empty line still belongs to the list. */
function continues({ lines, at }: Reading, indent: number): boolean {
  const next = lines.slice(at + 1).find((line) => line.trim() !== '');
  return next !== undefined && (leadOf(next) > indent || (ITEM.test(next) && leadOf(next) === indent));
}

function itemOf(reading: Reading, [first = '', ...more]: readonly string[]): Html {
  const lead = Math.min(3, ...more.filter((line) => line.trim() !== '').map(leadOf));
  const lines = [first, ...more.map((line) => line.slice(Math.min(lead, leadOf(line))))];
  const isPlain = lines.every((line) => line.trim() !== '' && isText(line) && !ITEM.test(line));
  if (isPlain) return html`<li>${inline(lines.join(' '), reading.resolve)}</li>`;
  return html`<li>${blocks({ ...reading, lines, at: 0 })}</li>`;
}

function paragraph(reading: Reading): Html {
  const lines: string[] = [];
  for (let line = reading.lines[reading.at]; line !== undefined; line = reading.lines[reading.at]) {
    const isNew = lines.length > 0 && (!isText(line) || ITEM.test(line));
    if (line.trim() === '' || isNew) break;
    lines.push(line.trim());
    reading.at += 1;
  }
  return html`<p>${inline(lines.join(' '), reading.resolve)}</p>`;
}

const leadOf = (line: string): number => line.length - line.trimStart().length;
/** Whether a line goes on with a paragraph, as far as it tells by itself. */
const isText = (line: string): boolean =>
  !FENCE.test(line) && !HEADING.test(line) && !line.startsWith('|') && !line.startsWith('>');
