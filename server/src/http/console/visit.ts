import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SignedIn } from '../../app/operators/sessions.ts';
import { type Act, isFresh, may, type Operator } from '../../domain/operator.ts';
import { equalSecret, hmac } from '../../kernel/hmac.ts';
import { attribute, type Html, html } from '../../kernel/html.ts';
import type { Assets } from '../assets.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is signed in to the console; half-way at first. null on pages for everybody. */
    signedIn: SignedIn | null;
  }
}

export type ConsoleForm = { readonly [field: string]: string | undefined };

/** What every page of the console is made with. */
export type Visit = {
  readonly assets: Assets;
  readonly operator: Operator;
  /** Its address, for the link that leads here. */
  readonly here: string;
  /** Hidden field of every form: without it a POST is refused, also from our own origin. */
  readonly token: Html;
  readonly nowMs: number;
  may(act: Act): boolean;
};

/** The page cannot be shown to this operator. */
export class Forbidden extends Error {
  override readonly name = 'Forbidden';
}
/** What is asked for wants a factor that was shown within the last minutes. */
export class NotFresh extends Error {
  override readonly name = 'NotFresh';
}

/** @throws Forbidden */
export function demand(request: FastifyRequest, act: Act): Operator {
  const { signedIn } = request;
  if (signedIn === null || signedIn.session.stage !== 'whole' || !may(signedIn.operator.role, act)) {
    throw new Forbidden(`this needs a role that may ${act}`);
  }
  return signedIn.operator;
}

/** @throws Forbidden, NotFresh */
export function demandFresh(request: FastifyRequest, act: Act, nowMs: number): Operator {
  const operator = demand(request, act);
  if (request.signedIn !== null && !isFresh(request.signedIn.session, nowMs))
    throw new NotFresh('show a factor again');
  return operator;
}

const FIELD = 'form_token';
const PAGE = 'form_page';

/** The token of this session's forms: bound to the session, so it is worth nothing in another one. */
export function formToken(key: Uint8Array, sessionDigest: string): string {
  return hmac('SHA256', key, `form ${sessionDigest}`).toString('base64url');
}

/** `page`: where the form stands, which its sender is led back to once they have shown a factor. */
export const tokenField = (token: string, page: string | null = null): Html =>
  html`<input type="hidden" name="${FIELD}" value="${token}">${page === null ? null : html`<input type="hidden" name="${PAGE}" value="${page}">`}`;

/** The page whose form was sent, or that is asked for. Our pages tell browsers to send no referrer. */
export function pageOf({ method, url, body }: FastifyRequest): string {
  return wayOn(method === 'GET' ? url : ((body ?? {}) as ConsoleForm)[PAGE]);
}

export function isTokenOf(form: ConsoleForm, expected: string): boolean {
  return equalSecret(Buffer.from(form[FIELD] ?? ''), Buffer.from(expected));
}

/** An address of the console to go on to; anything else leads to its front page. */
export const wayOn = (typed: string | undefined): string =>
  typed !== undefined && /^\/console(?:\/[\w-][\w.-]*)*\/?(?:\?[\w=&%.+-]*)?$/.test(typed)
    ? typed
    : '/console';

export const redirect = (reply: FastifyReply, to: string): FastifyReply =>
  reply.code(303).header('location', to).send();

/** `selected` and its like where it is so. */
export const when = (name: string, isSo: boolean) => attribute(name, isSo);
