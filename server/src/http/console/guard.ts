import { liftBlock, listBlocks } from '../../app/guard-blocks.ts';
import { budgetsToday, countriesToday, guardToday } from '../../app/guard-today.ts';
import { readDecision } from '../../app/verify/decision.ts';
import { refuse } from '../../kernel/failure.ts';
import { sendHtml } from '../page.ts';
import { guardPage } from './guard-pages.ts';
import type { GuardNeeds, GuardView, Sought } from './guard-view.ts';
import { hidden } from './pieces.ts';
import type { Room } from './plugin.ts';
import { ID, readScope } from './scopes.ts';
import { type ConsoleForm, demand, demandFresh, redirect } from './visit.ts';

type Posted = { Body: ConsoleForm };

/** What the guard did and holds back, and the lifting of it. */
export const guardRoom =
  (needs: GuardNeeds): Room =>
  (app, deps, visitOf) => {
    const { store } = deps.signIn;

    app.get<{ Querystring: ConsoleForm }>('/console/guard', hidden, async (request, reply) => {
      demand(request, 'view');
      const { project, decision, said } = request.query;
      const { projectId } = readScope(project === undefined ? {} : { project });
      const sought = decision === undefined ? null : await seek(decision.trim().toLowerCase());
      const view = await viewOf(projectId);
      return sendHtml(request, reply, guardPage(visitOf(request), view, sought, said));
    });

    app.post<Posted>('/console/guard/lift', hidden, async (request, reply) => {
      const by = demandFresh(request, 'guard', deps.nowMs());
      const { subject = '' } = request.body;
      if (subject.length > 200) throw refuse('not_found', 'There is no such block.');
      await liftBlock(store, needs.rules, subject);
      await deps.record(by, 'guard.lifted', subject, 'lifted');
      return redirect(reply, '/console/guard?said=lifted');
    });

    async function viewOf(projectId: string): Promise<GuardView> {
      const rules = needs.rules(projectId);
      const [today, blocks] = await Promise.all([guardToday(store), listBlocks(store, needs.rules)]);
      const named = rules.flatMap((rule) =>
        rule.kind === 'countries' && rule.allow !== null ? rule.allow : [],
      );
      const countries = [
        ...new Set([
          ...named,
          ...today.sentByCountry.keys(),
          ...today.refusedByCountry.keys(),
          ...blocks.filter(({ on }) => on === 'country').map(({ what }) => what),
        ]),
      ];
      const scope = { projectId, mode: 'live' } as const;
      const [counted, budgets] = await Promise.all([
        countriesToday(store, scope, countries),
        budgetsToday(store, rules, projectId, countries),
      ]);
      return { ...needs, rules, projectId, today, blocks, countries: counted, budgets };
    }

    async function seek(id: string): Promise<Sought> {
      if (!ID.test(id)) return { id, decision: null };
      const { insight } = store.read;
      const key = (await insight.keyOf('verifications', id)) ?? (await insight.keyOf('refusals', id));
      if (key === null) return { id, decision: null };
      return { id, decision: await readDecision({ store }, key).catch(() => null) };
    }
  };
