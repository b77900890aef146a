import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import type { WrittenAnswer } from '../../app/once.ts';
import {
  createEndpoint,
  type EndpointDeps,
  type EndpointView,
  type EndpointWishes,
  listDeliveries,
  listEndpoints,
  type NewEndpoint,
  readEndpoint,
  removeEndpoint,
  replay,
  rotateSecret,
  sendTest,
  updateEndpoint,
} from '../../app/webhooks/endpoints.ts';
import type { Key, Scope } from '../../domain/scope.ts';
import { type Delivery, writeSecret } from '../../domain/webhook.ts';
import { refuse } from '../../kernel/failure.ts';
import { isId } from '../../kernel/ids.ts';
import { idempotencyKey } from '../described.ts';
import { onceOf, sendWritten } from '../idempotency.ts';
import { opensTo } from '../key-scopes.ts';
import { moment } from './shown.ts';
import {
  webhookAnswers as answers,
  NewWebhook,
  OfWebhook,
  Replay,
  WebhookChange,
  WhichDeliveries,
} from './webhooks-described.ts';

type Of = { Params: { id: string } };
type Wishes = Partial<EndpointWishes>;

const tags = ['Webhooks'];
const described = (operationId: string, summary: string, more: object) => ({
  ...opensTo('webhooks'),
  schema: { tags, operationId, summary, ...more } as FastifySchema,
});

/** `/v1/webhooks`: addresses that are told of events. Each handler only translates. */
export function webhookRoutes(app: FastifyInstance, deps: EndpointDeps): void {
  app.post<{ Body: Wishes & { url: string } }>(
    '/webhooks',
    described('createWebhook', 'Make a webhook', {
      ...{ headers: idempotencyKey, body: NewWebhook, response: answers.made },
    }),
    async (request, reply) => {
      const { url, name = null, events = null, recipients = 'masked', enabled = true } = request.body;
      const scope = scopeOf(request);
      const once = onceOf(request, deps.safe, scope, written);
      const made = await createEndpoint(deps, scope, { url, name, events, recipients, enabled }, once);
      return sendWritten(reply, written(made));
    },
  );

  app.get(
    '/webhooks',
    described('listWebhooks', 'List webhooks', { response: answers.webhooks }),
    async (request) => ({ webhooks: (await listEndpoints(deps, scopeOf(request))).map(shown) }),
  );

  app.get(
    '/webhooks/report-secret',
    described('readReportSecret', 'Read the secret that signs what is sent to a reportUrl', {
      response: answers.reportSecret,
    }),
    async (request) => ({ secret: writeSecret(deps.safe.reportSecret(scopeOf(request))) }),
  );

  const one = { params: OfWebhook, response: answers.webhook };
  app.get<Of>('/webhooks/:id', described('readWebhook', 'Read a webhook', one), async (request) =>
    shown(await readEndpoint(deps, keyOf(request))),
  );

  app.patch<Of & { Body: Wishes }>(
    '/webhooks/:id',
    described('changeWebhook', 'Change a webhook, or switch it on or off', { ...one, body: WebhookChange }),
    async (request) => shown(await updateEndpoint(deps, keyOf(request), request.body)),
  );

  app.delete<Of>(
    '/webhooks/:id',
    described('deleteWebhook', 'Delete a webhook', { params: OfWebhook, response: answers.removed }),
    async (request, reply) => {
      await removeEndpoint(deps, keyOf(request));
      return reply.status(204).send();
    },
  );

  app.post<Of>(
    '/webhooks/:id/rotate',
    described('rotateWebhookSecret', 'Make a new secret; the old one signs too for a day', {
      ...{ params: OfWebhook, response: answers.rotated },
    }),
    async (request) => {
      const { endpoint, secret } = await rotateSecret(deps, keyOf(request));
      return { secret, oldSecretUntil: moment(endpoint.oldSecret?.untilMs ?? 0) };
    },
  );

  app.post<Of>(
    '/webhooks/:id/test',
    described('testWebhook', 'Send an event that tells nothing', {
      params: OfWebhook,
      response: answers.tested,
    }),
    async (request, reply) => accepted(reply, shownDelivery(await sendTest(deps, keyOf(request)))),
  );

  app.get<Of & { Querystring: { state?: Delivery['state']; offset?: string; limit?: string } }>(
    '/webhooks/:id/deliveries',
    described('listWebhookDeliveries', 'List what a webhook was told, and how that went', {
      ...{ params: OfWebhook, querystring: WhichDeliveries, response: answers.deliveries },
    }),
    async (request) => {
      const { state = null, offset = '0', limit = '20' } = request.query;
      const query = { state, offset: Number(offset), limit: Math.min(100, Math.max(1, Number(limit))) };
      const { items, total } = await listDeliveries(deps, keyOf(request), query);
      return { deliveries: items.map(shownDelivery), total };
    },
  );

  app.post<Of & { Body: { delivery?: string; since?: string } }>(
    '/webhooks/:id/replay',
    described('replayWebhook', 'Send deliveries again, with their old ids', {
      ...{ params: OfWebhook, body: Replay, response: answers.replayed },
    }),
    async (request, reply) =>
      accepted(reply, { replayed: await replay(deps, keyOf(request), whichOf(request.body)) }),
  );
}

const accepted = (reply: FastifyReply, body: object): FastifyReply => reply.status(202).send(body);

function whichOf({ delivery, since }: { delivery?: string; since?: string }) {
  if (delivery !== undefined && since === undefined) return { delivery };
  const sinceMs = since === undefined ? Number.NaN : Date.parse(since);
  if (delivery === undefined && Number.isFinite(sinceMs)) return { sinceMs };
  throw refuse('invalid_parameter', 'give either delivery or since, such as 2026-11-23T12:00:00Z', 'since');
}

const written = (made: NewEndpoint): WrittenAnswer => ({
  ...{ status: 201, headers: {} },
  body: JSON.stringify({ ...shown(made), secret: made.secret }),
});

function shown({ endpoint, url }: EndpointView): object {
  const { id, name, events, recipients, disabled, failingSinceMs, createdAtMs } = endpoint;
  return {
    ...{ id, url, name, events, recipients, state: disabled === null ? 'enabled' : 'disabled' },
    reason: disabled?.reason ?? null,
    failingSince: momentOrNull(failingSinceMs),
    createdAt: moment(createdAtMs),
  };
}

function shownDelivery({
  id,
  type,
  sequence,
  state,
  createdAtMs,
  dueAtMs,
  endedAtMs,
  attempts,
}: Delivery): object {
  return {
    ...{ id, type, sequence, state, createdAt: moment(createdAtMs) },
    ...{ nextAttemptAt: momentOrNull(dueAtMs), endedAt: momentOrNull(endedAtMs) },
    attempts: attempts.map(({ atMs, status, tookMs, error }) => ({
      ...{ at: moment(atMs), status, milliseconds: tookMs, error },
    })),
  };
}

const momentOrNull = (ms: number | null): string | null => (ms === null ? null : moment(ms));

function scopeOf({ caller: { projectId, mode } }: FastifyRequest): Scope {
  return { projectId, mode };
}

function keyOf(request: FastifyRequest<Of>): Key {
  if (!isId(request.params.id)) throw refuse('not_found', 'there is no such webhook');
  return { ...scopeOf(request), id: request.params.id };
}
