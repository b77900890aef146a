import type { AuthBank } from '../auth.ts';
import { refusalsOf } from '../confirm/refusals.ts';
import type { CustomerVisit, Enrolling } from '../customer.ts';
import { type Html, html } from '../html.ts';
import { leaveFlash, noticeBox, problemSummary, takeFlash, titleOf } from '../pages/parts.ts';
import { simplePage } from '../pages/problem.ts';
import type { Answer } from '../visit.ts';
import { confirmFirst, isFresh, SECURITY, securityCard } from './fresh.ts';

const PATH = `${SECURITY}/recovery`;
/** How long new codes can be looked at; whoever says before that they have kept them ends it. */
const SHOWN_MS = 10 * 60_000;

type Shown = Extract<Enrolling, { way: 'recovery' }>;

function shownIn({ session, nowMs }: CustomerVisit): Shown | null {
  const { enrolling } = session;
  return enrolling?.way === 'recovery' && nowMs < enrolling.madeAtMs + SHOWN_MS ? enrolling : null;
}

/** `GET /security/recovery` */
export async function recoveryPage(bank: AuthBank, visit: CustomerVisit): Promise<Answer> {
  const { recovery } = visit.words.security;
  const shown = shownIn(visit);
  const flash = takeFlash(visit, PATH);
  const news = [problemSummary(flash?.problems ?? [], visit), noticeBox(flash?.notice ?? null, visit)];
  const main = shown === null ? await first(bank, visit) : codes(visit, shown);
  const title = titleOf(recovery.title, flash, visit);
  return { ...securityCard(visit, recovery.title, [...news, ...main]), title };
}

async function first(bank: AuthBank, visit: CustomerVisit): Promise<readonly (Html | null)[]> {
  const { recovery, firstText } = visit.words.security;
  const left = await codesLeft(bank, visit);
  const text = [
    html`<p class="soft">${recovery.text}</p>`,
    left === null ? null : html`<p class="notice">${recovery.left(left)} ${recovery.replaces}</p>`,
  ];
  if (!isFresh(visit)) return [...text, confirmFirst(visit, PATH, firstText)];
  return [
    ...text,
    html`<form method="post" action="${PATH}">
${visit.csrfField()}
<button>${left === null ? recovery.first : recovery.begin}</button>
</form>
<p class="aside"><a href="/accounts">${recovery.later}</a></p>`,
  ];
}

async function codesLeft({ roost }: AuthBank, { customer }: CustomerVisit): Promise<number | null> {
  try {
    const factors = await roost.factors.list(customer.id);
    return factors.find((factor) => factor.kind === 'recovery')?.codesLeft ?? null;
  } catch {
    return null; // the page still says what it is for
  }
}

function codes(visit: CustomerVisit, { codes: list }: Shown): readonly Html[] {
  const { recovery } = visit.words.security;
  return [
    html`<p class="notice" role="status">${recovery.shownOnce}</p>
<ol class="recovery-codes">${list.map((code) => html`<li><code>${code}</code></li>`)}</ol>
<p class="actions"><a class="button second" href="${PATH}/codes.txt" download>${recovery.download}</a>
<button type="button" class="second" data-print hidden>${recovery.print}</button></p>
<form method="post" action="${PATH}/kept">
${visit.csrfField()}
<button>${recovery.kept}</button>
</form>`,
  ];
}

/** `POST /security/recovery`: ten new codes; those of before are dead at once. */
export async function makeRecoveryCodes(bank: AuthBank, visit: CustomerVisit): Promise<Answer> {
  if (!isFresh(visit)) return { redirectTo: PATH };
  try {
    const made = await bank.roost.factors.enrol(visit.customer.id, { kind: 'recovery' });
    const enrolling: Shown = { way: 'recovery', codes: made.codes, madeAtMs: visit.nowMs };
    visit.session = { ...visit.session, enrolling };
    visit.renewId();
    bank.events.add(visit.customer.id, {
      ...{ kind: 'factor-added', factor: 'recovery', device: visit.place.label },
    });
  } catch (error) {
    leaveFlash(visit, PATH, { problems: refusalsOf(bank, visit.words, error) });
  }
  return { redirectTo: PATH };
}

/** `GET /security/recovery/codes.txt` */
export function recoveryFile(visit: CustomerVisit): Answer {
  const shown = shownIn(visit);
  if (shown === null) return simplePage(404, visit.words.security.factor.gone, SECURITY);
  const { recovery } = visit.words.security;
  const lines = [
    ...[recovery.fileTitle, '', recovery.fileText, recovery.fileMade(visit.words.date(shown.madeAtMs)), ''],
    ...shown.codes.map((code, index) => `${String(index + 1).padStart(2)}. ${code}`),
  ];
  const type = 'text/plain; charset=utf-8';
  return { file: `${lines.join('\r\n')}\r\n`, type, download: 'birdbank-recovery-codes.txt' };
}

/** `POST /security/recovery/kept`: they are never shown again. */
export function keptRecoveryCodes(visit: CustomerVisit): Answer {
  visit.session = { ...visit.session, enrolling: null };
  leaveFlash(visit, SECURITY, { notice: visit.words.security.recovery.done });
  return { redirectTo: SECURITY };
}
