import type { FastifyReply, FastifyRequest } from 'fastify';
import { pageStreams, STILL_HERE } from '../page-streams.ts';
import type { Changes } from './changes.ts';

const LIMITS = { mostStreams: 64, mostUnsentBytes: 65_536, heartbeatMs: 15_000 };
const CHANGED = 'event: changed\ndata: {}\n\n';

/** The phone pages that are told when to look again, by server-sent events. */
export type PhoneStreams = {
  open(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply>;
  /** Ends every stream, so that the server can stop. */
  close(): void;
};

/**
 * Each event says only that what the phone shows has changed; the page then fetches itself anew. So an event
 * that is lost or told twice does no harm.
 * @param read all that the phone shows, as text
 */
export function phoneStreams(read: () => Promise<string>, changes: Changes): PhoneStreams {
  let shown: string | null = null;
  let looking: Promise<void> | null = null;
  let lookAgain = false;
  const streams = pageStreams<null>(LIMITS, {
    listen() {
      const stop = changes.subscribe(() => void lookSoon());
      return () => {
        stop();
        shown = null;
      };
    },
    beat: () => tell(STILL_HERE),
  });

  function tell(text: string): void {
    for (const stream of streams.open) stream.write(text);
  }

  async function look(): Promise<void> {
    const seen = await read();
    if (seen === shown) return;
    shown = seen;
    tell(CHANGED);
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

  return {
    async open(request, reply) {
      const refusal = streams.refusal(request, reply);
      if (refusal !== null) return refusal;
      await lookSoon(); // the page looks once more when it hears that we listen, so no change falls between
      streams.add(request, reply, null);
      return reply;
    },
    close: streams.close,
  };
}
