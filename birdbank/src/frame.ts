import { HOME } from './home.ts';
import { type Html, html, when } from './html.ts';
import { timeOf } from './times.ts';
import type { Page } from './visit.ts';
import { languageSwitch } from './words/choosing.ts';
import type { Words } from './words/words.ts';

export type Frame = {
  /** Address of a file of `public`. */
  readonly asset: (name: string) => string;
  /** Where the codes of the sandbox can be read; null when messages really are sent. */
  readonly sandboxPhone: string | null;
  /** The server's clock: the browser's may be wrong. */
  readonly nowMs: number;
  readonly words: Words;
  /** Of the page, to mark where it is. */
  readonly path: string;
  /** Of a customer's session: the field of its form to sign out, and when it ends. null where nobody is signed in. */
  readonly customer: { readonly csrf: Html; readonly endsAtMs: number | null } | null;
};

const STYLES = ['birdbank.css', 'parts.css', 'security.css', 'banking.css'];

/** The bird, as in the top bar and on the card. */
const BIRD = html`<path d="M4 20c5 0 7-2 9-6 2-5 6-8 11-6l5-1-3 4c0 8-6 14-14 14-3 0-6-1-8-5z"/><circle class="eye" cx="23" cy="10.5" r="1.2"/>`;
const MARK = html`<svg class="mark" viewBox="0 0 32 32" aria-hidden="true">${BIRD}</svg>`;
const PERCHED = html`<svg class="perched" viewBox="0 0 32 32" aria-hidden="true"><path class="legs" d="m13 24-1 5.6m4-5.9.4 5.9"/>${BIRD}</svg>`;

/** The whole document around a page. */
export function framed(page: Page, { asset, sandboxPhone, nowMs, words, customer, path }: Frame): Html {
  const { frame } = words;
  return html`<!doctype html>
<html lang="${words.language}" data-now="${nowMs}" data-in="${frame.inTime}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${page.title} - BirdBank</title>
<link rel="icon" type="image/svg+xml" href="${asset('bird.svg')}">
${STYLES.map((name) => html`<link rel="stylesheet" href="${asset(name)}">`)}
<script type="module" src="${asset('birdbank.js')}"></script>
</head>
<body>
<a class="skip" href="#main">${frame.skip}</a>
<header class="top"><a class="brand" href="${customer === null ? '/' : HOME}">${MARK}<b>BirdBank</b></a>
${customer === null ? strangersNav(words) : customersNav(words, customer.csrf, path)}</header>
<main id="main" class="${page.isWide === true ? 'page wide-page' : 'page'}" tabindex="-1">
${page.step === undefined ? null : steps(page.step, words)}
${page.isWide === true ? null : html`<div class="branch">${PERCHED}</div>`}
${page.main}
</main>
${customer === null ? null : idleNotice(words, customer, nowMs)}
<footer class="foot">${
    sandboxPhone === null
      ? null
      : html`<p>${frame.noSms} <a href="${sandboxPhone}" target="_blank" rel="noopener">${frame.sandboxPhone}<span class="unseen"> ${frame.opensNewTab}</span></a>.</p>`
  }
${languageSwitch(words)}</footer>
</body>
</html>
`;
}

function strangersNav({ signIn }: Words): Html {
  return html`<nav class="nav" aria-label="${signIn.menu}"><ul><li><a href="/sign-in">${signIn.title}</a></li></ul></nav>`;
}

const NAV = [
  { path: HOME, room: 'accounts' },
  { path: '/payments', room: 'payments' },
  { path: '/security', room: 'security' },
] as const;

function customersNav(words: Words, csrf: Html, here: string): Html {
  const { signIn } = words;
  const links = NAV.map(({ path, room }) => {
    const isHere = here === path || here.startsWith(`${path}/`);
    return html`<li><a href="${path}"${when(isHere, html` aria-current="${here === path ? 'page' : 'true'}"`)}>${words[room].title}</a></li>`;
  });
  return html`<nav class="nav" aria-label="${signIn.menu}"><ul>
${links}
</ul></nav>
<form class="leave" method="post" action="/sign-out">${csrf}<button class="small">${signIn.signOut}</button></form>`;
}

/** Before the session ends, a script asks whether somebody is still there. Without scripts the page says when it ends. */
function idleNotice(
  words: Words,
  { csrf, endsAtMs }: NonNullable<Frame['customer']>,
  nowMs: number,
): Html | null {
  if (endsAtMs === null) return null;
  const { idle } = words.signIn;
  return html`<p class="idle-line" data-without-script>${idle.until} ${timeOf(endsAtMs, { nowMs, words })}.</p>
<dialog class="idle" id="idle" data-ends="${new Date(endsAtMs).toISOString()}" aria-labelledby="idle-title">
<h2 id="idle-title">${idle.title}</h2>
<p>${idle.text} <strong class="left"></strong>.</p>
<form method="post" action="/session" class="stay">${csrf}<button>${idle.stay}</button></form>
<form method="post" action="/sign-out">${csrf}<button class="quiet">${idle.leave}</button></form>
</dialog>`;
}

const STEPS = [1, 2, 3] as const;

function steps(now: 1 | 2 | 3, { frame }: Words): Html {
  const bars = STEPS.map((step) => html`<span class="${step <= now ? 'on' : 'off'}"></span>`);
  return html`<p class="steps"><span class="unseen">${frame.step(now, STEPS.length)}</span>${bars}</p>`;
}
