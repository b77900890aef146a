import { html } from '../html.ts';
import type { Page } from '../visit.ts';
import type { Words } from '../words/words.ts';

type Sentences = { readonly title: string; readonly text: string; readonly link: string };

/** A page that says one thing, and leads on. */
export const simplePage = (status: number, { title, text, link }: Sentences, linkTo: string): Page => ({
  title,
  status,
  main: html`<div class="card">
<h1>${title}</h1>
<p>${text}</p>
<p class="last"><a class="button" href="${linkTo}">${link}</a></p>
</div>`,
});

const problemPage = (status: number, sentences: Sentences): Page => simplePage(status, sentences, '/');

/** For a form that did not come from a page of this session. */
export const notAccepted = ({ problems }: Words): Page => problemPage(403, problems.notAccepted);

/** For the page of a verification that this session did not start; the same whether it exists elsewhere or not. */
export const notYours = ({ problems }: Words): Page => problemPage(404, problems.notYours);

export const notFound = ({ problems }: Words): Page => problemPage(404, problems.notFound);

export const unreadable = ({ problems }: Words, status: number): Page =>
  problemPage(status, problems.unreadable);

/** For a bug of ours. */
export const broken = ({ problems }: Words): Page => problemPage(500, problems.broken);
