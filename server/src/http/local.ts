import type { FastifyRequest } from 'fastify';

/** Headers by which proxies tell that they have passed a request on. */
const FORWARDED =
  /^(?:forwarded|via|x-forwarded(?:-.*)?|x-real-ip|x-client-ip|true-client-ip|cf-connecting-ip)$/;

/**
 * Whether a request was made on this machine, to this machine, by no detour: we listen on loopback and are known
 * under no other name, the request names localhost or its address (a page elsewhere that rebinds its own name does
 * not), and no proxy has passed it on. A proxy that says nothing of itself betrays itself by speaking HTTP/1.0 or by
 * naming the host in the request line; one that does neither cannot be told from a person here, which is why a
 * public address alone switches the sandbox off.
 */
export function isLocal(request: FastifyRequest, listeningOn: string, publicUrl: string | null): boolean {
  if (!isLoopback(listeningOn)) return false;
  if (publicUrl !== null && !isLoopback(new URL(publicUrl).hostname)) return false;
  if (request.raw.httpVersion === '1.0' || request.raw.url?.startsWith('/') !== true) return false;
  if (Object.keys(request.headers).some((name) => FORWARDED.test(name))) return false;
  return isLoopback((request.headers.host ?? '').replace(/:\d+$/, ''));
}

const isLoopback = (host: string): boolean =>
  /^(?:localhost|\[?::1\]?|127\.\d{1,3}\.\d{1,3}\.\d{1,3})$/i.test(host);
