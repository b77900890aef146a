import type { FastifyReply, FastifyRequest } from 'fastify';
import { pageHeaders } from './headers.ts';

export type PageStream<Who> = {
  readonly who: Who;
  /** Tells the page `text`. A page that does not read what it is told is let go; it comes back by itself. */
  write(text: string): void;
  end(): void;
};

export type StreamLimits = {
  readonly mostStreams: number;
  /** A page that leaves more than this unread is let go. */
  readonly mostUnsentBytes: number;
  readonly heartbeatMs: number;
};

export type PageStreams<Who> = {
  readonly open: ReadonlySet<PageStream<Who>>;
  /** The answer to one page too many, or null while there is room. */
  refusal(request: FastifyRequest, reply: FastifyReply): FastifyReply | null;
  /** Takes the reply over: from here on the page listens. */
  add(request: FastifyRequest, reply: FastifyReply, who: Who): PageStream<Who>;
  /** Ends every stream, so that the server can stop. */
  close(): void;
};

export const STILL_HERE = ': still here\n\n';

/**
 * The pages that listen to one source by server-sent events. `listen` begins with the first page and answers how to
 * stop, which is done with the last; `beat` runs every `heartbeatMs` in between.
 */
export function pageStreams<Who>(
  { mostStreams, mostUnsentBytes, heartbeatMs }: StreamLimits,
  { listen, beat }: { listen(): () => void; beat(): void },
): PageStreams<Who> {
  const open = new Set<PageStream<Who>>();
  let stop: (() => void) | null = null;

  function start(): () => void {
    const silence = listen();
    const heartbeat = setInterval(beat, heartbeatMs);
    return () => {
      silence();
      clearInterval(heartbeat);
    };
  }

  function remove(stream: PageStream<Who>): void {
    open.delete(stream);
    if (open.size > 0) return;
    stop?.();
    stop = null;
  }

  return {
    open,
    refusal(request, reply) {
      if (open.size < mostStreams) return null;
      reply.headers({ ...pageHeaders(request.protocol === 'https'), 'retry-after': '10' });
      return reply.code(503).type('text/plain; charset=utf-8').send(`${mostStreams} pages listen already.\n`);
    },
    add(request, reply, who) {
      const { raw } = reply.hijack();
      raw.writeHead(200, {
        ...pageHeaders(request.protocol === 'https'),
        'content-type': 'text/event-stream',
        'x-accel-buffering': 'no',
      });
      raw.write('retry: 1000\n\n');
      const stream: PageStream<Who> = {
        who,
        write(text) {
          if (raw.destroyed || raw.writableEnded) return;
          if (raw.writableLength > mostUnsentBytes) raw.destroy();
          else raw.write(text);
        },
        end: () => void raw.end(),
      };
      open.add(stream);
      stop ??= start();
      raw.on('close', () => remove(stream));
      raw.on('error', () => remove(stream));
      return stream;
    },
    close() {
      for (const stream of open) stream.end();
    },
  };
}
