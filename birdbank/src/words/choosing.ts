import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Html, html } from '../html.ts';
import { isLanguage, languageCookie, languages, type Words, wordsIn } from './words.ts';

const A_YEAR_SECONDS = 365 * 86_400;

/**
 * Takes the choice of a language: any address with `?language=nl` keeps it in a cookie and leads back to itself. It is
 * all that a link may change here; nothing but the words of pages depends on it.
 */
export function takeLanguageChoices(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    const { language } = request.query as { language?: unknown };
    if (request.method !== 'GET' || !isLanguage(language)) return;
    reply.setCookie(languageCookie(request), language, {
      ...{ path: '/', httpOnly: true, sameSite: 'lax', secure: request.protocol === 'https' },
      maxAge: A_YEAR_SECONDS,
    });
    reply.header('cache-control', 'no-store');
    return reply.redirect(addressOf(request), 303);
  });
}

/** Links to the same page in each other language, as each calls itself. */
export function languageSwitch(words: Words): Html {
  const links = languages.map((language) => {
    const { frame } = wordsIn(language);
    const choice = `?language=${language}`;
    return language === words.language
      ? html`<li><span lang="${language}" aria-current="true">${frame.ownName}</span></li>`
      : html`<li><a href="${choice}" lang="${language}" hreflang="${language}" rel="nofollow">${frame.ownName}</a></li>`;
  });
  return html`<nav class="languages" aria-label="${words.frame.languages}"><ul>${links}</ul></nav>`;
}

/** Where a request went, without its query: an address of our own, whatever was sent. */
function addressOf({ url }: Pick<FastifyRequest, 'url'>): string {
  const path = url.split('?')[0] ?? '/';
  return /^\/(?![/\\])[\w./~-]*$/.test(path) ? path : '/';
}
