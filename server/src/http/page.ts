import type { FastifyReply, FastifyRequest } from 'fastify';
import { attribute, type Html, html } from '../kernel/html.ts';
import type { Assets } from './assets.ts';
import { pageHeaders } from './headers.ts';

/** One page of Roost, without the frame that all of them share. */
export type Page = {
  readonly title: string;
  /** The whole `<main id="main">`: skip links lead to it. */
  readonly main: Html;
  /** What this part of Roost is called, as a chip beside the name; and one quiet sentence about it. */
  readonly part?: string;
  readonly note?: string;
  /** The link of the top bar that leads here. */
  readonly here?: string;
  /** Files of `server/public` that this page needs besides `roost.css`. */
  readonly styles?: readonly string[];
  readonly modules?: readonly string[];
};

/** Answers with a page or a part of one. */
export function sendHtml(
  request: FastifyRequest,
  reply: FastifyReply,
  markup: Html,
  status = 200,
): FastifyReply {
  reply.headers(pageHeaders(request.protocol === 'https'));
  return reply.code(status).type('text/html; charset=utf-8').send(String(markup));
}

/** The address at which the browser reaches us, for examples that can be pasted. */
export function originOf(request: FastifyRequest): string {
  const host = /^[a-z0-9.-]+(:\d+)?$|^\[[0-9a-f:]+\](:\d+)?$/i.test(request.host)
    ? request.host
    : 'localhost:8080';
  return `${request.protocol}://${host}`;
}

/** The roof with a bird's wing. */
const MARK = html`<svg class="mark" viewBox="0 0 32 32" fill="none" stroke="currentColor" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="M5 15 16 5l11 10"/><path d="M8 13v13h16V13"/><path d="M12.5 20c2.5 0 3.4-1 4.2-2.7.7-1.6 2-2.6 3.8-2"/></svg>`;

const LINKS: readonly (readonly [address: string, name: string])[] = [
  ['/sandbox', 'Sandbox phone'],
  ['/docs', 'Documents'],
  ['/docs/api', 'API reference'],
];

/** The whole document: head, top bar, and the page in it. */
export function framed(assets: Assets, page: Page): Html {
  const styles = ['roost.css', ...(page.styles ?? [])];
  const links = LINKS.map(
    ([address, name]) =>
      html`<a href="${address}"${attribute('aria-current', address === page.here ? 'page' : null)}>${name}</a>`,
  );
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${page.title}</title>
<link rel="icon" type="image/svg+xml" href="${assets.url('mark.svg')}">
${styles.map((name) => html`<link rel="stylesheet" href="${assets.url(name)}">\n`)}
${(page.modules ?? []).map((name) => html`<script type="module" src="${assets.url(name)}"></script>\n`)}
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<a class="brand" href="/">${MARK}<b>Roost</b></a>
${page.part === undefined ? null : html`<span class="chip">${page.part}</span>`}
${page.note === undefined ? null : html`<span class="note">${page.note}</span>`}
<nav class="links" aria-label="Roost">${links}</nav>
</header>
${page.main}
</body>
</html>
`;
}
