import { editDraft } from '../../app/layers/edit.ts';
import { readLayer } from '../../app/layers/read.ts';
import type { RouteEffect } from '../../app/route-effect.ts';
import { entryAt, type Layer, type LayerDocument, type LayerKey, textOfEntry } from '../../domain/layer.ts';
import { CHANNELS, type Channel } from '../../domain/message.ts';
import type { ProjectRoutes } from '../../domain/route.ts';
import { refuse } from '../../kernel/failure.ts';
import { sendHtml } from '../page.ts';
import { changesRoom } from './layer-changes.ts';
import {
  authorNames,
  changesAddress,
  draftNote,
  type LayerNeeds,
  projectAddress,
  projectIn,
} from './layers-view.ts';
import { hidden } from './pieces.ts';
import type { Room } from './plugin.ts';
import { effectOf, type RoutesPage, routesPage } from './routes-edit-page.ts';
import { entryOf, inOrder, linesIn, linesOf, problemsByLine } from './routes-form.ts';
import { type RouteListPage, routeListPage } from './routes-list-page.ts';
import { type ConsoleForm, demand, redirect } from './visit.ts';

export type RouteEditNeeds = LayerNeeds & {
  /** Providers by what they carry, the sandbox among them. */
  readonly carries: ReadonlyMap<string, readonly Channel[]>;
  /** The routes of a project without what is set for it here; null while every message is for the sandbox. */
  readonly below: (projectId: string) => ProjectRoutes | null;
  /** The routes of a project with a document in the place of its layer. */
  readonly routesWith: (key: LayerKey, document: LayerDocument) => ProjectRoutes | null;
  /** Whose list of the file it is; false where the file names no routes for the project. */
  readonly isOfFile: (projectId: string, channel: Channel) => boolean;
  /** Whom a draft would affect. */
  readonly effect: (key: LayerKey, draft: LayerDocument) => Promise<RouteEffect>;
};

type OfProject = { Params: { project: string }; Querystring: ConsoleForm; Body: ConsoleForm };
type OfList = OfProject & { Params: { project: string; channel: string } };

/** Who carries what, edited as a draft over the configuration file, with whom it would affect. */
export const routesEditRoom =
  (needs: RouteEditNeeds): Room =>
  (app, deps, visitOf) => {
    const { store } = deps.signIn;
    const layerOf = (project: string): Promise<Layer> =>
      readLayer({ store }, { part: 'routes', projectId: projectIn(project) });

    app.get<{ Querystring: ConsoleForm }>('/console/routes', hidden, async (request, reply) => {
      demand(request, 'view');
      const name = (request.query.project ?? '').trim();
      const project = name === '' || name === '*' ? '_all' : name;
      return redirect(reply, `/console/routes/of/${projectAddress(projectIn(project))}`);
    });

    app.get<OfProject>('/console/routes/of/:project', hidden, async (request, reply) => {
      demand(request, 'view');
      const layer = await layerOf(request.params.project);
      const pending = draftNote(layer, await authorNames(deps.people));
      return sendHtml(request, reply, routesPage(visitOf(request), viewOf(layer), pending));
    });

    app.get<OfList>('/console/routes/edit/:project/:channel', hidden, async (request, reply) => {
      demand(request, 'providers');
      const channel = channelIn(request.params.channel);
      const layer = await layerOf(request.params.project);
      const steps = needs.routesWith(layer, draftOf(layer))?.[channel] ?? [];
      return sendHtml(
        request,
        reply,
        routeListPage(visitOf(request), pageOf(layer, channel, linesOf(steps))),
      );
    });

    // A draft is nothing to anybody, so it wants no fresh factor: what was typed is never lost for the want of one.
    app.post<OfList>('/console/routes/edit/:project/:channel', hidden, async (request, reply) => {
      const by = demand(request, 'providers');
      const channel = channelIn(request.params.channel);
      const layer = await layerOf(request.params.project);
      const lines = linesIn(request.body);
      const typed = entryOf(lines);
      const isBelow =
        request.body.to === 'below' ||
        textOfEntry(typed) === textOfEntry(entryOf(linesOf(needs.below(layer.projectId)?.[channel] ?? [])));
      const { was = '' } = request.body;
      const change = { path: [channel], entry: isBelow ? undefined : typed, was };
      const edited = await editDraft(needs.editing, by.id, layer, [change]);
      if (edited.kind === 'done') return redirect(reply, `${changesAddress(layer)}?said=edited`);
      const shown = [...inOrder(lines), ...lines.filter(({ provider }) => provider === '')];
      if (edited.kind === 'refused') {
        const { of, others } = problemsByLine(`routes.${layer.projectId}.${channel}`, edited.problems);
        const page = { ...pageOf(layer, channel, shown), was, problems: of, others };
        return sendHtml(request, reply, routeListPage(visitOf(request), page), 422);
      }
      const nameOf = await authorNames(deps.people);
      const now = edited.layer;
      const stale = {
        who: nameOf(now.draft === null ? now.author : now.draft.author),
        theirs: needs.routesWith(now, draftOf(now))?.[channel] ?? [],
      };
      return sendHtml(
        request,
        reply,
        routeListPage(visitOf(request), { ...pageOf(now, channel, shown), stale }),
        409,
      );
    });

    changesRoom({
      ...{ editing: needs.editing, changed: needs.changed, part: 'routes', act: 'providers' },
      words: {
        ...{ what: 'routes', editName: 'All routes', here: '/console/providers' },
        edit: (project) => `/console/routes/of/${projectAddress(project)}`,
        said: (_path, value) => (Array.isArray(value) ? value.map(entryWords).join(', then ') : null),
      },
      async effect(_visit, layer, draft) {
        const [was, is] = [layer.document, draft].map((document) => needs.routesWith(layer, document));
        return effectOf(was ?? null, is ?? null, await needs.effect(layer, draft));
      },
    })(app, deps, visitOf);

    const pageOf = (layer: Layer, channel: Channel, lines: RouteListPage['lines']): RouteListPage => ({
      ...{ layer, channel, lines, problems: new Map(), others: [], stale: null },
      was: textOfEntry(entryAt(draftOf(layer), [channel])),
      providers: [...needs.carries].filter(([, carried]) => carried.includes(channel)).map(([id]) => id),
      below: needs.below(layer.projectId)?.[channel] ?? [],
    });

    function viewOf(layer: Layer): RoutesPage {
      const inForce = needs.routesWith(layer, layer.document);
      const drafted = layer.draft === null ? inForce : needs.routesWith(layer, layer.draft.document);
      return {
        layer,
        isForSandbox: inForce === null,
        rows: CHANNELS.map((channel) => ({
          channel,
          ...{ inForce: inForce?.[channel] ?? [], drafted: drafted?.[channel] ?? [] },
          whence:
            entryAt(layer.document, [channel]) !== undefined
              ? 'console'
              : needs.isOfFile(layer.projectId, channel)
                ? 'file'
                : layer.projectId === '*'
                  ? 'usual'
                  : 'every project',
        })),
      };
    }
  };

const draftOf = ({ draft, document }: Layer): LayerDocument => draft?.document ?? document;

function channelIn(name: string): Channel {
  const channel = CHANNELS.find((one) => one === name);
  if (channel === undefined) throw refuse('not_found', 'There is no such channel.');
  return channel;
}

/** A line of a list as the document has it. */
function entryWords(entry: unknown): string {
  if (typeof entry === 'string') return entry;
  const { provider, ...conditions } = entry as Record<string, unknown>;
  const told = Object.entries(conditions).map(([name, value]) => `${name} ${String(value)}`);
  return `${String(provider)} (${told.join(', ')})`;
}
