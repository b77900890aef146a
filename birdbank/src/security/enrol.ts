import type { AuthBank } from '../auth.ts';
import { refusalsOf } from '../confirm/refusals.ts';
import type { CustomerVisit, Enrolling } from '../customer.ts';
import { type Html, html } from '../html.ts';
import { fieldState, leaveFlash, noticeBox, problemSummary, takeFlash, titleOf } from '../pages/parts.ts';
import type { Flash, Problem } from '../session-data.ts';
import { readTypedCode } from '../typed-code.ts';
import type { Answer } from '../visit.ts';
import { confirmFirst, isFresh, SECURITY, securityCard } from './fresh.ts';

/** One way to add a factor whose owner types a first code. */
export type Way<Name extends Confirmable['way']> = {
  readonly name: Name;
  readonly words: (visit: CustomerVisit) => WayWords;
  /** What is asked for before it is begun. */
  readonly fields: (visit: CustomerVisit, flash: Flash | null) => Html | null;
  /** Begins it at Roost, or tells what is wrong; `typed` is shown again. */
  readonly begin: (bank: AuthBank, visit: CustomerVisit) => Promise<Begun<Name>>;
  /** What its owner needs to get a first code. */
  readonly show: (visit: CustomerVisit, enrolling: Extract<Enrolling, { way: Name }>) => Html;
  /** Once it is confirmed. */
  readonly added: (
    bank: AuthBank,
    visit: CustomerVisit,
    enrolling: Extract<Enrolling, { way: Name }>,
  ) => void;
  /** The kind of factor, for the history. */
  readonly kind: string;
  readonly isDigits: boolean;
};
type Begun<Name extends Enrolling['way']> =
  | Extract<Enrolling, { way: Name }>
  | { readonly problems: readonly Problem[]; readonly typed: { readonly [field: string]: string } };
type WayWords = {
  readonly title: string;
  readonly text: string;
  readonly begin: string;
  readonly label: string;
  readonly hint: string;
  readonly submit: string;
  readonly done: string;
};

type Confirmable = Exclude<Enrolling, { way: 'recovery' | 'passkey' }>;

/** The pages and forms of one way, below `/security/add/`. */
export function createWay<Name extends Confirmable['way']>(bank: AuthBank, way: Way<Name>) {
  const path = `${SECURITY}/add/${way.name}`;
  type Mine = Extract<Enrolling, { way: Name }>;
  const factorIdOf = (begun: Mine): string => (begun as Confirmable).factorId;
  const begunIn = ({ session }: CustomerVisit): Mine | null =>
    session.enrolling?.way === way.name ? (session.enrolling as Mine) : null;

  /** `GET /security/add/{way}` */
  function page(visit: CustomerVisit): Answer {
    const words = way.words(visit);
    const flash = takeFlash(visit, path);
    const begun = begunIn(visit);
    const news = [problemSummary(flash?.problems ?? [], visit), noticeBox(flash?.notice ?? null, visit)];
    const main = !isFresh(visit)
      ? stale(visit, words)
      : begun === null
        ? first(visit, words, flash)
        : second(visit, words, begun, flash);
    const title = titleOf(words.title, flash, visit);
    return { ...securityCard(visit, words.title, [...news, ...main]), title };
  }

  /** What was begun stays, and is shown again with a factor: whoever finds an open session gets no secret. */
  const stale = (visit: CustomerVisit, words: WayWords): readonly Html[] => [
    html`<p class="soft">${words.text}</p>`,
    confirmFirst(visit, path, visit.words.security.firstText),
  ];

  function first(visit: CustomerVisit, words: WayWords, flash: Flash | null): readonly Html[] {
    return [
      html`<p class="soft">${words.text}</p>`,
      html`<form method="post" action="${path}">
${visit.csrfField()}
${way.fields(visit, flash)}
<button>${words.begin}</button>
</form>`,
    ];
  }

  function second(visit: CustomerVisit, words: WayWords, begun: Mine, flash: Flash | null): readonly Html[] {
    return [
      way.show(visit, begun),
      html`<form method="post" action="${path}/confirm">
${visit.csrfField()}
<label for="code">${words.label}</label>
<p class="hint" id="code-hint">${words.hint}</p>
<input class="${way.isDigits ? 'code' : 'code long'}" id="code" name="code" autocomplete="${way.isDigits ? 'one-time-code' : 'off'}"
  inputmode="${way.isDigits ? 'numeric' : 'text'}" aria-required="true" spellcheck="false"${fieldState('code', 'code-hint', flash)}>
<button>${words.submit}</button>
</form>
<form method="post" action="${path}/cancel">
${visit.csrfField()}
<button class="quiet">${visit.words.confirm.cancel}</button>
</form>`,
    ];
  }

  /** `POST /security/add/{way}` */
  async function begin(visit: CustomerVisit): Promise<Answer> {
    if (!isFresh(visit)) return { redirectTo: path };
    await forget(visit);
    try {
      const begun = await way.begin(bank, visit);
      if ('problems' in begun) leaveFlash(visit, path, begun);
      else visit.session = { ...visit.session, enrolling: begun };
    } catch (error) {
      leaveFlash(visit, path, { problems: refusalsOf(bank, visit.words, error) });
    }
    return { redirectTo: path };
  }

  /** `POST /security/add/{way}/confirm`: the first code. */
  async function confirm(visit: CustomerVisit): Promise<Answer> {
    const begun = begunIn(visit);
    if (begun === null || !isFresh(visit)) return { redirectTo: path };
    const code = readTypedCode(visit.field('code'));
    if (code === '') {
      leaveFlash(visit, path, { problems: [{ text: visit.words.confirm.empty, field: 'code' }] });
      return { redirectTo: path };
    }
    try {
      await bank.roost.factors.confirm(visit.customer.id, factorIdOf(begun), code);
    } catch (error) {
      leaveFlash(visit, path, { problems: refusalsOf(bank, visit.words, error) });
      return { redirectTo: path };
    }
    way.added(bank, visit, begun);
    bank.events.add(visit.customer.id, { kind: 'factor-added', factor: way.kind, device: visit.place.label });
    visit.session = { ...visit.session, enrolling: null };
    visit.renewId();
    leaveFlash(visit, SECURITY, { notice: way.words(visit).done });
    return { redirectTo: SECURITY };
  }

  /** `POST /security/add/{way}/cancel` */
  async function cancel(visit: CustomerVisit): Promise<Answer> {
    await forget(visit);
    return { redirectTo: SECURITY };
  }

  /** What was begun and not confirmed proves nothing, and would go by itself. */
  async function forget(visit: CustomerVisit): Promise<void> {
    const begun = begunIn(visit);
    if (begun === null) return;
    await bank.roost.factors.remove(visit.customer.id, factorIdOf(begun)).catch(() => {});
    visit.session = { ...visit.session, enrolling: null };
  }

  return { path, page, begin, confirm, cancel };
}
