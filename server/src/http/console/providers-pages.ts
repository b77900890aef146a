import type { Trouble } from '../../app/delivery/how-it-does.ts';
import { CHANNELS, type Message } from '../../domain/message.ts';
import type { ProjectRoutes, RouteStep } from '../../domain/route.ts';
import type { SandboxFault } from '../../domain/sandbox-faults.ts';
import { amountOf } from '../../domain/words/lint-costs.ts';
import type { Failure } from '../../kernel/failure.ts';
import { type Html, html } from '../../kernel/html.ts';
import { faultForm, faultsInForce } from '../fault-form.ts';
import { consolePage, empty, field } from './frame.ts';
import { act, choose, countryName, duration, moment, table } from './pieces.ts';
import type { Previewed, ProviderView } from './providers-view.ts';
import { type OwnRecipient, testTargets } from './recipients-view.ts';
import { USUAL_PROJECT } from './scopes.ts';
import type { Visit } from './visit.ts';

type Overview = {
  readonly views: readonly ProviderView[];
  readonly routes: readonly (readonly [project: string, ProjectRoutes | null])[];
};

export function providersPage(
  visit: Visit,
  { views, routes }: Overview,
  previewed: Previewed | null,
  problem: Failure | null,
): Html {
  const rows = views.map((view) => {
    const sum = { accepted: 0, delivered: 0, undelivered: 0, failed: 0, delayMs: 0 };
    for (const rate of view.rates) {
      sum.accepted += rate.accepted;
      sum.delivered += rate.delivered;
      sum.undelivered += rate.undelivered;
      sum.failed += rate.failed;
      sum.delayMs += (rate.delayMs ?? 0) * rate.delivered;
    }
    return html`<tr><th scope="row"><a href="${`/console/providers/${view.id}`}">${view.id}</a><br><span class="soft">${view.kind}</span></th><td>${view.channels.join(', ')}</td><td>${healthOf(view)}</td><td>${checkOf(view)}</td>
<td class="number">${sum.accepted + sum.failed}</td><td class="number">${shareOf(sum)}</td><td class="number">${sum.delivered === 0 ? '–' : duration(sum.delayMs / sum.delivered)}</td></tr>`;
  });
  const none =
    views.length > 1
      ? null
      : html`<p>No provider is configured: every message ends on the <a href="/sandbox">sandbox phone</a>. <a href="/docs/providers/README">How to add one</a></p>`;
  const heads = ['Provider', 'Carries', 'Now', 'Credentials', '#24 h', '#Delivered', '#Time'];
  const body = html`<section>${none}${table('Providers', heads, rows)}</section>
<section><h2>Which way would a message take?</h2>${previewForm(visit, previewed, problem)}</section>
<section><h2>Routes</h2>${routes.map(([project, found]) => routesOf(project, found))}
<p><a class="button quiet" href="/console/routes/of/_all">${visit.may('providers') ? 'Change routes' : 'Where routes come from'}</a></p></section>`;
  return consolePage(visit, {
    title: 'Providers and routes',
    lead: 'Figures are of the last 24 hours. Providers and their credentials are changed in the configuration file.',
    body,
  });
}

function healthOf({ state, untilMs, faults }: ProviderView): Html {
  if (faults !== null && faults.length > 0) return html`<span class="chip warn">faults on</span>`;
  if (state === 'closed') return html`<span class="chip good">well</span>`;
  if (state === 'probing') return html`<span class="chip warn">being tried again</span>`;
  return html`<span class="chip bad">passed over</span><br><span class="soft">tried again ${moment(untilMs)}</span>`;
}

function checkOf({ canBeChecked, check, kind }: ProviderView): Html {
  if (!canBeChecked)
    return html`<span class="soft">${kind === 'sandbox' ? 'needs none' : 'cannot be asked'}</span>`;
  if (check === null) return html`<span class="chip warn">not asked yet</span>`;
  const isGood = check.outcome.kind === 'good';
  return html`<span class="${isGood ? 'chip good' : 'chip bad'}">${isGood ? 'good' : 'wrong'}</span>`;
}

type Sums = { readonly accepted: number; readonly delivered: number; readonly undelivered: number };
/** Of those whose end is known. */
function shareOf({ delivered, undelivered }: Sums): string {
  const known = delivered + undelivered;
  return known === 0 ? '–' : `${Math.round((1000 * delivered) / known) / 10} %`;
}

function previewForm(visit: Visit, previewed: Previewed | null, problem: Failure | null): Html {
  const form = html`<form method="post" action="/console/providers/preview" class="row">${visit.token}
${field('to', 'Number or address', { hint: 'Such as +31612345678', problem: problem?.message ?? null, autocomplete: 'off' })}
${choose(
  'channel',
  'Channel',
  CHANNELS.map((value) => ({ value })),
  previewed?.channel ?? 'sms',
)}
${field('project', 'Project', { value: previewed?.project ?? USUAL_PROJECT })}
<button>Show the way</button></form>`;
  return html`${form}${previewed === null ? null : wayOf(previewed)}`;
}

function wayOf({ to, channel, project, steps, isForSandbox }: Previewed): Html {
  const what = html`<b>${to}</b> by ${channel}, live, in ${project}`;
  if (isForSandbox)
    return html`<div class="result" role="status"><p>${what}: it ends on the sandbox phone, since no provider is configured.</p></div>`;
  if (steps.length === 0)
    return html`<div class="result" role="status"><p>${what}: <span class="chip bad">no route</span> leads there. A create is refused.</p></div>`;
  const items = steps.map(({ provider, channel: by, passedOver, estimate }, i) => {
    const why =
      i > 0
        ? 'if all before it fail'
        : passedOver.length > 0
          ? `first, since ${passedOver.join(', ')} ${passedOver.length === 1 ? 'is' : 'are'} failing now`
          : 'first for this recipient';
    const cost =
      estimate === null ? 'no price is known' : `${amountOf(estimate)} ${estimate.currency} a message`;
    return html`<li><b>${provider}</b> by ${by}: ${why}; ${cost}.</li>`;
  });
  return html`<div class="result" role="status"><p>${what}:</p><ol>${items}</ol></div>`;
}

function routesOf(project: string, routes: ProjectRoutes | null): Html {
  if (routes === null) return empty('There is no route: every message is for the sandbox.');
  const rows = CHANNELS.flatMap((channel) =>
    (routes[channel] ?? []).map(
      (step, i) =>
        html`<tr><th scope="row">${channel}</th><td class="number">${i + 1}</td><td>${step.provider}</td><td>${whomFor(step)}</td></tr>`,
    ),
  );
  const name = project === '*' ? 'Every project without routes of its own' : project;
  return html`<h3>${name}</h3>${rows.length === 0 ? empty('It has no route for any channel.') : table(`Routes of ${name}`, ['Channel', '#Order', 'Provider', 'For'], rows)}`;
}

function whomFor({ countries, prefixes, lineTypes, sharePercent }: RouteStep): string {
  const told = [
    ...(countries === null ? [] : [countries.join(', ')]),
    ...(prefixes === null ? [] : [`numbers that begin with ${prefixes.join(', ')}`]),
    ...(lineTypes === null ? [] : [lineTypes.join(', ')]),
    ...(sharePercent === null ? [] : [`first for ${sharePercent} % of them`]),
  ];
  return told.length === 0 ? 'everybody' : told.join('; ');
}

/** The test that was sent last, and where this operator may send one. */
type Testing = { readonly last: Message | null; readonly own: readonly OwnRecipient[] };

export function providerPage(
  visit: Visit,
  view: ProviderView,
  troubles: readonly Trouble[],
  testing: Testing,
): Html {
  const path = `/console/providers/${view.id}`;
  const check =
    view.check === null
      ? html`<p>Nobody has asked it yet.</p>`
      : html`<p>${moment(view.check.atMs)}: ${view.check.outcome.kind === 'good' ? (view.check.outcome.note ?? 'it takes the credentials') : view.check.outcome.kind === 'bad' ? view.check.outcome.reason : 'it has no call that sends nothing'}.</p>`;
  const checkAct =
    visit.may('providers') && view.canBeChecked
      ? act(visit.token, `${path}/check`, 'Check credentials', {}, 'plain')
      : null;
  const rates = view.rates.map(
    (rate) =>
      html`<tr><th scope="row">${countryName(rate.country)}</th><td class="number">${rate.accepted}</td><td class="number">${rate.failed}</td><td class="number">${rate.delivered}</td><td class="number">${rate.undelivered}</td><td class="number">${shareOf(rate)}</td><td class="number">${rate.delayMs === null ? '–' : duration(rate.delayMs)}</td></tr>`,
  );
  const errors = troubles.map(
    ({ atMs, verificationId, channel, state, reason }) =>
      html`<tr><th scope="row">${moment(atMs)}</th><td>${channel}</td><td><span class="chip bad">${state}</span></td><td>${reason ?? 'no reason was given'}</td><td><a href="${`/console/verifications/${verificationId}`}">Verification</a></td></tr>`,
  );
  const heads = ['Country', '#Taken', '#Not taken', '#Delivered', '#Undelivered', '#Share', '#Time'];
  const body = html`<section><p>${healthOf(view)} It carries ${view.channels.join(', ')}.</p></section>
${view.canBeChecked ? html`<section><h2>Credentials</h2>${check}${checkAct}</section>` : null}
${view.faults === null ? null : faultsOf(visit, view.faults)}
${visit.may('providers') ? testOf(visit, view, testing) : null}
<section><h2>By country, 7 days</h2>${rates.length === 0 ? empty('Nothing was sent by it within 7 days.') : table('Figures by country', heads, rates)}</section>
<section><h2>Last troubles, 24 h</h2>${errors.length === 0 ? empty('None.') : table('Last troubles', ['When', 'Channel', 'State', 'Reason', '-Link'], errors)}</section>
<p><a href="/console/providers">All providers</a></p>`;
  return consolePage(visit, { title: view.id, lead: view.kind, body });
}

function faultsOf(visit: Visit, faults: readonly SandboxFault[]): Html {
  const action = '/console/providers/sandbox/faults';
  const mayChange = visit.may('providers');
  return html`<section><h2>Faults</h2>
<p>Let the sandbox fail, to see how programs take it. It holds for whatever the sandbox carries but the magic numbers, on every node, and ends by itself after an hour. Real providers have no such switch.</p>
${faultsInForce(faults, action, mayChange ? visit.token : null, moment) ?? html`<p class="soft">None is switched on.</p>`}
${mayChange ? faultForm(action, visit.token) : null}</section>`;
}

function testOf(visit: Visit, view: ProviderView, { last, own }: Testing): Html {
  const path = `/console/providers/${view.id}`;
  const result =
    last === null
      ? null
      : html`<div class="result" role="status"><p>Your test: <b>${last.state}</b>${'reason' in last && last.reason !== null ? `, ${last.reason}` : ''}. Load the page again to see what becomes of it.</p></div>`;
  const targets = testTargets(view.channels, own);
  const all = html`<a href="/console/me/recipients">Your numbers and mailboxes</a>`;
  if (view.channels.every((channel) => channel === 'whatsapp'))
    return html`<section><h2>Send a test</h2><p>WhatsApp carries codes and nothing else. To see one arrive, confirm a number by WhatsApp: ${all}.</p></section>`;
  const form =
    targets.length === 0
      ? html`<p>A test goes to a number or mailbox of your own, and this provider carries nothing to one that you have confirmed.</p>
<p><a class="button" href="/console/me/recipients">Add a number or mailbox</a></p>`
      : html`<p>A real message goes out by this provider, and costs what it costs. It holds no code. ${all}</p>
<form method="post" action="${path}/test">${visit.token}
${choose('to', 'To', targets, targets[0]?.value)}
<button>Send test</button></form>`;
  return html`<section><h2>Send a test</h2>${result}${form}</section>`;
}
