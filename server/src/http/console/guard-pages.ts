import type { Block } from '../../app/guard-blocks.ts';
import { amountOf } from '../../domain/words/lint-costs.ts';
import { type Html, html } from '../../kernel/html.ts';
import { readingWords, ruleName, VERDICTS, WHENCE } from './decision-words.ts';
import { alert, consolePage, done, empty, field } from './frame.ts';
import type { GuardView, Sought } from './guard-view.ts';
import { boundOf } from './guard-words.ts';
import { projectAddress } from './layers-view.ts';
import { act, countryName, duration, moment, table } from './pieces.ts';
import { USUAL_PROJECT } from './scopes.ts';
import { tileMap } from './tile-map.ts';
import type { Visit } from './visit.ts';

const FORCES = {
  enforce: 'It refuses what a real provider would carry; towards the sandbox it only writes down.',
  monitor: 'It refuses nothing anywhere, and writes down what it would (ROOST_GUARD=monitor).',
  'monitor-live': 'It refuses nothing anywhere, and writes down what it would (ROOST_GUARD=monitor-live).',
} as const;

export function guardPage(
  visit: Visit,
  view: GuardView,
  sought: Sought | null,
  said: string | undefined,
): Html {
  const { today } = view;
  const bound = today.isWhole ? '' : ' Of so many only the newest are counted here.';
  const body = html`${done(said === 'lifted' ? 'The block is lifted. Only what comes from now on can close it again.' : null)}
<section><h2>Blocks in force</h2>${blocksOf(visit, view.blocks)}</section>
<section><h2>Why was this refused?</h2>
<form method="get" action="/console/guard" class="row">${field('decision', 'Decision or verification', { hint: 'The id of a verification, or Roost-Decision of a refusal.', value: sought?.id ?? '', autocomplete: 'off' })}<button>Find decision</button></form>${sought === null ? null : soughtOf(sought)}</section>
<section><h2>Rules</h2><p>Within 24 hours ${today.sent} ${today.sent === 1 ? 'code was' : 'codes were'} let through and ${today.refused} refused.${bound}</p>
${rulesOf(view)}<p class="inline"><a class="button quiet" href="${`/console/guard/rules/${projectAddress(view.projectId === USUAL_PROJECT ? '*' : view.projectId)}`}">${visit.may('guard') ? 'Change rules' : 'Where rules come from'}</a>${visit.may('guard') ? html`<a class="button quiet" href="/console/guard/replay">Try a file on the last days</a>` : null}</p></section>
<section><h2>Countries, 24 hours, live keys of ${view.projectId}</h2>${countriesOf(view, visit.nowMs)}</section>
<section><h2>Money, live keys of ${view.projectId}</h2>${moneyOf(view)}</section>
<section><h2>Another project</h2><form method="get" action="/console/guard" class="row">${field('project', 'Project', { value: view.projectId })}<button class="quiet">Show</button></form></section>`;
  return consolePage(visit, {
    ...{ title: 'Guard', lead: FORCES[view.force], body },
    styles: ['console-insight.css'],
  });
}

function blocksOf(visit: Visit, blocks: readonly Block[]): Html {
  if (blocks.length === 0)
    return empty('None. Where too few codes are verified, sending stops by itself, and it stands here.');
  const rows = blocks.map((block) => {
    const what =
      block.on === 'country'
        ? countryName(block.what)
        : html`Block of numbers <code>${block.what.slice(0, 8)}</code>`;
    const state = !block.isEnforced
      ? html`<span class="chip warn">only noted</span>`
      : visit.nowMs < block.untilMs
        ? html`<span class="chip bad">closed</span>`
        : html`<span class="chip warn">trying ${block.probes} ${block.probes === 1 ? 'probe' : 'probes'}</span>`;
    const lift = visit.may('guard')
      ? act(visit.token, '/console/guard/lift', 'Lift', { subject: block.subject })
      : null;
    return html`<tr><th scope="row">${what}<br><span class="soft">${block.mode} ${block.projectId}</span></th><td>${state}</td><td>${block.verified} of ${block.sends} verified <span class="soft">(${block.rule})</span></td><td>${moment(block.sinceMs)}</td><td>${moment(block.untilMs)}${block.times > 1 ? html`<br><span class="soft">${block.times} times in a row</span>` : null}</td><td>${lift}</td></tr>`;
  });
  return table('Blocks in force', ['What', 'State', 'Reason', 'Since', 'Until', '-Lift'], rows);
}

function soughtOf({ id, decision }: Sought): Html {
  if (decision === null)
    return html`<div class="result">${alert('There is no decision of that id. Those older than 90 days are gone.')}</div>`;
  const { outcome, atMs, channel, recipient, country, rule, retryAtMs, whence, readings } = decision;
  const isRefused = outcome === 'refused';
  const rows = readings.map((reading) => {
    const [tone, words] = VERDICTS[reading.verdict];
    return html`<tr><th scope="row">${ruleName(reading.rule)}<br><code>${reading.rule}</code></th><td class="said">${readingWords(reading)}</td><td><span class="${`chip ${tone}`}">${words}</span></td></tr>`;
  });
  const end = isRefused
    ? html`<span class="chip bad">refused</span> by <code>${rule}</code>${retryAtMs === null ? null : html`; the same may be sent again from ${moment(retryAtMs)}`}.`
    : html`<span class="chip good">let through</span>.`;
  return html`<div class="result" role="status"><p>${moment(atMs)}, ${channel}${recipient === null ? null : html` to ${recipient}`}${country === null ? null : html`, ${countryName(country)}`}: ${end} ${WHENCE[whence] ?? ''}</p>
${rows.length === 0 ? null : table('What each rule found', ['Rule', 'Found', 'Verdict'], rows)}
${isRefused ? null : html`<p><a href="${`/console/verifications/${id}`}">All of this verification</a></p>`}</div>`;
}

function rulesOf({ rules, today }: GuardView): Html {
  const rows = rules.map((rule) => {
    const counts = today.byRule.get(rule.id) ?? { refused: 0, wouldRefuse: 0 };
    const chip = { enforce: 'chip good', monitor: 'chip warn', off: 'chip' }[rule.mode];
    return html`<tr><th scope="row"><code>${rule.id}</code><br><span class="soft">${ruleName(rule.id)}</span></th><td><span class="${chip}">${rule.mode}</span></td><td class="said">${boundOf(rule)}</td><td class="number">${counts.refused}</td><td class="number">${counts.wouldRefuse}</td></tr>`;
  });
  return table('Rules', ['Rule', 'Mode', 'Bound', '#Refused', '#Would refuse'], rows);
}

const DAY_MS = 86_400_000;

function countriesOf({ countries, today, rules, projectId }: GuardView, nowMs: number): Html {
  const allow = rules.find((rule) => rule.kind === 'countries');
  const named = allow?.kind === 'countries' ? allow.allow : null;
  if (countries.length === 0)
    return empty(
      named === null
        ? 'Codes may go everywhere, and went nowhere today. Name the countries of your customers under Rules.'
        : 'No country is allowed.',
    );
  const rows = countries
    .toSorted((a, b) => b.sends - a.sends || (a.country < b.country ? -1 : 1))
    .map(({ country, sends, verified }) => {
      const isAllowed = named === null || named.includes(country);
      return html`<tr><th scope="row">${countryName(country)}</th><td><span class="${isAllowed ? 'chip good' : 'chip'}">${isAllowed ? 'allowed' : 'not chosen'}</span></td><td class="number">${sends}</td><td class="number">${verified}</td><td class="number">${sends === 0 ? '–' : `${Math.round((100 * verified) / sends)} %`}</td><td class="number">${today.refusedByCountry.get(country) ?? 0}</td></tr>`;
    });
  const from = new Date(nowMs - DAY_MS).toISOString().slice(0, 16);
  const link = (country: string) =>
    `/console/verifications?${new URLSearchParams({ mode: 'live', project: projectId, from, country })}`;
  const places = countries.map(({ country, sends }) => ({ country, count: sends }));
  return html`${tileMap(places, link)}<p class="soft">Codes that rules count: to numbers that were verified within 90 days they are not counted. Refused ones are of all projects.</p>${table('Countries', ['Country', 'Codes', '#Sent', '#Verified', '#Share', '#Refused'], rows)}`;
}

function moneyOf({ budgets, currency }: GuardView): Html {
  if (budgets.length === 0)
    return empty(
      'No budget is set. Set one under Rules, or put "money": { "perDay": 100 } into the part guard of the configuration.',
    );
  const money = (micros: number) =>
    `${amountOf({ micros, currency: '' })}${currency === null ? '' : ` ${currency}`}`;
  const rows = budgets.map(
    ({ rule, what, usedMicros, lastHourMicros }) =>
      html`<tr><th scope="row">${rule.on}${what === '' ? null : html` <code>${what}</code>`}</th><td class="number">${money(usedMicros)}</td><td class="number">${money(rule.most)}</td><td><progress max="${Math.max(1, rule.most)}" value="${Math.min(usedMicros, rule.most)}" aria-label="Used of the budget">${usedMicros}</progress></td><td class="number">${money(lastHourMicros)}</td><td>${leftWords(rule.most - usedMicros, lastHourMicros)}</td></tr>`,
  );
  return table('Budgets', ['Of', '#Used', '#Budget', 'Share', '#Last hour', 'At this pace'], rows);
}

function leftWords(leftMicros: number, hourMicros: number): string {
  if (leftMicros <= 0) return 'used up';
  if (hourMicros === 0) return 'lasts';
  const hours = leftMicros / hourMicros;
  return hours > 24 ? 'lasts' : `used up in ${duration(hours * 3_600_000)}`;
}
