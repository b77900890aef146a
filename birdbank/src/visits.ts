import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { html } from './html.ts';
import { notAccepted } from './pages/problem.ts';
import { isSameOrigin } from './same-origin.ts';
import { NEW_SESSION, type SessionData } from './session-data.ts';
import type { Sessions } from './sessions.ts';
import type { Answer, Handler, Visit } from './visit.ts';

/** Writes a page into the frame and sends it. `session` is null where there is none. */
export type Send = (reply: FastifyReply, answer: Answer, session: SessionData | null) => FastifyReply;

export type Visits = ReturnType<typeof createVisits>;

const LONGEST_FIELD = 128;

/** Connects handlers to browsers: finds the session, judges forms, keeps what the handler left. */
export function createVisits(sessions: Sessions, nowMs: () => number, send: Send) {
  const oneByOne = createQueues();

  function visitOf(request: FastifyRequest, id: string, session: SessionData) {
    const state = { id, isForm: false };
    const visit: Visit = {
      session,
      nowMs: nowMs(),
      csrfField() {
        state.isForm = true;
        return html`<input type="hidden" name="csrf_token" value="${csrfToken(id)}">`;
      },
      renewId() {
        state.id = sessions.newId();
      },
      params: request.params as Record<string, string>,
      field: (name) => fieldOf(request, name),
    };
    return { visit, state };
  }

  /** A handler for pages that are only looked at. A session begins when a page needs one. */
  function look(handler: Handler) {
    return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const sent = cookieOf(request);
      const found = sessions.find(sent);
      const { visit, state } = visitOf(
        request,
        found === null ? sessions.newId() : sent,
        found ?? NEW_SESSION,
      );
      const answer = await handler(visit);
      const isNeeded = found !== null || state.isForm || visit.session !== NEW_SESSION;
      if (isNeeded && request.method === 'GET') {
        sessions.save(state.id, visit.session);
        if (found === null) setCookie(request, reply, state.id);
      }
      return send(reply, answer, visit.session);
    };
  }

  // #region csrf
  /**
   * A handler for forms. One that did not come from a page of this session is refused and does nothing. The forms of a
   * session are handled one by one, so that a button pressed twice does not send two messages.
   */
  function submit(handler: Handler) {
    return (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const id = cookieOf(request);
      return oneByOne(id, async () => {
        const found = isSameOrigin(request) ? sessions.find(id) : null;
        if (found === null || !isEqual(csrfToken(id), fieldOf(request, 'csrf_token'))) {
          return send(reply, notAccepted(), null);
        }
        const { visit, state } = visitOf(request, id, found);
        const answer = await handler(visit);
        sessions.save(state.id, visit.session);
        if (state.id !== id) {
          sessions.remove(id);
          setCookie(request, reply, state.id);
        }
        return send(reply, answer, visit.session);
      });
    };
  }
  // #endregion

  return { look, submit };
}

/** Made from the session's id, which no page contains, so it fits one session and ends with it. */
const csrfToken = (id: string): string =>
  createHmac('sha256', id).update('birdbank csrf').digest('base64url');

function isEqual(right: string, given: string): boolean {
  const [a, b] = [Buffer.from(right), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function fieldOf({ body }: FastifyRequest, name: string): string {
  const value = (body as { [name: string]: unknown } | undefined)?.[name];
  return typeof value === 'string' ? value.slice(0, LONGEST_FIELD).trim() : '';
}

/** Over TLS the name binds the cookie to this very host; a browser would refuse it over plain http. */
const cookieName = ({ protocol }: FastifyRequest): string =>
  protocol === 'https' ? '__Host-birdbank' : 'birdbank';

const cookieOf = (request: FastifyRequest): string => request.cookies[cookieName(request)] ?? '';

// #region cookie
function setCookie(request: FastifyRequest, reply: FastifyReply, id: string): void {
  const secure = request.protocol === 'https';
  reply.setCookie(cookieName(request), id, { path: '/', httpOnly: true, sameSite: 'lax', secure });
}
// #endregion

/** Runs the works of one name one after another, those of different names side by side. */
function createQueues() {
  const last = new Map<string, Promise<unknown>>();
  return async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const mine = (last.get(name) ?? Promise.resolve()).then(work, work);
    last.set(name, mine);
    try {
      return await mine;
    } finally {
      if (last.get(name) === mine) last.delete(name);
    }
  };
}
