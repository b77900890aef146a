import type { FastifyInstance } from 'fastify';
import { withinRequest } from '../kernel/request-scope.ts';
import { beginRequestSpan, isTraced, type RequestSpan } from '../kernel/trace.ts';

/** Takes in that a request to one route was answered. Called for each, so it must cost next to nothing. */
export type RouteMeter = (status: number, tookMs: number) => void;
export type RequestMeter = (wire: string, method: string, route: string) => RouteMeter;

declare module 'fastify' {
  interface FastifyContextConfig {
    meter?: RouteMeter;
  }
}

/** What the first part of a path belongs to; everything else is of the dialect at the root. */
const WIRES: { readonly [part: string]: string } = {
  ...{ v1: 'api', console: 'console', sandbox: 'sandbox', receipts: 'receipts' },
  ...{ health: 'operations', ready: 'operations', metrics: 'operations' },
  ...{ docs: 'documents', assets: 'documents', 'openapi.json': 'documents', '.well-known': 'documents' },
};

const wireOf = (route: string): string => WIRES[route.split('/', 2)[1] ?? ''] ?? 'messagebird';

/**
 * Measures every request by its route, never by its address, which may hold a code; and makes what is logged and traced
 * while it is answered a part of it. Call it before any route is made.
 */
export function measureRequests(app: FastifyInstance, meterFor: RequestMeter): void {
  const unknown = meterFor('none', 'any', 'unknown');
  const spans = isTraced() ? new WeakMap<object, RequestSpan>() : null;
  app.addHook('onRoute', (route) => {
    const method = typeof route.method === 'string' ? route.method : 'any';
    route.config = { ...route.config, meter: meterFor(wireOf(route.url), method, route.url) };
    const { handler } = route;
    route.handler = function answer(request, reply) {
      const work = () => handler.call(this, request, reply);
      if (spans === null) return withinRequest(request.id, work);
      const beganAtMs = performance.timeOrigin + performance.now() - reply.elapsedTime;
      const span = beginRequestSpan(request.method, route.url, request.headers, beganAtMs);
      if (span === null) return withinRequest(request.id, work);
      spans.set(request, span);
      return withinRequest(request.id, () => span.within(work));
    };
  });
  app.addHook('onResponse', (request, reply, done) => {
    const { config } = request.routeOptions;
    (config.meter ?? unknown)(reply.statusCode, reply.elapsedTime);
    spans?.get(request)?.end(reply.statusCode);
    done();
  });
}
