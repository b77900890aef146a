import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { findSession, type SignedIn } from '../../app/operators/sessions.ts';
import { may } from '../../domain/operator.ts';
import { Failure } from '../../kernel/failure.ts';
import { html } from '../../kernel/html.ts';
import { sendHtml } from '../page.ts';
import { isSameOrigin } from '../same-origin.ts';
import { cookieOf } from './cookie.ts';
import type { ConsoleDeps } from './deps.ts';
import { doorRoutes } from './door.ts';
import { consolePage, doorPage } from './frame.ts';
import {
  type ConsoleForm,
  Forbidden,
  formToken,
  isTokenOf,
  NotFresh,
  pageOf,
  redirect,
  tokenField,
  type Visit,
} from './visit.ts';

const MOST_FORM_BYTES = 262_144;
/** Pages for somebody who is not signed in yet; their forms have no session to be bound to. */
const OPEN = /^\/console\/(?:sign-in(?:\/passkey)?|link\/[^/]+)$/;
/** What a half session may see besides. */
const HALF = /^\/console\/(?:second(?:\/passkey)?|sign-out)$/;

/** A room of the console: its routes, made with what all rooms share. */
export type Room = (
  app: FastifyInstance,
  deps: ConsoleDeps,
  visitOf: (request: FastifyRequest) => Visit,
) => void;

/** The console at `/console`. Every page but the door wants a whole session; every POST its form's token. */
export async function consolePlugin(
  app: FastifyInstance,
  { rooms, ...deps }: ConsoleDeps & { readonly rooms: readonly Room[] },
): Promise<void> {
  app.decorateRequest('signedIn', null);
  app.removeAllContentTypeParsers();
  const parserOptions = { parseAs: 'string', bodyLimit: MOST_FORM_BYTES } as const;
  app.addContentTypeParser('application/x-www-form-urlencoded', parserOptions, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(String(body))));
  });
  app.setValidatorCompiler(() => () => true);
  app.addHook('preValidation', async (request) => {
    if (request.method === 'POST') request.body ??= {}; // what is sent without a body is an empty form
  });
  app.addHook('preHandler', async (request, reply) => {
    const id = cookieOf(request, deps, 'session');
    const signedIn = id === null ? null : await findSession(deps.signIn, id);
    request.signedIn = signedIn;
    const path = request.url.split('?')[0] ?? '';
    if (request.method === 'POST' && !isAllowedPost(request, path, signedIn, deps.formKey)) {
      return sendHtml(request, reply, expiredForm(deps, path), 403);
    }
    if (OPEN.test(path)) return;
    if (signedIn === null) return askToSignIn(request, reply);
    if (signedIn.session.stage === 'half' && !HALF.test(path)) return redirect(reply, '/console/second');
  });
  app.setErrorHandler((error: FastifyError | Failure, request, reply) => {
    if (error instanceof Forbidden) return sendHtml(request, reply, refusedPage(deps, request), 403);
    if (error instanceof NotFresh) {
      return redirect(reply, `/console/fresh?next=${encodeURIComponent(pageOf(request))}`);
    }
    if (error instanceof Failure)
      return sendHtml(
        request,
        reply,
        problemPage(deps, request, error),
        error.code === 'not_found' ? 404 : 422,
      );
    throw error;
  });
  const visitOf = (request: FastifyRequest): Visit => {
    const { signedIn } = request;
    if (signedIn === null) throw new Forbidden('nobody is signed in');
    const { operator, session } = signedIn;
    return {
      ...{ assets: deps.assets, operator, nowMs: deps.nowMs() },
      here: request.url.split('?')[0] ?? '',
      token: tokenField(formToken(deps.formKey, session.digest), pageOf(request)),
      may: (act) => may(operator.role, act),
    };
  };
  doorRoutes(app, deps);
  for (const room of rooms) room(app, deps, visitOf);

  function refusedPage(_deps: ConsoleDeps, request: FastifyRequest) {
    const body = html`<p>Your role does not allow this. An owner can give you another one under <b>Operators</b>.</p>`;
    if (request.signedIn?.session.stage !== 'whole')
      return doorPage(deps.assets, { title: 'Not allowed', body });
    return consolePage(visitOf(request), { title: 'Not allowed', body });
  }

  function problemPage(_deps: ConsoleDeps, request: FastifyRequest, failure: Failure) {
    const title = failure.code === 'not_found' ? 'Not found' : 'That did not work';
    const body = html`<p class="alert" role="alert">${failure.message}</p><p><a href="/console">Back to the console</a></p>`;
    if (request.signedIn?.session.stage !== 'whole') return doorPage(deps.assets, { title, body });
    return consolePage(visitOf(request), { title, body });
  }
}

function isAllowedPost(
  request: FastifyRequest,
  path: string,
  signedIn: SignedIn | null,
  key: Uint8Array,
): boolean {
  if (!isSameOrigin(request)) return false;
  if (OPEN.test(path)) return true;
  const form = (request.body ?? {}) as ConsoleForm;
  return signedIn !== null && isTokenOf(form, formToken(key, signedIn.session.digest));
}

function askToSignIn(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const next = request.method === 'GET' ? `?next=${encodeURIComponent(request.url)}` : '';
  return redirect(reply, `/console/sign-in${next}`);
}

function expiredForm({ assets }: ConsoleDeps, path: string) {
  const body = html`<p>This form is too old, or was not sent from a page of the console. Nothing was done.</p><p><a href="${path.startsWith('/console') ? path : '/console'}">Open the page again</a></p>`;
  return doorPage(assets, { title: 'Please try again', body });
}
