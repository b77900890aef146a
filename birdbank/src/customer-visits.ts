import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CustomerHandler, CustomerVisit } from './customer.ts';
import { type CustomerSessions, endOf, type FoundSession } from './customer-sessions.ts';
import type { Customers } from './customers.ts';
import type { Keys } from './keys.ts';
import { notAccepted } from './pages/problem.ts';
import {
  cookieOf,
  createQueues,
  csrfInput,
  fieldOf,
  giveCookie,
  hasCsrfToken,
  placeOf,
  rawField,
  takeCookie,
} from './requests.ts';
import { isSameOrigin } from './same-origin.ts';
import type { Send } from './visits.ts';
import { wordsFor } from './words/words.ts';

export type CustomerVisitDeps = {
  readonly sessions: CustomerSessions;
  readonly customers: Customers;
  readonly keys: Keys;
  readonly nowMs: () => number;
  readonly send: Send;
};
export type CustomerVisits = ReturnType<typeof createCustomerVisits>;

const COOKIE = 'birdbank-customer';

/** Connects handlers to browsers of customers. Without a session in which both factors were shown none is reached. */
export function createCustomerVisits({ sessions, customers, keys, nowMs, send }: CustomerVisitDeps) {
  const oneByOne = createQueues();

  function visitOf(request: FastifyRequest, id: string, { session, name }: FoundSession) {
    const customer = customers.find(session.customerId);
    if (customer === null) return null;
    const state = { isRenewed: false, isOver: false, endsOthers: false };
    const visit: CustomerVisit = {
      session,
      customer,
      sessionName: name,
      nowMs: nowMs(),
      words: wordsFor(request),
      csrfField: () => csrfInput(id),
      renewId() {
        state.isRenewed = true;
      },
      signOut() {
        state.isOver = true;
      },
      endOthers() {
        state.endsOthers = true;
      },
      params: request.params as Record<string, string>,
      field: (name) => fieldOf(request, name),
      secretField: (name) => rawField(request, name),
      place: placeOf(request, keys.lookup),
    };
    return { visit, state };
  }

  /** One request of a session, after those that came before it. */
  function handle(request: FastifyRequest, reply: FastifyReply, handler: CustomerHandler, isForm: boolean) {
    const id = cookieOf(request, COOKIE);
    return oneByOne(id, async (): Promise<FastifyReply> => {
      const found = sessions.find(id);
      const made = found === null ? null : visitOf(request, id, found);
      if (made === null) return send(reply, elsewhere(request, reply, id));
      if (isForm && !(isSameOrigin(request) && hasCsrfToken(request, id)))
        return send(reply, notAccepted(wordsFor(request)));
      const { visit, state } = made;
      const answer = await handler(visit);
      const csrf = keep(request, reply, id, visit, state);
      return send(reply, answer, { csrf, endsAtMs: csrf === null ? null : endOf(visit.session, nowMs()) });
    });
  }

  /** Answers the field for the form that signs out; null when that has been done. */
  function keep(
    request: FastifyRequest,
    reply: FastifyReply,
    id: string,
    { session, place }: CustomerVisit,
    { isOver, isRenewed, endsOthers }: { readonly [name in 'isOver' | 'isRenewed' | 'endsOthers']: boolean },
  ) {
    if (endsOthers) sessions.removeAll(session.customerId, isOver ? null : id);
    if (isOver) {
      sessions.remove(id);
      takeCookie(request, reply, COOKIE);
      return null;
    }
    if (!isRenewed) {
      sessions.save(id, session, place);
      return csrfInput(id);
    }
    const next = sessions.renew(id, session, place);
    if (next === null) {
      takeCookie(request, reply, COOKIE);
      return null;
    }
    giveCookie(request, reply, COOKIE, next);
    return csrfInput(next);
  }

  /** Somebody who is not signed in, or not any more. */
  function elsewhere(request: FastifyRequest, reply: FastifyReply, id: string) {
    if (id === '') return { redirectTo: '/sign-in' };
    takeCookie(request, reply, COOKIE);
    return { redirectTo: '/signed-out' };
  }

  return {
    look:
      (handler: CustomerHandler) =>
      (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
        handle(request, reply, handler, false),
    submit:
      (handler: CustomerHandler) =>
      (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
        handle(request, reply, handler, true),
    /** How long a session would last if nothing more were done, in milliseconds; 0 when it is over. Keeps nothing alive. */
    leftMs(request: FastifyRequest): number {
      const found = sessions.find(cookieOf(request, COOKIE));
      return found === null ? 0 : Math.max(0, found.endsAtMs - nowMs());
    },
  };
}
