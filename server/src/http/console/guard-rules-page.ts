import type { Rule } from '../../domain/guard/rules.ts';
import { textOfEntry } from '../../domain/layer.ts';
import { type Html, html } from '../../kernel/html.ts';
import { ruleName } from './decision-words.ts';
import { consolePage, field } from './frame.ts';
import { BUDGETS, type RuleRow, type RulesView } from './guard-rules-view.ts';
import { boundOf } from './guard-words.ts';
import { changesAddress, draftNote, projectAddress, projectWords } from './layers-view.ts';
import { table } from './pieces.ts';
import type { Visit } from './visit.ts';

/** All rules of one project, with where each comes from and what a draft would make of it. */
export function rulesPage(visit: Visit, view: RulesView, nameOf: (author: string | null) => string): Html {
  const { project, layer, rows } = view;
  const mayChange = visit.may('guard');
  const here = `/console/guard/rules/${projectAddress(project)}`;
  const lines = rows.map((row) => {
    const edit = mayChange
      ? html`<a href="${`${here}/${row.id}`}">Change<span class="unseen"> ${row.id}</span></a>`
      : null;
    return html`<tr><th scope="row"><code>${row.id}</code><br><span class="soft">${ruleName(row.id)}</span></th><td class="said">${ruleWords(row.inForce)}</td><td>${whenceOf(view, row)}</td><td>${draftOf(row)}</td><td>${edit}</td></tr>`;
  });
  const add = mayChange ? html`<a class="button quiet" href="${`${here}/_new`}">Add a limit</a>` : null;
  const body = html`${draftNote(layer, nameOf)}
${table('Rules', ['Rule', 'In force', 'From', 'In the draft', '-Change'], lines)}
${mayChange ? budgetsOf(view, here) : null}
<p class="inline">${add}<a class="button quiet" href="${changesAddress(layer)}">Draft and versions</a></p>
<section><h2>Another project</h2><p>What is set for every project holds for those that say nothing else; what is set for one lies over it.</p>
<form method="get" action="/console/guard/rules" class="row">${field('project', 'Project', { value: project, hint: 'Or * for every project.' })}<button class="quiet">Show</button></form></section>
<p><a href="/console/guard">Back to the guard</a></p>`;
  return consolePage(visit, {
    title: 'Rules',
    lead: `Of ${projectWords(project)}. A change is written into a draft first: try it on the past, monitor it, then put it in force.`,
    body,
    styles: ['console-layers.css'],
  });
}

/** Budgets that are not there yet: a rule of money begins with its amount. */
function budgetsOf({ rows }: RulesView, here: string): Html | null {
  const missing = Object.keys(BUDGETS).filter((id) => !rows.some((row) => row.id === id));
  if (missing.length === 0) return null;
  const links = missing.map(
    (id, i) => html`${i === 0 ? ' ' : ', '}<a href="${`${here}/${id}`}">${BUDGET_NAMES[id] ?? id}</a>`,
  );
  return html`<p>Set a budget of money, of 24 hours where it says nothing else:${links}.</p>`;
}

const BUDGET_NAMES: { readonly [rule: string]: string } = {
  'money-project': 'for a project',
  'money-key': 'for each access key',
  'money-country': 'for each country',
  'money-block': 'for each block of numbers',
  'money-project-hour': 'for a project within an hour',
  'money-key-hour': 'for each access key within an hour',
  'money-country-hour': 'for each country within an hour',
};

function ruleWords(rule: Rule | null): Html {
  if (rule === null) return html`<span class="soft">none</span>`;
  const chip = { enforce: 'chip good', monitor: 'chip warn', off: 'chip' }[rule.mode];
  return html`<span class="${chip}">${rule.mode}</span> ${boundOf(rule)}`;
}

function whenceOf({ project, isOfFile }: RulesView, { id, below, inForce }: RuleRow): Html {
  if (inForce === null) return html`<span class="soft">only the draft</span>`;
  if (below === null || textOfEntry(below) !== textOfEntry(inForce)) return html`<b>console</b>`;
  if (project !== '*') return html`every project`;
  return html`${isOfFile(id) ? 'file' : 'ships'}`;
}

function draftOf({ inForce, drafted }: RuleRow): Html {
  if (textOfEntry(inForce) === textOfEntry(drafted)) return html`<span class="soft">as it is</span>`;
  return drafted === null ? html`<span class="chip bad">taken away</span>` : ruleWords(drafted);
}
