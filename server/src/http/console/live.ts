import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Feed, LOOK_BACK_MS, type News } from '../../app/insight/feed.ts';
import { type Listed, matches, type SearchDeps } from '../../app/insight/search.ts';
import type { Wanted } from '../../app/insight/wanted.ts';
import { isSignedIn } from '../../app/operators/sessions.ts';
import { pageHeaders } from '../headers.ts';
import type { ConsoleDeps } from './deps.ts';
import { listedRow, type OpenRecipient } from './verification-rows.ts';
import { type Query, readWanted } from './wanted.ts';

const HEARTBEAT_MS = 5_000;
const MOST_STREAMS = 100;
const MOST_UNSENT_BYTES = 4_194_304;

type Stream = {
  readonly raw: FastifyReply['raw'];
  readonly wanted: Wanted;
  readonly session: string;
};
export type LiveNeeds = SearchDeps & { readonly feed: Feed; readonly open: OpenRecipient };
export type LiveStreams = {
  open(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply>;
  /** Ends every stream, so that the server can stop. */
  close(): void;
};

/**
 * Rows as they come, by server-sent events. An event tells rows of a table, each with an id: one that is told twice is
 * known by it, so a page that comes back is told a little too much and misses nothing. A stream never keeps its
 * session alive: it ends with it.
 */
export function liveStreams({ feed, open, store }: LiveNeeds, { signIn }: ConsoleDeps): LiveStreams {
  const streams = new Set<Stream>();
  let stop: (() => void) | null = null;
  let heartbeat: NodeJS.Timeout | null = null;

  function tell({ nowMs, made, changed, isTooMuch }: News): void {
    const written = new Map<Listed, string>();
    const rowOf = (row: Listed): string => {
      const known = written.get(row) ?? String(listedRow(row, open, nowMs));
      written.set(row, known);
      return known;
    };
    for (const { raw, wanted } of streams) {
      const fresh = made.filter((row) => matches(row, wanted, nowMs));
      if (fresh.length > 0) write(raw, event('made', nowMs, { rows: fresh.map(rowOf), nowMs }));
      if (changed.length > 0) write(raw, event('changed', nowMs, { rows: changed.map(rowOf), nowMs }));
      if (isTooMuch) write(raw, event('much', nowMs, {}));
    }
  }

  async function beat(): Promise<void> {
    for (const stream of streams) {
      const isHere = await isSignedIn(signIn, stream.session).catch(() => true);
      if (isHere) write(stream.raw, ': still here\n\n');
      else {
        write(stream.raw, event('over', store.nowMs(), {}));
        stream.raw.end();
      }
    }
  }

  function add(stream: Stream): void {
    streams.add(stream);
    stop ??= feed.subscribe(tell);
    heartbeat ??= setInterval(() => void beat(), HEARTBEAT_MS);
    stream.raw.on('close', () => remove(stream));
    stream.raw.on('error', () => remove(stream));
  }

  function remove(stream: Stream): void {
    streams.delete(stream);
    if (streams.size > 0) return;
    stop?.();
    stop = null;
    if (heartbeat !== null) clearInterval(heartbeat);
    heartbeat = null;
  }

  return {
    async open(request, reply) {
      const headers = pageHeaders(request.protocol === 'https');
      if (streams.size >= MOST_STREAMS) {
        reply.headers({ ...headers, 'retry-after': '10' });
        return reply
          .code(503)
          .type('text/plain; charset=utf-8')
          .send(`${MOST_STREAMS} pages listen already.\n`);
      }
      const query = request.query as Query;
      const wanted = readWanted(query);
      reply.hijack();
      reply.raw.writeHead(200, {
        ...headers,
        'content-type': 'text/event-stream',
        'x-accel-buffering': 'no',
      });
      reply.raw.write('retry: 1000\n\n');
      add({ raw: reply.raw, wanted, session: request.signedIn?.session.digest ?? '' });
      // From here on it is told what comes; what came between the page and this is told now.
      const sinceMs = Number(request.headers['last-event-id'] ?? query.since);
      const earlier = await feed.since(Number.isFinite(sinceMs) ? sinceMs : store.nowMs()).catch(() => []);
      const nowMs = store.nowMs();
      const rows = earlier
        .filter((row) => matches(row, wanted, nowMs))
        .map((row) => String(listedRow(row, open, nowMs)));
      write(reply.raw, event('made', nowMs, { rows, nowMs, lookBackMs: LOOK_BACK_MS }));
      return reply;
    },
    close() {
      for (const { raw } of streams) raw.end();
    },
  };
}

const event = (name: string, id: number, data: object): string =>
  `event: ${name}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;

/** A page that does not read what it is told is let go; it comes back by itself. */
function write(raw: FastifyReply['raw'], text: string): void {
  if (raw.destroyed || raw.writableEnded) return;
  if (raw.writableLength > MOST_UNSENT_BYTES) raw.destroy();
  else raw.write(text);
}
