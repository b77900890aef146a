import type { FastifyRequest } from 'fastify';

/** Keys do not belong in URLs, where they are logged: one that is there is refused even if it is right. */
export function hasKeyInQuery({ query }: FastifyRequest): boolean {
  return Object.keys(query as object).some((name) => name.toLowerCase() === 'access_key');
}

/** A small body that unpacks to a large one would get past the bound on bodies. */
export function isCompressed({ headers }: FastifyRequest): boolean {
  const encoding = headers['content-encoding'];
  return encoding !== undefined && encoding.trim().toLowerCase() !== 'identity';
}
