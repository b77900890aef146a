import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Given } from '../../domain/given.ts';
import type { Scope } from '../../domain/scope.ts';
import { type Query, readParams, unreadable } from './params.ts';

/** What every resource of this wire does with a request and an answer. */

/** All parameters of a request, wherever they came. */
export function given({ query, body, headers, url }: FastifyRequest): Given {
  if (!isDecodable(url))
    throw unreadable('the query is not percent-encoded UTF-8; write a percent sign as %25');
  return readParams(query as Query, body as Buffer | undefined, headers['content-type']);
}

function isDecodable(url: string): boolean {
  if (!url.includes('%')) return true;
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    return false;
  }
}

export function scopeOf({ caller: { projectId, mode } }: FastifyRequest): Scope {
  return { projectId, mode };
}

export function json(reply: FastifyReply, body: string): FastifyReply {
  return reply.type('application/json').send(body);
}

/** Which part of a list: `offset` from 0, `limit` 1 to 100. What cannot be read is as good as not given. */
export function pageOf(params: Given): { readonly offset: number; readonly limit: number } {
  const whole = (name: string, usual: number, least: number, most: number) => {
    const value = Number(params.get(name) ?? usual);
    return Number.isInteger(value) ? Math.min(most, Math.max(least, value)) : usual;
  };
  return { offset: whole('offset', 0, 0, 1_000_000), limit: whole('limit', 20, 1, 100) };
}

/** A list as this wire shows it (wire contract, section 6). */
export function listObject(
  items: readonly object[],
  total: number,
  { offset, limit }: { readonly offset: number; readonly limit: number },
  at: string,
): string {
  const link = (from: number): string => `${at}/?offset=${from}`;
  const last = Math.max(0, Math.ceil(total / limit) - 1) * limit;
  const links = {
    first: link(0),
    previous: offset === 0 ? null : link(Math.max(0, offset - limit)),
    next: offset + limit < total ? link(offset + limit) : null,
    last: link(last),
  };
  return JSON.stringify({ offset, limit, count: items.length, totalCount: total, links, items });
}
