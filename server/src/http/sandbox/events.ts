import type { FastifyReply, FastifyRequest } from 'fastify';
import { pageHeaders } from '../headers.ts';
import type { Changes } from './changes.ts';
import type { Listed } from './inbox.ts';

const MOST_LISTENERS = 64;
const HEARTBEAT_MS = 15_000;
const MOST_UNSENT_BYTES = 65_536;
const CHANGED = 'event: changed\ndata: {}\n\n';

/** The phone pages that are told when to look again, by server-sent events. */
export type EventStreams = {
  open(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply>;
  /** Ends every stream, so that the server can stop. */
  close(): void;
};

/**
 * Each event says only that what the phone shows has changed; the page then fetches itself anew. So an event
 * that is lost or told twice does no harm.
 */
export function eventStreams(list: () => Promise<Listed>, changes: Changes): EventStreams {
  const streams = new Set<FastifyReply['raw']>();
  let shown: string | null = null;
  let looking: Promise<void> | null = null;
  let lookAgain = false;
  let stop: (() => void) | null = null;
  let heartbeat: NodeJS.Timeout | null = null;

  async function look(): Promise<void> {
    const { messages } = await list();
    const seen = messages.map((each) => Object.values(each).join('\t')).join('\n');
    if (seen === shown) return;
    shown = seen;
    for (const stream of streams) write(stream, CHANGED);
  }

  /** One look at a time; a change during a look causes one more. A look that fails is made again in a second. */
  function lookSoon(): Promise<void> {
    if (looking !== null) {
      lookAgain = true;
      return looking;
    }
    looking = look()
      .catch(() => undefined)
      .then(() => {
        looking = null;
        if (!lookAgain) return undefined;
        lookAgain = false;
        return lookSoon();
      });
    return looking;
  }

  function add(stream: FastifyReply['raw']): void {
    streams.add(stream);
    stop ??= changes.subscribe(() => void lookSoon());
    heartbeat ??= setInterval(() => {
      for (const each of streams) write(each, ': still here\n\n');
    }, HEARTBEAT_MS);
    stream.on('close', () => remove(stream));
    stream.on('error', () => remove(stream));
  }

  function remove(stream: FastifyReply['raw']): void {
    streams.delete(stream);
    if (streams.size > 0) return;
    stop?.();
    stop = null;
    if (heartbeat !== null) clearInterval(heartbeat);
    heartbeat = null;
    shown = null;
  }

  return {
    async open(request, reply) {
      const headers = pageHeaders(request.protocol === 'https');
      if (streams.size >= MOST_LISTENERS) {
        reply.headers({ ...headers, 'retry-after': '10' });
        return reply
          .code(503)
          .type('text/plain; charset=utf-8')
          .send(`${MOST_LISTENERS} pages listen already.\n`);
      }
      await lookSoon(); // the page looks once more when it hears that we listen, so no change falls between
      reply.hijack();
      reply.raw.writeHead(200, {
        ...headers,
        'content-type': 'text/event-stream',
        'x-accel-buffering': 'no',
      });
      reply.raw.write('retry: 1000\n\n');
      add(reply.raw);
      return reply;
    },
    close() {
      for (const stream of streams) stream.end();
    },
  };
}

/** A page that does not read what it is told is let go; it comes back by itself. */
function write(stream: FastifyReply['raw'], text: string): void {
  if (stream.writableLength > MOST_UNSENT_BYTES) stream.destroy();
  else stream.write(text);
}
