import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CustomerSessions } from './customer-sessions.ts';
import type { Devices } from './devices.ts';
import type { Html } from './html.ts';
import type { Keys } from './keys.ts';
import { notAccepted } from './pages/problem.ts';
import {
  cookieOf,
  createQueues,
  csrfInput,
  deviceDigest,
  fieldOf,
  giveCookie,
  hasCsrfToken,
  placeOf,
  rawField,
  takeCookie,
} from './requests.ts';
import { isSameOrigin } from './same-origin.ts';
import { NEW_SESSION, type SessionData } from './session-data.ts';
import type { Sessions } from './sessions.ts';
import type { Answer, Handler, Started, Visit } from './visit.ts';
import { wordsFor } from './words/words.ts';

/** Writes a page into the frame and sends it. */
export type Send = (reply: FastifyReply, answer: Answer, around?: Around) => FastifyReply;
/** What the frame around a page depends on. */
export type Around = {
  /** Whether the last code went nowhere but to the sandbox. */
  readonly isSandbox?: boolean;
  /** Of a customer's session: for the form that ends it. */
  readonly csrf?: Html | null;
  /** When a customer's session ends unless something is done, by the server's clock. */
  readonly endsAtMs?: number | null;
};

export type VisitDeps = {
  readonly sessions: Sessions;
  readonly customerSessions: CustomerSessions;
  readonly devices: Devices;
  readonly keys: Keys;
  readonly nowMs: () => number;
  readonly randomBytes: (size: number) => Buffer;
  readonly send: Send;
};
export type Visits = ReturnType<typeof createVisits>;

/** Connects handlers to browsers where nobody is signed in: finds the session, judges forms, keeps what was left. */
export function createVisits(deps: VisitDeps) {
  const { sessions, keys, nowMs, send } = deps;
  const oneByOne = createQueues();

  function visitOf(request: FastifyRequest, id: string, session: SessionData) {
    const state = { id, isForm: false, started: null as Started | null };
    const visit: Visit = {
      session,
      nowMs: nowMs(),
      words: wordsFor(request),
      csrfField() {
        state.isForm = true;
        return csrfInput(id);
      },
      renewId() {
        state.id = sessions.newId();
      },
      signIn(started) {
        state.started = started;
      },
      params: request.params as Record<string, string>,
      field: (name) => fieldOf(request, name),
      secretField: (name) => rawField(request, name),
      place: placeOf(request, keys.lookup),
    };
    return { visit, state };
  }

  /** A handler for pages that are only looked at. A session begins when a page needs one. */
  function look(handler: Handler) {
    return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const sent = cookieOf(request, 'birdbank');
      const found = sessions.find(sent);
      const id = found === null ? sessions.newId() : sent;
      const work = async (): Promise<FastifyReply> => {
        const { visit, state } = visitOf(request, id, sessions.find(id) ?? NEW_SESSION);
        const before = visit.session;
        const answer = await handler(visit);
        const isNeeded = found !== null || state.isForm || visit.session !== before;
        if (isNeeded && request.method === 'GET') {
          sessions.save(state.id, visit.session);
          if (state.id !== id) sessions.remove(id);
          if (found === null || state.id !== id) giveCookie(request, reply, 'birdbank', state.id);
        }
        return send(reply, answer, aroundOf(visit.session));
      };
      return found === null ? work() : oneByOne(id, work);
    };
  }

  // #region csrf
  /**
   * A handler for forms. One that did not come from a page of this session is refused and does nothing. The forms of a
   * session are handled one by one, so that a button pressed twice does not send two messages.
   */
  function submit(handler: Handler) {
    return (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const id = cookieOf(request, 'birdbank');
      return oneByOne(id, async () => {
        const found = isSameOrigin(request) ? sessions.find(id) : null;
        if (found === null || !hasCsrfToken(request, id)) return send(reply, notAccepted(wordsFor(request)));
        const { visit, state } = visitOf(request, id, found);
        const answer = await handler(visit);
        if (state.started === null) keep(request, reply, id, state.id, visit.session);
        else begin(request, reply, id, state.started);
        return send(reply, answer, aroundOf(visit.session));
      });
    };
  }
  // #endregion

  function keep(request: FastifyRequest, reply: FastifyReply, old: string, id: string, data: SessionData) {
    sessions.save(id, data);
    if (id === old) return;
    sessions.remove(old);
    giveCookie(request, reply, 'birdbank', id);
  }

  /** The browser changes one cookie for another: what it held as a stranger is worth nothing any more. */
  function begin(request: FastifyRequest, reply: FastifyReply, old: string, started: Started): void {
    const { customerSessions, devices } = deps;
    sessions.remove(old);
    customerSessions.remove(cookieOf(request, 'birdbank-customer'));
    takeCookie(request, reply, 'birdbank');
    const place = placeOf(request, keys.lookup);
    const device = place.device ?? nameDevice(request, reply);
    giveCookie(request, reply, 'birdbank-customer', customerSessions.begin(started, { ...place, device }));
    devices.see(started, device, place.label);
  }

  /** Gives a browser the name by which it is known again. */
  function nameDevice(request: FastifyRequest, reply: FastifyReply): Buffer {
    const cookie = deps.randomBytes(32).toString('base64url');
    giveCookie(request, reply, 'birdbank-device', cookie);
    return deviceDigest(keys.lookup, cookie);
  }

  return { look, submit };
}

function aroundOf({ pending, reset }: SessionData): Around {
  const inReset = reset?.stage === 'phone' && reset.pending.sandbox;
  return { isSandbox: pending?.sandbox === true || inReset };
}
