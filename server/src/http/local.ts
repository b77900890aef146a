import type { FastifyRequest } from 'fastify';

const FORWARDED = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'via',
];

/**
 * Whether a request was made on this machine, to this machine, by no detour: we listen on loopback, the
 * request names localhost or its address (a page elsewhere that rebinds its own name does not), and no proxy
 * has passed it on.
 */
export function isLocal(request: FastifyRequest, listeningOn: string): boolean {
  if (!isLoopback(listeningOn)) return false;
  if (FORWARDED.some((name) => request.headers[name] !== undefined)) return false;
  const host = (request.headers.host ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  return isLoopback(host.toLowerCase());
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
