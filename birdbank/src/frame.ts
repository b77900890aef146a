import { type Html, html } from './html.ts';
import type { Page } from './visit.ts';

export type Frame = {
  /** Address of a file of `public`. */
  readonly asset: (name: string) => string;
  /** Where the codes of the sandbox can be read; null when messages really are sent. */
  readonly sandboxPhone: string | null;
  /** The server's clock: the browser's may be wrong. */
  readonly nowMs: number;
};

/** The bird, as in the top bar and on the card. */
const BIRD = html`<path d="M4 20c5 0 7-2 9-6 2-5 6-8 11-6l5-1-3 4c0 8-6 14-14 14-3 0-6-1-8-5z"/><circle class="eye" cx="23" cy="10.5" r="1.2"/>`;
const MARK = html`<svg class="mark" viewBox="0 0 32 32" aria-hidden="true">${BIRD}</svg>`;
const PERCHED = html`<svg class="perched" viewBox="0 0 32 32" aria-hidden="true"><path class="legs" d="m13 24-1 5.6m4-5.9.4 5.9"/>${BIRD}</svg>`;

/** The whole document around a page. */
export function framed(page: Page, { asset, sandboxPhone, nowMs }: Frame): Html {
  return html`<!doctype html>
<html lang="en" data-now="${nowMs}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${page.title} - BirdBank</title>
<link rel="icon" type="image/svg+xml" href="${asset('bird.svg')}">
<link rel="stylesheet" href="${asset('birdbank.css')}">
<script type="module" src="${asset('birdbank.js')}"></script>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top"><a class="brand" href="/">${MARK}<b>BirdBank</b></a></header>
<main id="main" class="page" tabindex="-1">
${page.step === undefined ? null : steps(page.step)}
<div class="branch">${PERCHED}</div>
${page.main}
</main>
<footer class="foot">${
    sandboxPhone === null
      ? null
      : html`<p>No SMS arrives here: read the code on the <a href="${sandboxPhone}" target="_blank" rel="noopener">sandbox phone<span class="unseen"> (opens a new tab)</span></a>.</p>`
  }</footer>
</body>
</html>
`;
}

const STEPS = [1, 2, 3] as const;

function steps(now: 1 | 2 | 3): Html {
  const bars = STEPS.map((step) => html`<span class="${step <= now ? 'on' : 'off'}"></span>`);
  return html`<p class="steps"><span class="unseen">Step ${now} of ${STEPS.length}</span>${bars}</p>`;
}
