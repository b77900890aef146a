import { draftVersion, dropDraft, type Edited, monitorDraft, publishDraft } from '../../app/layers/edit.ts';
import { readLayer, versionsOf } from '../../app/layers/read.ts';
import type { Layer, LayerDocument, LayerKey, LayerVersion } from '../../domain/layer.ts';
import type { Act } from '../../domain/operator.ts';
import type { Html } from '../../kernel/html.ts';
import { sendHtml } from '../page.ts';
import { type ChangesPage, type ChangesTold, changesPage } from './layer-changes-page.ts';
import { authorNames, changesAddress, type LayerNeeds, projectIn } from './layers-view.ts';
import { hidden } from './pieces.ts';
import type { Room } from './plugin.ts';
import { type ConsoleForm, demand, demandFresh, redirect, type Visit } from './visit.ts';

/** One part whose drafts and versions are looked at, put in force and gone back to. */
export type ChangesOf = LayerNeeds & {
  readonly part: LayerKey['part'];
  /** What one must be allowed to change it. */
  readonly act: Act;
  readonly words: ChangesPage['words'];
  /** What the draft would change, in the words of its part; null for what can be said of documents alone. */
  readonly effect: (visit: Visit, layer: Layer, draft: LayerDocument) => Promise<Html | null>;
  /** Tries the draft on the past; without it there is nothing to try. */
  readonly trial?: (layer: Layer, draft: LayerDocument, form: ConsoleForm) => Promise<Html>;
};

type OfProject = { Params: { project: string }; Body: ConsoleForm; Querystring: ConsoleForm };

const STALE =
  'Somebody was faster: this has changed since you opened it, so nothing was done. Below it stands as it is now.';

/** Drafts and versions of one part: what is in force since when, what is being written, and the way back. */
export const changesRoom =
  (about: ChangesOf): Room =>
  (app, deps, visitOf) => {
    const { store } = deps.signIn;
    const base = changesAddress({ part: about.part, projectId: ':project' });
    const keyOf = (project: string): LayerKey => ({ part: about.part, projectId: projectIn(project) });

    app.get<OfProject>(base, hidden, async (request, reply) => {
      demand(request, 'view');
      const { said } = request.query;
      return sendHtml(
        request,
        reply,
        await pageOf(visitOf(request), keyOf(request.params.project), { said }),
      );
    });

    const act = (name: string, change: (by: string, key: LayerKey, form: ConsoleForm) => Promise<Edited>) =>
      app.post<OfProject>(`${base}/${name}`, hidden, async (request, reply) => {
        const by = demandFresh(request, about.act, deps.nowMs());
        const key = keyOf(request.params.project);
        const edited = await change(by.id, key, request.body);
        await about.changed();
        if (edited.kind === 'done') return redirect(reply, `${changesAddress(key)}?said=${name}`);
        const problems = edited.kind === 'stale' ? [STALE] : edited.problems;
        const page = await pageOf(visitOf(request), key, { problems });
        return sendHtml(request, reply, page, edited.kind === 'stale' ? 409 : 422);
      });
    act('enforce', (by, key, { number, version, note = '' }) =>
      publishDraft(about.editing, by, key, { number: wholeOf(number), version: wholeOf(version), note }),
    );
    act('drop', (by, key, { number }) => dropDraft(about.editing, by, key, wholeOf(number)));
    act('back', (by, key, { version }) => draftVersion(about.editing, by, key, wholeOf(version)));
    if (about.part === 'guard') {
      act('monitor', (by, key, { number, state }) =>
        monitorDraft(about.editing, by, key, {
          number: wholeOf(number),
          state: state === 'kept' ? 'kept' : 'monitored',
        }),
      );
    }

    const { trial } = about;
    if (trial !== undefined) {
      app.post<OfProject>(`${base}/try`, hidden, async (request, reply) => {
        const by = demandFresh(request, about.act, deps.nowMs());
        const key = keyOf(request.params.project);
        const layer = await readLayer({ store }, key);
        if (layer.draft === null) return redirect(reply, changesAddress(key));
        const tried = await trial(layer, layer.draft.document, request.body);
        await deps.record(by, `${key.part}.replayed`, key.projectId, `draft ${layer.draft.number}`);
        return sendHtml(request, reply, await pageOf(visitOf(request), key, { tried }));
      });
    }

    async function pageOf(visit: Visit, key: LayerKey, told: ChangesTold): Promise<Html> {
      const [layer, versions, nameOf] = await Promise.all([
        readLayer({ store }, key),
        versionsOf({ store }, key),
        authorNames(deps.people),
      ]);
      const effect = layer.draft === null ? null : await about.effect(visit, layer, layer.draft.document);
      const mayChange = visit.may(about.act);
      const unfit = layer.version === 0 ? [] : about.editing.problemsOf(key, layer.document);
      const history: readonly LayerVersion[] = versions;
      return changesPage(
        visit,
        { ...{ layer, history, nameOf, effect, mayChange, unfit }, words: about.words },
        told,
      );
    }
  };

const wholeOf = (typed: string | undefined): number => (/^\d{1,9}$/.test(typed ?? '') ? Number(typed) : -1);
