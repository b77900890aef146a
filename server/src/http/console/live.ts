import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Feed, LOOK_BACK_MS, type News } from '../../app/insight/feed.ts';
import { type Listed, matches, type SearchDeps } from '../../app/insight/search.ts';
import type { Wanted } from '../../app/insight/wanted.ts';
import { isSignedIn } from '../../app/operators/sessions.ts';
import { pageStreams, STILL_HERE } from '../page-streams.ts';
import type { ConsoleDeps } from './deps.ts';
import { listedRow, type OpenRecipient } from './verification-rows.ts';
import { type Query, readWanted } from './wanted.ts';

const LIMITS = { mostStreams: 100, mostUnsentBytes: 4_194_304, heartbeatMs: 5_000 };

type Page = { readonly wanted: Wanted; readonly session: string };
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
  const streams = pageStreams<Page>(LIMITS, {
    listen: () => feed.subscribe(tell),
    beat: () => void beat(),
  });

  function tell({ nowMs, made, changed, isTooMuch }: News): void {
    const written = new Map<Listed, string>();
    const rowOf = (row: Listed): string => {
      const known = written.get(row) ?? String(listedRow(row, open, nowMs));
      written.set(row, known);
      return known;
    };
    for (const { who, write } of streams.open) {
      const fresh = made.filter((row) => matches(row, who.wanted, nowMs));
      if (fresh.length > 0) write(event('made', nowMs, { rows: fresh.map(rowOf), nowMs }));
      if (changed.length > 0) write(event('changed', nowMs, { rows: changed.map(rowOf), nowMs }));
      if (isTooMuch) write(event('much', nowMs, {}));
    }
  }

  async function beat(): Promise<void> {
    for (const stream of streams.open) {
      const isHere = await isSignedIn(signIn, stream.who.session).catch(() => true);
      if (isHere) stream.write(STILL_HERE);
      else {
        stream.write(event('over', store.nowMs(), {}));
        stream.end();
      }
    }
  }

  return {
    async open(request, reply) {
      const refusal = streams.refusal(request, reply);
      if (refusal !== null) return refusal;
      const query = request.query as Query;
      const wanted = readWanted(query);
      const session = request.signedIn?.session.digest ?? '';
      const stream = streams.add(request, reply, { wanted, session });
      // From here on it is told what comes; what came between the page and this is told now.
      const sinceMs = Number(request.headers['last-event-id'] ?? query.since);
      const earlier = await feed.since(Number.isFinite(sinceMs) ? sinceMs : store.nowMs()).catch(() => []);
      const nowMs = store.nowMs();
      const rows = earlier
        .filter((row) => matches(row, wanted, nowMs))
        .map((row) => String(listedRow(row, open, nowMs)));
      stream.write(event('made', nowMs, { rows, nowMs, lookBackMs: LOOK_BACK_MS }));
      return reply;
    },
    close: streams.close,
  };
}

const event = (name: string, id: number, data: object): string =>
  `event: ${name}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
