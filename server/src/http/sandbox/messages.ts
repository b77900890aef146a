import type { FastifyReply, FastifyRequest } from 'fastify';
import type { InboxMessage, InboxQuery } from '../../app/delivery/inbox.ts';
import { Failure } from '../../kernel/failure.ts';
import { wireDate } from '../../kernel/wire-date.ts';
import { pageHeaders } from '../headers.ts';
import type { Changes } from './changes.ts';
import type { Listed, Reader } from './inbox.ts';

const MOST_MESSAGES = 1_000;
const MOST_WAIT_S = 30;
const MOST_WAITING = 500;

type WireError = { readonly code: number; readonly description: string; readonly parameter: string | null };
type Asked = { readonly query: InboxQuery; readonly waitMs: number };

export const REFUSED_KEY: WireError = {
  code: 2,
  description: 'Request not allowed (incorrect access_key)',
  parameter: 'access_key',
};
export const LACKS_SCOPE: WireError = {
  code: 2,
  description: 'Request not allowed (the access_key needs the scope sandbox)',
  parameter: 'access_key',
};

export const NOT_SERVED: WireError = {
  ...{ code: 20, parameter: null },
  description:
    'The sandbox is served on loopback only. Start Roost with ROOST_SANDBOX=on to serve it at other addresses too.',
};

/** Answers in the error envelope of the Verify API. */
export function sendErrors(
  request: FastifyRequest,
  reply: FastifyReply,
  status: 401 | 403 | 404 | 422,
  errors: readonly WireError[],
): FastifyReply {
  reply.headers(pageHeaders(request.protocol === 'https'));
  return reply.code(status).send({ errors });
}

/** `GET /sandbox/messages`: the codes as data, for tests that would otherwise have to read the phone. */
export type MessageList = {
  answer(request: FastifyRequest, reply: FastifyReply, reader: Reader): Promise<FastifyReply>;
  /** Lets everybody who waits go with what there is. */
  close(): void;
};

export function messageList(list: (query: InboxQuery) => Promise<Listed>, changes: Changes): MessageList {
  const waiting = new Set<() => void>();

  /** Resolves with true at the next change, with false when the time is over or nobody waits any more. */
  function nextChange(signal: AbortSignal): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const unsubscribe = changes.subscribe(() => resolve(true));
    const stop = () => resolve(false);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
    return promise.finally(() => {
      unsubscribe();
      signal.removeEventListener('abort', stop);
    });
  }

  async function listAfterWait(asked: Asked, gone: AbortSignal): Promise<Listed> {
    const over = new AbortController();
    const end = () => over.abort();
    const timer = setTimeout(end, asked.waitMs);
    gone.addEventListener('abort', end);
    waiting.add(end);
    try {
      for (;;) {
        // Listening begins before the look, so that no change falls between the two.
        const change = nextChange(over.signal);
        const listed = await list(asked.query);
        if (listed.messages.length > 0 || over.signal.aborted) {
          end();
          return listed;
        }
        if (!(await change)) return listed;
      }
    } finally {
      end();
      clearTimeout(timer);
      gone.removeEventListener('abort', end);
      waiting.delete(end);
    }
  }

  return {
    async answer(request, reply, reader) {
      const asked = readQuery(request.query as Record<string, unknown>, reader);
      if (Array.isArray(asked)) return sendErrors(request, reply, 422, asked);
      try {
        const mayWait = asked.waitMs > 0 && waiting.size < MOST_WAITING;
        const listed = mayWait ? await listAfterWait(asked, hangUp(reply)) : await list(asked.query);
        reply.headers(pageHeaders(request.protocol === 'https'));
        return reply.send({ messages: listed.messages.map(toWire) });
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        return sendErrors(request, reply, 422, error.problems.map(toWireError));
      }
    },
    close() {
      for (const end of waiting) end();
    },
  };
}

function hangUp(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return gone.signal;
}

function toWire(message: InboxMessage) {
  const { id, channel, recipient, originator, text, token } = message;
  const createdDatetime = wireDate(message.createdAtMs);
  return { id, channel, recipient, originator, text, token, createdDatetime };
}

export function toWireError({ code, message, hint, parameter }: Failure['problems'][number]): WireError {
  const description = hint === undefined || message.includes(hint) ? message : `${message}: ${hint}`;
  return { code: code === 'not_found' ? 20 : 10, description, parameter };
}

/** Everything that is wrong with a query, at once. Parameters that we do not know are ignored. */
function readQuery(raw: Record<string, unknown>, reader: Reader): Asked | WireError[] {
  const errors: WireError[] = [];
  const read = (parameter: string): string | undefined => {
    const value = raw[parameter];
    if (value === undefined || (typeof value === 'string' && value !== '')) return value;
    const description =
      value === '' ? 'is empty; give a value or leave it out' : 'is given more than once; give it once';
    errors.push({ code: 10, description: `${parameter} ${description}`, parameter });
    return undefined;
  };
  const recipientTyped = read('recipient');
  const countryCode = read('countryCode');
  const after = read('after');
  const wait = read('wait') ?? '0';
  if (!/^\d{1,2}$/.test(wait) || Number(wait) > MOST_WAIT_S) {
    const description = `wait is invalid; give a whole number of seconds from 0 to ${MOST_WAIT_S}`;
    errors.push({ code: 10, description, parameter: 'wait' });
  }
  if (errors.length > 0) return errors;
  const query: InboxQuery = {
    scope: reader,
    limit: MOST_MESSAGES,
    ...(recipientTyped === undefined ? {} : { recipientTyped }),
    ...(countryCode === undefined ? {} : { countryCode }),
    ...(after === undefined ? {} : { after }),
  };
  return { query, waitMs: Number(wait) * 1_000 };
}
