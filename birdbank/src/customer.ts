import type { Transaction } from '@roost/client';
import type { RouteHandlerMethod } from 'fastify';
import type { Asked } from './confirm/asked.ts';
import type { Html } from './html.ts';
import type { Flash } from './session-data.ts';
import type { Answer, BaseVisit } from './visit.ts';

/** Somebody who has an account here. Their id is made by BirdBank, says nothing, and is their user id at Roost. */
export type Customer = {
  readonly id: string;
  /** What they sign in with beside their phone number; null when they chose none. */
  readonly userName: string | null;
  readonly createdAtMs: number;
};

/** What a signed-in session remembers. It stays on the server. */
export type CustomerSession = {
  readonly customerId: string;
  readonly startedAtMs: number;
  /** When a factor was last shown in this session, and which: changes to factors and payments need it fresh. */
  readonly fresh: { readonly atMs: number; readonly factorId: string } | null;
  /** What they are being asked to confirm, the newest last. */
  readonly asked: readonly Asked[];
  /** A factor that is being added: what its page shows, sealed with the session. */
  readonly enrolling: Enrolling | null;
  /** What the next page is to say, once. */
  readonly flash: Flash | null;
};
/**
 * One request of a customer who has shown both factors; nobody else gets one. Handlers of the routes below receive it,
 * and whoever is not signed in is sent to the sign-in page instead.
 */
export type CustomerVisit = BaseVisit & {
  /** What a page leaves here is there at the next visit. */
  session: CustomerSession;
  readonly customer: Customer;
  /** What this session is called on the list of its owner's sessions. */
  readonly sessionName: string;
  /** Ends this session: the browser is signed out when the answer reaches it. */
  readonly signOut: () => void;
  /** Ends all other sessions of this customer, wherever they are. */
  readonly endOthers: () => void;
};
export type CustomerHandler = (visit: CustomerVisit) => Answer | Promise<Answer>;

/** Fastify handlers for pages of customers: `look` for GET, `submit` for POST, which needs the form's token. */
export type CustomerRoutes = {
  readonly look: (handler: CustomerHandler) => RouteHandlerMethod;
  readonly submit: (handler: CustomerHandler) => RouteHandlerMethod;
  /**
   * Asks the customer to confirm something with one of their factors, now, and answers where they are to go for it.
   * What is to happen when they have, the purpose says.
   */
  readonly ask: (visit: CustomerVisit, wanted: AskWanted) => Promise<Answer>;
};

export type AskWanted = {
  /** Name of one of the purposes that `createBank` was given, such as `payment`. */
  readonly purpose: string;
  /** What it is about, for the purpose to find it again, such as the id of a payment. */
  readonly reference: string;
};

/** Something that customers confirm with a factor: what it is, and what happens then. One for each kind of thing. */
export type Purpose = {
  /** As Roost is told it: at most 64 of `a-z 0-9 . _ : -`. */
  readonly name: string;
  /**
   * What is to be confirmed, read anew at every step: when a transaction has changed since it was asked, the challenge is
   * void. null when it is not there any more, or not this customer's.
   */
  readonly subject: (visit: CustomerVisit, reference: string) => Subject | null;
  /** What happens once it is confirmed. Runs within the same request, once; answers where to go. */
  readonly approved: (visit: CustomerVisit, approved: Approved) => Answer | Promise<Answer>;
};
export type Subject = {
  readonly title: string;
  /** What is confirmed, above the form. */
  readonly details: Html | null;
  /** What Roost binds the codes to, and shows in the message; null to confirm only who they are. */
  readonly transaction: Transaction | null;
  /** A factor that may not confirm this; null when any may. */
  readonly exceptFactor: string | null;
  /** Where "cancel" leads. */
  readonly backTo: string;
};
export type Approved = {
  readonly reference: string;
  /** Id of the challenge at Roost. */
  readonly challenge: string;
  /** The signed statement: redeem it before acting on it. */
  readonly proof: string;
  readonly transaction: Transaction | null;
  readonly factorId: string;
};

/** A factor that is being added, and what its owner needs for it. */
export type Enrolling =
  | {
      readonly way: 'app';
      readonly factorId: string;
      readonly uri: string;
      readonly base32: string;
      readonly qrSvg: string;
    }
  | {
      readonly way: 'phone';
      readonly factorId: string;
      /** E.164. */
      readonly phone: string;
      readonly recipient: string;
    }
  | {
      readonly way: 'token';
      readonly factorId: string;
      /** What to type into a token with a keypad; null for others. */
      readonly question: string | null;
    }
  | { readonly way: 'passkey'; readonly factorId: string }
  | { readonly way: 'recovery'; readonly codes: readonly string[]; readonly madeAtMs: number };
