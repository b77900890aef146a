import { LINES } from '../../domain/guard/ranges.ts';
import type { Rule } from '../../domain/guard/rules.ts';
import type { Layer } from '../../domain/layer.ts';
import { CHANNELS } from '../../domain/message.ts';
import { attribute, type Html, html } from '../../kernel/html.ts';
import { ownOf } from '../../kernel/own.ts';
import { ruleName } from './decision-words.ts';
import { consolePage, field } from './frame.ts';
import {
  BUDGETS,
  FIELD_NAMES,
  type FormField,
  MODE_NAMES,
  OF_NAMES,
  ON_NAMES,
  type RuleForm,
} from './guard-rules-view.ts';
import { boundOf } from './guard-words.ts';
import { changesAddress, projectAddress, projectWords } from './layers-view.ts';
import { area, choose } from './pieces.ts';
import type { Visit } from './visit.ts';

export type RulePage = {
  readonly layer: Layer;
  /** As the draft has it, or as it is in force; null for a new one. */
  readonly rule: Rule | null;
  readonly below: Rule | null;
  readonly inForce: Rule | null;
  readonly fields: readonly FormField[];
  readonly form: RuleForm;
  /** What is wrong with each field. */
  readonly problems: ReadonlyMap<string, string>;
  readonly others: readonly string[];
  /** Somebody else changed it meanwhile: who, and what they made of it. */
  readonly stale: { readonly who: string; readonly theirs: Rule | null } | null;
};

/** The form of one rule. */
export function rulePage(visit: Visit, page: RulePage): Html {
  const { layer, rule, below, inForce, form } = page;
  const path = `/console/guard/rules/${projectAddress(layer.projectId)}`;
  const was = Object.entries(form.was).map(
    ([name, text]) => html`<input type="hidden" name="was-${name}" value="${text}">`,
  );
  const facts = html`<dl class="facts"><div><dt>In force</dt><dd>${said(inForce)}</dd></div><div><dt>Without what is set here</dt><dd>${said(below)}</dd></div></dl>`;
  const back =
    rule === null
      ? null
      : html`<form method="post" action="${`${path}/${form.id}`}" class="after">${visit.token}${was}<input type="hidden" name="to" value="below"><button class="quiet">${below === null ? 'Take it away' : 'Back to what is below'}</button></form>`;
  const body = html`${alerts(page)}
${rule === null ? null : facts}
<form method="post" action="${`${path}/${rule === null ? '_new' : form.id}`}">${visit.token}${was}
${rule === null ? newFields(page) : null}${fieldsOf(page)}
<button>Save to the draft</button></form>
${back}
<p class="soft">Nothing in force changes yet${layer.draft === null ? '' : ': it is added to the draft'}. <a href="${changesAddress(layer)}">Draft and versions</a></p>
<p><a href="${path}">All rules of ${projectWords(layer.projectId)}</a></p>`;
  return consolePage(visit, {
    title: rule === null ? 'A new limit' : form.id,
    lead:
      rule === null
        ? `For ${projectWords(layer.projectId)}: at most so many of something, about something, within a time.`
        : `${ruleName(form.id)}. For ${projectWords(layer.projectId)}.`,
    body,
    styles: ['console-layers.css'],
  });
}

const said = (rule: Rule | null): Html =>
  rule === null ? html`<span class="soft">it is not there</span>` : html`${rule.mode}: ${boundOf(rule)}`;

function alerts({ others, stale, problems }: RulePage): Html | null {
  if (stale !== null)
    return html`<div class="alert" role="alert"><p><b>${stale.who}</b> changed this rule since you opened it. Nothing of yours is saved, and nothing is lost: it stands below.</p><p>Theirs: ${said(stale.theirs)}.</p><p>Save again to put yours over it.</p></div>`;
  if (others.length > 0)
    return html`<div class="alert" role="alert"><p>This cannot be saved:</p><ul>${others.map((one) => html`<li>${one}</li>`)}</ul></div>`;
  return problems.size === 0
    ? null
    : html`<p class="alert" role="alert">Nothing was saved yet: see what is said at ${problems.size === 1 ? 'the field' : 'the fields'} below.</p>`;
}

function newFields({ form, problems }: RulePage): Html {
  const { values } = form;
  return html`${field('id', 'Name', { value: form.id, hint: 'Small letters, digits and hyphens. Decisions name it so.', problem: problems.get('id') ?? null, autocomplete: 'off' })}
<div class="row">${choose('of', 'Counts', OF_NAMES, values.of ?? 'sends')}${choose('on', 'Of', ON_NAMES, values.on ?? 'key')}</div>
${[problems.get('on'), problems.get('of')].map((problem) => (problem === undefined ? null : html`<p class="problem">${problem}</p>`))}`;
}

function fieldsOf(page: RulePage): Html {
  const { rule, fields, form, problems } = page;
  const { values } = form;
  const isBudget = rule !== null && ownOf(BUDGETS, rule.id) !== undefined;
  const numbers = isBudget
    ? []
    : fields.map(({ name, least, most, below }) =>
        field(name, FIELD_NAMES[name] ?? name, {
          ...{ value: values[name] ?? '', inputmode: 'numeric', autocomplete: 'off' },
          isRequired: rule === null && name === 'most',
          hint: `${least} to ${most.toLocaleString('en-US')}${below === null ? '' : `; ${below} without what is set here`}.`,
          problem: problems.get(name) ?? null,
        }),
      );
  const mode = choose('mode', 'Mode', MODE_NAMES, values.mode ?? 'monitor');
  return html`${mode}${special(page)}<div class="numbers">${numbers}</div>${isBudget ? null : html`${linesOf(page)}${channelsOf(page)}`}`;
}

function special({ rule, form, problems }: RulePage): Html | null {
  const { values } = form;
  if (rule?.kind === 'cool-down')
    return field('waitsSeconds', 'Waits before each further code, in seconds', {
      value: values.waitsSeconds ?? '',
      hint: 'Such as 0, 30, 60, 120, 240: none before the first, 30 before the second.',
      problem: problems.get('waitsSeconds') ?? null,
      autocomplete: 'off',
    });
  if (rule?.kind === 'countries' || rule?.kind === 'voice')
    return area('allow', rule.kind === 'voice' ? 'Calls may go to' : 'Codes may go to', {
      value: values.allow ?? '',
      rows: 3,
      isRequired: false,
      hint: 'Countries by their two capitals (ISO 3166-1), such as NL, BE. A * alone stands for all; nothing for none.',
      problem: problems.get('allow') ?? null,
    });
  if (rule !== null && ownOf(BUDGETS, rule.id) !== undefined)
    return field('amount', rule.id.endsWith('-hour') ? 'Money within an hour' : 'Money within 24 hours', {
      value: values.amount ?? '',
      hint: 'In the currency of the prices, such as 100 or 0.5.',
      problem: problems.get('amount') ?? null,
      autocomplete: 'off',
    });
  return null;
}

function channelsOf({ rule, form, problems }: RulePage): Html | null {
  if (rule !== null && rule.kind !== 'limit') return null;
  const boxes = CHANNELS.map(
    (channel) =>
      html`<label><input type="checkbox" name="channel-${channel}"${attribute('checked', form.values[`channel-${channel}`] !== undefined)}> ${channel}</label>`,
  );
  const problem = problems.get('channels');
  return html`<fieldset><legend>Only codes of these channels; none chosen stands for all</legend>${problem === undefined ? null : html`<p class="problem">${problem}</p>`}<div class="inline">${boxes}</div></fieldset>`;
}

/** A new limit shows them too: which subject it has is chosen on the same page. */
function linesOf({ rule, form, problems }: RulePage): Html | null {
  if (rule !== null && (rule.kind !== 'limit' || rule.on !== 'line')) return null;
  const boxes = LINES.map(
    (line) =>
      html`<label><input type="checkbox" name="line-${line}"${attribute('checked', form.values[`line-${line}`] !== undefined)}> ${line}</label>`,
  );
  const problem = problems.get('lines');
  return html`<fieldset><legend>Of a limit on kinds of numbers, only these; none chosen stands for all</legend>${problem === undefined ? null : html`<p class="problem">${problem}</p>`}<div class="inline">${boxes}</div></fieldset>`;
}
