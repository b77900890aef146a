import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { type Scope, type StartedRoost, startRoost } from './roost.ts';

/** A Roost, and every route that was registered while it was put together. */
export async function withRoutes(t: Scope): Promise<{ roost: StartedRoost; routes: RouteOptions[] }> {
  const routes: RouteOptions[] = [];
  const listen = (message: unknown) => {
    const { fastify } = message as { fastify: FastifyInstance };
    fastify.addHook('onRoute', (route) => void routes.push(route));
  };
  subscribe('fastify.initialization', listen);
  try {
    return { roost: await startRoost(t), routes };
  } finally {
    unsubscribe('fastify.initialization', listen);
  }
}
