import type { FastifyRequest } from 'fastify';

/** Whether a browser says that the request comes from a page of ours. Programs say nothing, and have no cookie. */
export function isSameOrigin(request: FastifyRequest): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const { origin } = request.headers;
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === request.headers.host);
}
