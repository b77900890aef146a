import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { findLink } from '../../app/operators/links.ts';
import { countAsked, noteWrongPasskey, signInByPasskey } from '../../app/operators/passkeys.ts';
import { type Begun, endSession, renewSession, type SignedIn } from '../../app/operators/sessions.ts';
import { beginSignIn, joinByLink, signInByLink } from '../../app/operators/sign-in.ts';
import { PASSWORD } from '../../domain/operator.ts';
import { Failure } from '../../kernel/failure.ts';
import { type Html, html } from '../../kernel/html.ts';
import { sendHtml } from '../page.ts';
import { appFor, appForm } from './apps.ts';
import { cookieOf, hold, setCookie } from './cookie.ts';
import type { ConsoleDeps } from './deps.ts';
import { alert, doorPage, field } from './frame.ts';
import { networkOf } from './network.ts';
import {
  answerAsked,
  askForPasskey,
  beginPasskey,
  PASSKEY_MODULES,
  passkeyForm,
  usePasskey,
} from './passkeys.ts';
import { confirmedOf, proofForms, proveOperator } from './prove.ts';
import { type ConsoleForm, Forbidden, formToken, redirect, tokenField, wayOn } from './visit.ts';

type Posted = { Body: ConsoleForm };
type Linked = { Params: { secret: string } };
const hidden = { schema: { hide: true } };

/** Getting in: name and password, then a factor; or a link that works once. */
export function doorRoutes(app: FastifyInstance, deps: ConsoleDeps): void {
  const { assets } = deps;
  const modules = deps.takesPasskeys ? PASSKEY_MODULES : [];
  const show = (request: FastifyRequest, reply: FastifyReply, title: string, body: Html, status = 200) =>
    sendHtml(request, reply, doorPage(assets, { title, body, modules }), status);
  const begin = (reply: FastifyReply, begun: Begun, to: string) => {
    hold(reply, deps, begun);
    return redirect(reply, to);
  };

  app.get('/console/sign-in', hidden, async (request, reply) => {
    const { next } = request.query as ConsoleForm;
    if (request.signedIn?.session.stage === 'whole') return redirect(reply, wayOn(next));
    return show(request, reply, 'Sign in', signInForm(deps, next, '', null));
  });

  app.post<Posted>('/console/sign-in', hidden, async (request, reply) => {
    const { name = '', password = '', next } = request.body;
    const device = cookieOf(request, deps, 'device');
    try {
      if (request.body.credential !== undefined) {
        const begun = await signInWithPasskey(deps, request, device);
        setCookie(reply, deps, 'door', null);
        return begin(reply, begun, wayOn(next));
      }
      const begun = await beginSignIn(deps.signIn, { name, password, network: networkOf(request), device });
      return begin(reply, begun, `/console/second?next=${encodeURIComponent(wayOn(next))}`);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return show(request, reply, 'Sign in', signInForm(deps, next, name, error.message), 422);
    }
  });

  app.post('/console/sign-in/passkey', hidden, (request, reply) =>
    answerAsked(reply, async () => {
      await countAsked(deps.signIn, networkOf(request), cookieOf(request, deps, 'device'));
      const door = deps.signIn.random.bytes(32).toString('base64url');
      setCookie(reply, deps, 'door', door);
      return askForPasskey(deps, 'sign-in', { operator: null, session: `door ${door}` });
    }),
  );

  app.post('/console/second/passkey', hidden, (request, reply) =>
    answerAsked(reply, async () => {
      const signedIn = half(request);
      if (signedIn === null) throw new Forbidden('nobody has given a password');
      const factors = await confirmedOf(deps, signedIn.operator);
      if (factors.length === 0) return beginPasskey(deps, signedIn, '');
      const { operator, session } = signedIn;
      return askForPasskey(deps, 'second', { operator, session: session.digest });
    }),
  );

  app.get('/console/second', hidden, async (request, reply) => {
    const signedIn = half(request);
    if (signedIn === null) return redirect(reply, elsewhere(request));
    return second(request, reply, signedIn, null);
  });

  app.post<Posted>('/console/second', hidden, async (request, reply) => {
    const signedIn = half(request);
    if (signedIn === null) return redirect(reply, elsewhere(request));
    try {
      await proveOperator(deps, request, signedIn, 'second');
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const { operator } = signedIn;
      if (error.code === 'wrong_code')
        await deps.record(operator, 'console.sign-in', operator.name, 'wrong factor');
      return second(request, reply, signedIn, error.message);
    }
    const device = cookieOf(request, deps, 'device');
    const begun = await renewSession(deps.signIn, signedIn.session, device);
    await deps.record(signedIn.operator, 'console.sign-in', signedIn.operator.name, 'signed in');
    return begin(reply, begun, wayOn(request.body.next));
  });

  async function second(
    request: FastifyRequest,
    reply: FastifyReply,
    signedIn: SignedIn,
    problem: string | null,
  ): Promise<FastifyReply> {
    const factors = await confirmedOf(deps, signedIn.operator);
    if (factors.length === 0) return enrolment(request, reply, signedIn, problem);
    const { next } = {
      ...(request.query as ConsoleForm),
      ...((request.body as ConsoleForm | undefined) ?? {}),
    };
    const token = tokenField(formToken(deps.formKey, signedIn.session.digest));
    const fields = html`${token}<input type="hidden" name="next" value="${wayOn(next)}">`;
    const body = html`${alert(problem)}${proofForms(deps, '/console/second', factors, fields)}
${cancelForm(signedIn)}`;
    return show(request, reply, 'Second step', body, problem === null ? 200 : 422);
  }

  /** The first time: a passkey or an authenticator app is enrolled, and its first answer is the second step. */
  async function enrolment(
    request: FastifyRequest,
    reply: FastifyReply,
    { operator, session }: SignedIn,
    problem: string | null,
  ): Promise<FastifyReply> {
    const app = await appFor(deps, operator, (request.body as ConsoleForm | undefined)?.factor);
    const token = tokenField(formToken(deps.formKey, session.digest));
    const byPasskey = deps.takesPasskeys
      ? passkeyForm(
          { action: '/console/second', ask: '/console/second/passkey', label: 'Add a passkey' },
          html`${token}<input type="hidden" name="factor" value="${app.id}"><p class="hint">On this device or a security key. It also signs you in without a password.</p>`,
          'new',
        )
      : null;
    const body = html`<p>The console wants two things from you: your password, and a passkey or a code of an authenticator app.</p>
${alert(problem)}
${byPasskey}<h2 class="or">${byPasskey === null ? 'Add an authenticator app' : 'Or add an authenticator app'}</h2>
${appForm(app, '/console/second', token)}`;
    return show(request, reply, 'Your second factor', body, problem === null ? 200 : 422);
  }

  app.get<Linked>('/console/link/:secret', hidden, async (request, reply) => {
    const link = await findLink(deps.signIn, request.params.secret);
    if (link === null) return show(request, reply, 'This link works no more', deadLink(), 404);
    if (link.purpose === 'sign-in') {
      const body = html`<p>This machine printed a link to its own console.</p><form method="post"><button>Sign in as owner</button></form>`;
      return show(request, reply, 'Sign in', body);
    }
    return show(
      request,
      reply,
      link.purpose === 'first' ? 'Welcome' : 'You are invited',
      joinForm(link.role, '', null),
    );
  });

  app.post<Linked & Posted>('/console/link/:secret', hidden, async (request, reply) => {
    const { secret } = request.params;
    const { name = '', password = '' } = request.body;
    const link = await findLink(deps.signIn, secret);
    try {
      if (link?.purpose === 'sign-in')
        return begin(
          reply,
          await signInByLink(deps.signIn, secret, cookieOf(request, deps, 'device')),
          '/console',
        );
      return begin(reply, await joinByLink(deps.signIn, secret, { name, password }), '/console/second');
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (error.code === 'not_found' || link === null) {
        return show(request, reply, 'This link works no more', deadLink(), 404);
      }
      return show(request, reply, 'Welcome', joinForm(link.role, name, error), 422);
    }
  });

  app.post('/console/sign-out', hidden, async (request, reply) => {
    if (request.signedIn !== null) await endSession(deps.signIn, request.signedIn.session);
    setCookie(reply, deps, 'session', null);
    return redirect(reply, '/console/sign-in');
  });

  function cancelForm({ session }: SignedIn): Html {
    return html`<form method="post" action="/console/sign-out">${tokenField(formToken(deps.formKey, session.digest))}<button class="quiet">Start again</button></form>`;
  }
}

/** Who has given a password and shown no factor yet: to anybody further on this step would be a way to look fresh. */
const half = ({ signedIn }: FastifyRequest): SignedIn | null =>
  signedIn?.session.stage === 'half' ? signedIn : null;

/** Where somebody goes who is not between the two steps. */
const elsewhere = ({ signedIn }: FastifyRequest): string =>
  signedIn === null ? '/console/sign-in' : '/console';

/** @throws Failure as `consume` does; `wrong_code` for somebody who may not sign in */
async function signInWithPasskey(
  deps: ConsoleDeps,
  request: FastifyRequest,
  device: string | null,
): Promise<Begun> {
  const door = cookieOf(request, deps, 'door') ?? '';
  const form = request.body as ConsoleForm;
  try {
    const operatorId = await usePasskey(deps, 'sign-in', { session: `door ${door}`, device }, form);
    return await signInByPasskey(deps.signIn, operatorId, device);
  } catch (error) {
    if (error instanceof Failure && error.code === 'wrong_code') await noteWrongPasskey(deps.signIn);
    throw error;
  }
}

function signInForm(
  { takesPasskeys }: ConsoleDeps,
  next: string | undefined,
  name: string,
  problem: string | null,
): Html {
  const on = html`<input type="hidden" name="next" value="${wayOn(next)}">`;
  const byPasskey = takesPasskeys
    ? html`${passkeyForm({ action: '/console/sign-in', ask: '/console/sign-in/passkey', label: 'Sign in with a passkey' }, on)}<p class="or" data-beside-passkey hidden>or with your password</p>`
    : null;
  return html`${alert(problem)}${byPasskey}<form method="post" action="/console/sign-in">
${on}
${field('name', 'Name', { value: name, autocomplete: 'username' })}
${field('password', 'Password', { type: 'password', autocomplete: 'current-password' })}
<button>Go on</button></form>`;
}

function joinForm(role: string, name: string, failure: Failure | null): Html {
  const problem = (parameter: string) =>
    failure?.problems[0].parameter === parameter ? failure.message : null;
  return html`<p>You will be <b>${role}</b> of this Roost. Choose what you sign in with.</p>
<form method="post">
${field('name', 'Name', { value: name, hint: 'Such as your e-mail address.', autocomplete: 'username', problem: problem('name') })}
${field('password', 'Password', { type: 'password', hint: `At least ${PASSWORD.least} characters; a few words are good.`, autocomplete: 'new-password', problem: problem('password') })}
<button>Go on to the second step</button></form>`;
}

const deadLink =
  (): Html => html`<p>A link works once, and for a limited time. Ask for another one: an owner makes invitations under <b>Operators</b>; <code>roost operators link</code> prints one on the server.</p>
<p><a href="/console/sign-in">Sign in</a></p>`;
