import { type Edited, type EntryChange, editDraft } from '../../app/layers/edit.ts';
import { readLayer } from '../../app/layers/read.ts';
import { type Rule, STANDARD_RULES } from '../../domain/guard/rules.ts';
import { type Layer, type LayerKey, textOfEntry } from '../../domain/layer.ts';
import { refuse } from '../../kernel/failure.ts';
import { sendHtml } from '../page.ts';
import { changesIn, formOf, problemsByField, wasOf, withoutRule } from './guard-rule-form.ts';
import { type RulePage, rulePage } from './guard-rule-page.ts';
import { rulesPage } from './guard-rules-page.ts';
import { type GuardEditNeeds, type RuleForm, type RulesView, unsetBudget } from './guard-rules-view.ts';
import { authorNames, changesAddress, projectIn } from './layers-view.ts';
import { hidden } from './pieces.ts';
import type { Room } from './plugin.ts';
import { type ConsoleForm, demand, redirect } from './visit.ts';

type OfProject = { Params: { project: string }; Querystring: ConsoleForm; Body: ConsoleForm };
type OfRule = OfProject & { Params: { project: string; rule: string } };

/** The name of a rule that does not exist yet, in addresses. */
const NEW = '_new';
const RULE_NAME = /^[a-z][a-z0-9-]{0,39}$/;

/** Rules of the guard, edited as a draft over the configuration file. */
export const guardRulesRoom =
  (needs: GuardEditNeeds): Room =>
  (app, deps, visitOf) => {
    const { store } = deps.signIn;
    const keyOf = (project: string): LayerKey => ({ part: 'guard', projectId: projectIn(project) });

    app.get<OfProject>('/console/guard/rules/:project', hidden, async (request, reply) => {
      demand(request, 'view');
      const layer = await readLayer({ store }, keyOf(request.params.project));
      const nameOf = await authorNames(deps.people);
      return sendHtml(request, reply, rulesPage(visitOf(request), viewOf(layer), nameOf));
    });

    // Whoever has an address of another project types its name.
    app.get<{ Querystring: ConsoleForm }>('/console/guard/rules', hidden, async (request, reply) => {
      demand(request, 'view');
      const { project = '' } = request.query;
      const name = project.trim() === '' || project.trim() === '*' ? '_all' : project.trim();
      projectIn(name);
      return redirect(reply, `/console/guard/rules/${name}`);
    });

    app.get<OfRule>('/console/guard/rules/:project/:rule', hidden, async (request, reply) => {
      demand(request, 'guard');
      const { layer, rule, below } = await found(request.params);
      const document = layer.draft?.document ?? layer.document;
      const form: RuleForm =
        rule === null ? { id: '', isNew: true, values: {}, was: {} } : formOf(needs, rule, document);
      return sendHtml(request, reply, rulePage(visitOf(request), pageOf(layer, rule, below, form)));
    });

    // A draft is nothing to anybody, so it wants no fresh factor: what was typed is never lost for the want of one.
    app.post<OfRule>('/console/guard/rules/:project/:rule', hidden, async (request, reply) => {
      const by = demand(request, 'guard');
      const { layer, rule, below } = await found(request.params);
      const form = formIn(request.params.rule, request.body);
      const wrong = form.isNew ? newProblem(layer, form.id) : null;
      if (wrong !== null) {
        const page = { ...pageOf(layer, rule, below, form), problems: new Map([['id', wrong]]) };
        return sendHtml(request, reply, rulePage(visitOf(request), page), 422);
      }
      const isBack = request.body.to === 'below';
      const changes: readonly EntryChange[] = isBack
        ? withoutRule(form)
        : changesIn(needs, form, rule, below);
      const edited = await editDraft(needs.editing, by.id, layer, changes);
      await needs.changed();
      if (edited.kind === 'done') return redirect(reply, `${changesAddress(layer)}?said=edited`);
      const page = await refusedPage(edited, rule, below, form);
      return sendHtml(request, reply, rulePage(visitOf(request), page), edited.kind === 'stale' ? 409 : 422);
    });

    async function refusedPage(
      edited: Exclude<Edited, { kind: 'done' }>,
      rule: Rule | null,
      below: Rule | null,
      form: RuleForm,
    ): Promise<RulePage> {
      const { layer } = edited;
      if (edited.kind === 'refused') {
        const { of, others } = problemsByField(form.id, edited.problems);
        return { ...pageOf(layer, rule, below, form), problems: of, others };
      }
      // Sent again, it goes over what the other one wrote, which stands above it.
      const now = layer.draft?.document ?? layer.document;
      const renewed = { ...form, was: wasOf(form.id, now) };
      const theirs = needs.rulesWith(layer, now).find(({ id }) => id === form.id) ?? null;
      const nameOf = await authorNames(deps.people);
      const who = nameOf(layer.draft === null ? layer.author : layer.draft.author);
      return { ...pageOf(layer, rule, below, renewed), stale: { who, theirs } };
    }

    async function found({ project, rule: id }: OfRule['Params']) {
      const layer = await readLayer({ store }, keyOf(project));
      const below = needs.below(layer.projectId).find((one) => one.id === id) ?? null;
      const document = layer.draft?.document ?? layer.document;
      const rule = needs.rulesWith(layer, document).find((one) => one.id === id) ?? unsetBudget(id);
      if (rule === null && id !== NEW) throw refuse('not_found', 'There is no such rule.');
      return { layer, rule, below };
    }

    function newProblem(layer: Layer, id: string): string | null {
      if (!RULE_NAME.test(id)) return 'Name a rule with small letters, digits and hyphens.';
      const taken = needs.rulesWith(layer, layer.draft?.document ?? layer.document);
      return taken.some((rule) => rule.id === id)
        ? 'There is a rule of that name; choose another one.'
        : null;
    }

    const pageOf = (layer: Layer, rule: Rule | null, below: Rule | null, form: RuleForm): RulePage => ({
      ...{ layer, rule, below, form, problems: new Map(), others: [], stale: null },
      fields: needs.fieldsOf(rule ?? NEW_RULE).map((field) => ({
        ...field,
        below:
          below === null
            ? null
            : (needs.fieldsOf(below).find(({ name }) => name === field.name)?.value ?? null),
      })),
      inForce: needs.rulesWith(layer, layer.document).find(({ id }) => id === form.id) ?? null,
    });

    function viewOf(layer: Layer): RulesView {
      const below = needs.below(layer.projectId);
      const inForce = needs.rulesWith(layer, layer.document);
      const drafted = layer.draft === null ? inForce : needs.rulesWith(layer, layer.draft.document);
      const ids = [...new Set([...inForce, ...drafted].map(({ id }) => id))];
      const of = (rules: readonly Rule[], id: string) => rules.find((rule) => rule.id === id) ?? null;
      return {
        ...{ project: layer.projectId, layer },
        rows: ids.map((id) => ({
          ...{ id, below: of(below, id), inForce: of(inForce, id), drafted: of(drafted, id) },
        })),
        isOfFile: (id) => textOfEntry(of(needs.file, id)) !== textOfEntry(of(STANDARD_RULES, id)),
      };
    }
  };

const NEW_RULE: Rule = {
  ...{ kind: 'limit', id: '', mode: 'monitor', on: 'key', of: 'sends', windowMs: 3_600_000, most: 0 },
};

function formIn(rule: string, body: ConsoleForm): RuleForm {
  const isNew = rule === NEW;
  const was = Object.fromEntries(
    ['rule', 'allow', 'amount'].map((name) => [name, body[`was-${name}`] ?? '']),
  );
  return { id: isNew ? (body.id ?? '').trim() : rule, isNew, values: body, was };
}
