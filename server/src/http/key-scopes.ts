import type { FastifyRequest } from 'fastify';
import { EVERY_SCOPE, hasScope, type KeyScope } from '../domain/key-scope.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The scope that an access key needs for this route; without one, only keys with every scope open it. */
    keyScope?: KeyScope;
  }
}

/** Part of a route: what an access key must be for. */
export const opensTo = (keyScope: KeyScope): { readonly config: { readonly keyScope: KeyScope } } => ({
  config: { keyScope },
});

/**
 * What a key with this mask of scopes lacks for the request; null when nothing, and where there is no such route, which
 * its 404 tells everybody.
 */
export function lackedScope(request: FastifyRequest, scopeMask: number): KeyScope | 'every' | null {
  if (scopeMask === EVERY_SCOPE || request.is404) return null;
  const { keyScope } = request.routeOptions.config;
  if (keyScope === undefined) return 'every';
  return hasScope(scopeMask, keyScope) ? null : keyScope;
}
