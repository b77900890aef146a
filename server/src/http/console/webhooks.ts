import {
  createEndpoint,
  type EndpointDeps,
  type EndpointView,
  listAllEndpoints,
  listDeliveries,
  type NewEndpoint,
  readEndpoint,
  removeEndpoint,
  replay,
  rotateSecret,
  sendTest,
  updateEndpoint,
} from '../../app/webhooks/endpoints.ts';
import { EVENT_TYPES, type EventType } from '../../domain/event.ts';
import type { Key } from '../../domain/scope.ts';
import { Failure, refuse } from '../../kernel/failure.ts';
import { type Html, html } from '../../kernel/html.ts';
import { sendHtml } from '../page.ts';
import { consolePage } from './frame.ts';
import { hidden } from './pieces.ts';
import type { Room } from './plugin.ts';
import { ID, readScope } from './scopes.ts';
import { type ConsoleForm, demand, demandFresh, redirect } from './visit.ts';
import { endpointPage, pathOf, webhooksPage } from './webhooks-pages.ts';

type Posted = { Body: ConsoleForm };
type OfOne = { Params: { mode: string; project: string; id: string }; Querystring: ConsoleForm };
const PAGE = 50;
const HOUR_MS = 3_600_000;
const STATES = ['pending', 'delivered', 'failed', 'waiting'] as const;

/** Addresses that are told of events: made, tried, changed, and what was told them. */
export const webhooksRoom =
  (needs: EndpointDeps): Room =>
  (app, deps, visitOf) => {
    app.get('/console/webhooks', hidden, async (request, reply) => {
      demand(request, 'webhooks');
      const all = await listAllEndpoints(needs);
      return sendHtml(request, reply, webhooksPage(visitOf(request), all, null));
    });

    app.post<Posted>('/console/webhooks', hidden, async (request, reply) => {
      const by = demandFresh(request, 'webhooks', deps.nowMs());
      const { url = '', name = '' } = request.body;
      const scope = readScope(request.body);
      const wishes = {
        ...{ url: url.trim(), name: name.trim() === '' ? null : name.trim().slice(0, 64), enabled: true },
        ...{ events: eventsOf(request.body), recipients: recipientsOf(request.body) },
      };
      try {
        const made = await createEndpoint(needs, scope, wishes, null);
        await deps.record(by, 'webhook.created', made.endpoint.id, `${scope.mode} ${scope.projectId}`);
        return sendHtml(request, reply, secretPage(request, made, 'Your new webhook'));
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        const all = await listAllEndpoints(needs);
        return sendHtml(request, reply, webhooksPage(visitOf(request), all, { error, typed: url }), 422);
      }
    });

    app.get<OfOne>('/console/webhooks/:mode/:project/:id', hidden, async (request, reply) => {
      demand(request, 'webhooks');
      const key = keyOf(request.params);
      const state = STATES.find((one) => one === request.query.state) ?? null;
      const offset = Math.max(0, Math.min(100_000, Math.trunc(Number(request.query.offset ?? 0)) || 0));
      const [view, deliveries] = await Promise.all([
        readEndpoint(needs, key),
        listDeliveries(needs, key, { state, offset, limit: PAGE }),
      ]);
      const log = { ...deliveries, state, offset, limit: PAGE };
      const page = endpointPage(visitOf(request), view, log, request.query.said);
      return sendHtml(request, reply, page);
    });

    const change = (
      act: string,
      audited: string,
      work: (key: Key, form: ConsoleForm) => Promise<string | null>,
    ) =>
      app.post<OfOne & Posted>(
        `/console/webhooks/:mode/:project/:id/${act}`,
        hidden,
        async (request, reply) => {
          const by = demandFresh(request, 'webhooks', deps.nowMs());
          const key = keyOf(request.params);
          const said = await work(key, request.body);
          await deps.record(by, audited, key.id, said ?? 'done');
          const to = said === null ? '/console/webhooks' : `${pathOf(key)}?said=${said}`;
          return redirect(reply, to);
        },
      );
    change('switch', 'webhook.switched', async (key, { enabled }) => {
      await updateEndpoint(needs, key, { enabled: enabled === 'on' });
      return enabled === 'on' ? 'on' : 'off';
    });
    change('test', 'webhook.tested', async (key) => {
      await sendTest(needs, key);
      return 'test';
    });
    change('replay', 'webhook.replayed', async (key, { delivery, hours }) => {
      if (delivery !== undefined && ID.test(delivery)) await replay(needs, key, { delivery });
      else await replay(needs, key, { sinceMs: deps.nowMs() - hoursOf(hours) * HOUR_MS });
      return 'replayed';
    });
    change('delete', 'webhook.deleted', async (key) => {
      await removeEndpoint(needs, key);
      return null;
    });

    app.post<OfOne & Posted>(
      '/console/webhooks/:mode/:project/:id/rotate',
      hidden,
      async (request, reply) => {
        const by = demandFresh(request, 'webhooks', deps.nowMs());
        const made = await rotateSecret(needs, keyOf(request.params));
        await deps.record(by, 'webhook.rotated', made.endpoint.id, 'new secret');
        return sendHtml(request, reply, secretPage(request, made, 'The new secret'));
      },
    );

    function secretPage(request: Parameters<typeof visitOf>[0], made: NewEndpoint, title: string): Html {
      const { endpoint, secret, url } = made;
      const overlap =
        endpoint.oldSecret === null
          ? null
          : html`<p>For 24 hours what is sent is signed with the old one too, so nothing is lost while you change it.</p>`;
      const body = html`<p>It is shown now and never again. Your service checks by it that what comes to <code>${url}</code> is from here.</p>
<p><code class="copy key">${secret}</code></p>${overlap}
<p><a href="/docs/webhooks">How to check a signature</a></p>
<p><a href="${pathOf(endpoint)}">Go on to the webhook</a></p>`;
      return consolePage(visitOf(request), { title, body });
    }
  };

function keyOf({ id, ...scope }: OfOne['Params']): Key {
  if (!ID.test(id)) throw refuse('not_found', 'There is no such webhook.');
  return { ...readScope(scope), id };
}

function eventsOf(form: ConsoleForm): readonly EventType[] | null {
  const chosen = EVENT_TYPES.filter((type) => form[type] === 'on');
  return chosen.length === 0 || chosen.length === EVENT_TYPES.length ? null : chosen;
}

const recipientsOf = ({ recipients }: ConsoleForm): EndpointView['endpoint']['recipients'] =>
  recipients === 'full' ? 'full' : 'masked';

/** Within 72 hours; a day where nothing else is said. */
const hoursOf = (typed: string | undefined): number => Math.min(72, Math.max(1, Number(typed) || 24));
