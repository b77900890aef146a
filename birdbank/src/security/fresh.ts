import type { CustomerVisit, Purpose } from '../customer.ts';
import { type Html, html } from '../html.ts';
import type { Page } from '../visit.ts';

export const SECURITY = '/security';

/** How long a factor that was shown stays good for changes. */
const FRESH_MS = 5 * 60_000;
/** As Roost is told it. */
const PURPOSE = 'change-security';

// #region fresh
/** Whether a factor was shown just now in this session, and not the one that is about to be changed. */
export const isFresh = ({ session, nowMs }: CustomerVisit, exceptFactor: string | null = null): boolean =>
  session.fresh !== null && nowMs < session.fresh.atMs + FRESH_MS && session.fresh.factorId !== exceptFactor;
// #endregion

/**
 * Changes to factors, the password and the user name need a factor that was shown just now. The reference is the page
 * where the change is made; of the pages of one factor, `exceptFactor` is that one.
 */
export const securityPurpose: Purpose = {
  name: PURPOSE,
  subject({ words }, reference) {
    const place = placeIn(reference);
    if (place === null) return null;
    return {
      ...{ title: words.security.confirmTitle, details: null, transaction: null, backTo: SECURITY },
      exceptFactor: place.factorId,
    };
  },
  approved: (_visit, { reference }) => ({ redirectTo: reference }),
};

const PLACES =
  /^\/security\/(?:add\/(?:app|phone|token|passkey)|recovery|password|user-name|factors\/([0-9a-f]{32}))$/;

/** A page of ours, and the factor that it is about; null for anything else. */
export function placeIn(path: string): { readonly factorId: string | null } | null {
  const found = PLACES.exec(path);
  return found === null ? null : { factorId: found[1] ?? null };
}

/** In the place of a form that needs a factor first: what it is, and the way there. */
export function confirmFirst(visit: CustomerVisit, path: string, sentence: string): Html {
  const { security } = visit.words;
  return html`<p class="notice">${sentence}</p>
<form method="post" action="${SECURITY}/confirm">
${visit.csrfField()}
<input type="hidden" name="next" value="${path}">
<button>${security.confirmFirst}</button>
</form>`;
}

/** The card of one page below the security page. */
export function securityCard(visit: CustomerVisit, title: string, main: readonly (Html | null)[]): Page {
  const { security } = visit.words;
  return {
    title,
    main: html`<div class="card">
<h1>${title}</h1>
${main}
</div>
<p class="aside"><a href="${SECURITY}">${security.back}</a></p>`,
  };
}
