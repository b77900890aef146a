import type { Replayed } from '../../app/guard/replay.ts';
import type { RuleChange } from '../../domain/guard/changes.ts';
import { amountOf } from '../../domain/words/lint-costs.ts';
import { type Html, html } from '../../kernel/html.ts';
import { sendHtml } from '../page.ts';
import { consolePage, empty } from './frame.ts';
import { area, choose, hidden, moment, table } from './pieces.ts';
import type { Room } from './plugin.ts';
import { type ConsoleForm, demand, demandFresh, type Visit } from './visit.ts';

export type Drafted =
  | { readonly kind: 'replayed'; readonly changes: readonly RuleChange[]; readonly report: Replayed }
  | { readonly kind: 'refused'; readonly problems: readonly string[] };
export type Span = { readonly days: number; readonly of: 'real' | 'sandbox' };
export type ReplayNeeds = {
  /** The part `guard` of the configuration file as it is; null when there is none. */
  readonly present: string | null;
  readonly currency: string | null;
  /** Reads a draft of that part, and judges the past by it. Nothing is sent, and nothing is changed. */
  readonly replay: (draft: string, span: Span) => Promise<Drafted>;
};

const DAYS = ['1', '3', '7', '14'] as const;
const EXAMPLE = '{\n  "countries": ["NL", "BE"],\n  "rules": { "key-day": { "most": 5000 } }\n}';

/** Other rules tried on what was asked for: what they would have stopped, saved, and whom they would have hurt. */
export const guardReplayRoom =
  (needs: ReplayNeeds): Room =>
  (app, deps, visitOf) => {
    app.get('/console/guard/replay', hidden, async (request, reply) => {
      demand(request, 'guard');
      return sendHtml(request, reply, replayPage(visitOf(request), needs, {}, null));
    });

    app.post<{ Body: ConsoleForm }>('/console/guard/replay', hidden, async (request, reply) => {
      const by = demandFresh(request, 'guard', deps.nowMs());
      const { draft = '' } = request.body;
      const span = spanIn(request.body);
      const drafted = await needs.replay(draft, span);
      await deps.record(by, 'guard.replayed', `${span.days} days`, drafted.kind);
      const page = replayPage(visitOf(request), needs, request.body, drafted);
      return sendHtml(request, reply, page, drafted.kind === 'refused' ? 422 : 200);
    });
  };

/** The fields that `spanIn` reads. */
export const replayFields = (form: ConsoleForm): Html =>
  html`${choose(
    'days',
    'Of the last',
    DAYS.map((value) => ({ value, name: value === '1' ? 'day' : `${value} days` })),
    form.days ?? '7',
  )}${choose(
    'of',
    'Codes that',
    [
      { value: 'real', name: 'real providers carried' },
      { value: 'sandbox', name: 'the sandbox carried' },
    ],
    form.of ?? 'real',
  )}`;

/** What of the past is to be judged once more. */
export const spanIn = ({ days, of }: ConsoleForm): Span => ({
  days: Number(DAYS.find((one) => one === days) ?? '7'),
  of: of === 'sandbox' ? 'sandbox' : 'real',
});

function replayPage(visit: Visit, needs: ReplayNeeds, form: ConsoleForm, drafted: Drafted | null): Html {
  const body = html`${drafted === null ? null : replayResult(drafted, needs.currency)}
<form method="post" action="/console/guard/replay">${visit.token}
${area('draft', 'Rules', { rows: 10, value: form.draft ?? needs.present ?? EXAMPLE, hint: 'The part "guard" of the configuration file, as JSON.' })}
<div class="row">${replayFields(form)}<button>Replay</button></div></form>
<p class="soft">What people do whose code is stopped, such as asking again, it cannot know. To enforce a file put it in the place of the one that is read, and start again; what is set in the console goes on lying over it.</p>
<p><a href="/console/guard">Back to the guard</a></p>`;
  return consolePage(visit, {
    title: 'Try other rules',
    lead: 'Judges what was asked for once more, by a configuration file of yours. Nothing is sent, and nothing is changed.',
    body,
  });
}

/** What other rules would have done. */
export function replayResult(drafted: Drafted, currency: string | null): Html {
  if (drafted.kind === 'refused')
    return html`<div class="alert" role="alert"><p>These rules cannot be used:</p><ul>${drafted.problems.map((one) => html`<li>${one}</li>`)}</ul></div>`;
  const { report, changes } = drafted;
  const money = (micros: number) =>
    `${amountOf({ micros, currency: '' })}${currency === null ? '' : ` ${currency}`}`;
  const changed = changes.map(
    ({ rule, change, fields }) =>
      html`<li><code>${rule}</code>: ${change === 'changed' ? fields.map(({ name, from, to }) => `${name} ${from} → ${to}`).join(', ') : change}</li>`,
  );
  const sums = (about: string, all: Replayed['byRule']) =>
    table(
      about,
      [about, '#Refuses', '#Stops', '#Hurts', '#Saves'],
      Object.entries(all)
        .slice(0, 20)
        .map(
          ([name, { refused, stopped, hurt, savedMicros }]) =>
            html`<tr><th scope="row">${name}</th><td class="number">${refused}</td><td class="number">${stopped}</td><td class="number">${hurt}</td><td class="number">${money(savedMicros)}</td></tr>`,
        ),
    );
  const examples = report.examples.map(
    ({ atMs, recipient, country, rule, value, most, wasVerified, key }) =>
      html`<tr><th scope="row">${moment(atMs)}</th><td>${recipient ?? 'forgotten'}</td><td>${country ?? '–'}</td><td><code>${rule}</code> ${value} of ${most}</td><td>${wasVerified ? html`<span class="chip bad">had been verified</span>` : 'never verified'}</td><td><a href="${`/console/verifications/${key.id}`}">Verification</a></td></tr>`,
  );
  return html`<div class="result" role="status"><h2>What these rules would have done</h2>
${changed.length === 0 ? html`<p>They are the rules in force.</p>` : html`<ul class="plain">${changed}</ul>`}
<p>${moment(report.sinceMs)} to ${moment(report.untilMs)}: ${report.was.sent} sent, ${report.was.refused} refused. These rules refuse ${report.refused}. Of what was sent they stop <b>${report.stopped}</b>, which saves <b>${money(report.savedMicros)}</b>; <b>${report.hurt}</b> of the stopped had been verified, by ${report.hurtRecipients} ${report.hurtRecipients === 1 ? 'recipient' : 'recipients'}. They let ${report.admitted} through that had been refused.</p>
${report.refused === 0 ? empty('They stop nothing of it.') : html`${sums('Rule', report.byRule)}${sums('Country', report.byCountry)}`}
${examples.length === 0 ? null : html`<h3>Examples of what they stop</h3>${table('Examples', ['When', 'Whom', 'Country', 'Rule', 'Then', '-Link'], examples)}`}</div>`;
}
