import { html } from '../html.ts';
import type { Page } from '../visit.ts';

function problemPage(status: number, title: string, sentence: string, link: string): Page {
  return {
    title,
    status,
    main: html`<div class="card">
<h1>${title}</h1>
<p>${sentence}</p>
<p class="last"><a class="button" href="/">${link}</a></p>
</div>`,
  };
}

/** For a form that did not come from a page of this session. */
export const notAccepted = (): Page =>
  problemPage(
    403,
    'This form could not be accepted',
    'The page it was on has been open for too long, or it came from another site. Nothing has been done. Open the page again and send the form once more.',
    'Open the page again',
  );

/** For the page of a verification that this session did not start; the same whether it exists elsewhere or not. */
export const notYours = (): Page =>
  problemPage(
    404,
    'This page is not open in this browser',
    'A code can only be entered in the browser that asked for it. It may also have been too long ago. Ask for a new code here.',
    'Ask for a code',
  );

export const notFound = (): Page =>
  problemPage(
    404,
    'There is no such page',
    'The address may be mistyped, or the page may have moved.',
    'Go to the first page',
  );

export const unreadable = (status: number): Page =>
  problemPage(
    status,
    'This could not be read',
    'BirdBank takes forms from its own pages only, and none as large as this. Nothing has been done.',
    'Open the page again',
  );

/** For a bug of ours. */
export const broken = (): Page =>
  problemPage(
    500,
    'Something went wrong on our side',
    'It was not your fault, and we have been told. Try again in a minute; what you have verified stays verified.',
    'Go to the first page',
  );
