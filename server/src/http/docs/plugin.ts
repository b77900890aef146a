import type { FastifyInstance } from 'fastify';
import { attribute, type Html, html } from '../../kernel/html.ts';
import type { Assets } from '../assets.ts';
import { answerHeaders } from '../headers.ts';
import { framed, sendHtml } from '../page.ts';
import { wordsOf } from './inline.ts';
import { type Rendered, renderMarkdown } from './markdown.ts';
import type { Shelf } from './shelf.ts';

export type DocsDeps = { readonly assets: Assets; readonly shelf: Shelf };
const hidden = { schema: { hide: true } } as const;
type Named = { Params: { '*': string } };

/** The documents of the project as pages: `/docs` lists them, `/docs/{name}` is one. */
export async function docsPlugin(app: FastifyInstance, { assets, shelf }: DocsDeps): Promise<void> {
  const titles = new Map([...shelf.pages].map(([name, text]) => [name, titleOf(text, name)]));
  const rendered = new Map<string, Rendered>();
  const pageOf = (name: string): Rendered | null => {
    const text = shelf.pages.get(name);
    if (text === undefined) return null;
    const known = rendered.get(name) ?? renderMarkdown(text, shelf.resolver(name), codeOf);
    rendered.set(name, known);
    return known;
  };

  app.get('/docs', hidden, async (request, reply) => {
    const groups = [...titles].map(
      ([name, title]) => html`<li><a href="${`/docs/${name}`}">${title}</a></li>`,
    );
    const list =
      groups.length === 0
        ? html`<p>This copy of Roost came without its documents. They are in its repository, under <code>docs</code>.</p>`
        : html`<ul>${groups}</ul>`;
    const body = html`<h1>Documents</h1><p>How to use Roost, run it, and extend it. Every request and answer is in the <a href="/docs/api">API reference</a>.</p>${list}`;
    return sendHtml(request, reply, docsPage(assets, 'Documents', navigation(titles, null), body, []));
  });

  app.get<Named>('/docs/images/*', hidden, async (request, reply) => {
    const bytes = shelf.picture(request.params['*']);
    reply.headers(answerHeaders(request.protocol === 'https'));
    if (bytes === null)
      return reply.code(404).type('text/plain; charset=utf-8').send('There is no such picture.\n');
    return reply.header('cache-control', 'public, max-age=3600').type('image/png').send(bytes);
  });

  app.get<Named>('/docs/*', hidden, async (request, reply) => {
    const name = request.params['*'].replace(/\.md$/, '').replace(/\/$/, '');
    const page = pageOf(name);
    if (page === null) {
      const body = html`<h1>There is no such page</h1><p><a href="/docs">All documents</a></p>`;
      const shown = docsPage(assets, 'No such page', navigation(titles, null), body, []);
      return sendHtml(request, reply, shown, 404);
    }
    const title = titles.get(name) ?? name;
    const parts = page.headings.filter(({ rank }) => rank === 2);
    return sendHtml(request, reply, docsPage(assets, title, navigation(titles, name), page.body, parts));
  });
}

const titleOf = (text: string, name: string): string => wordsOf(/^# +(.+)$/m.exec(text)?.[1] ?? name);

function navigation(titles: ReadonlyMap<string, string>, here: string | null): Html {
  const links = [...titles].map(
    ([name, title]) =>
      html`<li><a href="${`/docs/${name}`}"${attribute('aria-current', name === here ? 'page' : null)}>${title}</a></li>`,
  );
  return html`<nav class="rooms" aria-label="Documents"><details open><summary>Documents</summary><ul>${links}</ul></details></nav>`;
}

function docsPage(assets: Assets, title: string, nav: Html, body: Html, parts: Rendered['headings']): Html {
  const contents =
    parts.length < 3
      ? null
      : html`<nav class="contents" aria-label="On this page"><ul>${parts.map(({ text, anchor }) => html`<li><a href="${`#${anchor}`}">${text}</a></li>`)}</ul></nav>`;
  const main = html`<div class="console">${nav}<main id="main" class="desk doc" tabindex="-1">${contents}<article>${body}</article></main></div>`;
  return framed(assets, {
    ...{ title: `${title} · Roost`, main, part: 'Documents', here: '/docs' },
    ...{ styles: ['console.css', 'docs.css'], modules: ['console.js', 'docs.js'] },
  });
}

/** The button is there for those whose browser runs scripts; `docs.js` shows it. */
function codeOf(text: string, language: string): Html {
  return html`<div class="code"><button type="button" class="quiet" data-copy="${text}" hidden><span class="says">Copy</span></button><pre tabindex="0" data-language="${language}"><code>${text}</code></pre></div>`;
}
