import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { checkChallenge, createChallenge } from '../../app/factors/challenge.ts';
import { enrolFactor } from '../../app/factors/enrol.ts';
import { confirmFactor, listFactors, removeFactor } from '../../app/factors/keep.ts';
import { findLink } from '../../app/operators/links.ts';
import { type Begun, endSession, renewSession, type SignedIn } from '../../app/operators/sessions.ts';
import { beginSignIn, joinByLink, signInByLink } from '../../app/operators/sign-in.ts';
import { grouped, toBase32 } from '../../domain/factor/base32.ts';
import { writeOtpauth } from '../../domain/factor/otpauth.ts';
import { readRecoveryCode } from '../../domain/factor/recovery.ts';
import { USUAL_TOTP } from '../../domain/factor/totp.ts';
import { type Operator, PASSWORD, STAFF_PROJECT } from '../../domain/operator.ts';
import { NOWHERE } from '../../domain/whereabouts.ts';
import { Failure, refuse } from '../../kernel/failure.ts';
import { type Html, html } from '../../kernel/html.ts';
import { isId } from '../../kernel/ids.ts';
import { sendHtml } from '../page.ts';
import { qrCode } from '../qr.ts';
import { setSessionId } from './cookie.ts';
import type { ConsoleDeps } from './deps.ts';
import { alert, doorPage, field } from './frame.ts';
import { networkOf } from './network.ts';
import { type ConsoleForm, formToken, redirect, tokenField, wayOn } from './visit.ts';

type Posted = { Body: ConsoleForm };
type Linked = { Params: { secret: string } };
const hidden = { schema: { hide: true } };
/** Operators are users of a project of their own, so their factors are the same as everybody's. */
export const STAFF = { projectId: STAFF_PROJECT, mode: 'live' } as const;

/** Getting in: name and password, then a factor; or a link that works once. */
export function doorRoutes(app: FastifyInstance, deps: ConsoleDeps): void {
  const { assets } = deps;
  const show = (request: FastifyRequest, reply: FastifyReply, title: string, body: Html, status = 200) =>
    sendHtml(request, reply, doorPage(assets, { title, body }), status);
  const begin = (reply: FastifyReply, { id }: Begun, to: string) => {
    setSessionId(reply, deps, id);
    return redirect(reply, to);
  };

  app.get('/console/sign-in', hidden, async (request, reply) => {
    const { next } = request.query as ConsoleForm;
    if (request.signedIn?.session.stage === 'whole') return redirect(reply, wayOn(next));
    return show(request, reply, 'Sign in', signInForm(next, '', null));
  });

  app.post<Posted>('/console/sign-in', hidden, async (request, reply) => {
    const { name = '', password = '', next } = request.body;
    const network = networkOf(request);
    try {
      const begun = await beginSignIn(deps.signIn, { name, password, network });
      return begin(reply, begun, `/console/second?next=${encodeURIComponent(wayOn(next))}`);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return show(request, reply, 'Sign in', signInForm(next, name, error.message), 422);
    }
  });

  app.get('/console/second', hidden, async (request, reply) => {
    const signedIn = half(request);
    if (signedIn === null) return redirect(reply, '/console/sign-in');
    return second(request, reply, signedIn, null);
  });

  app.post<Posted>('/console/second', hidden, async (request, reply) => {
    const signedIn = half(request);
    if (signedIn === null) return redirect(reply, '/console/sign-in');
    try {
      await proveOperator(deps, signedIn, request.body);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const { operator } = signedIn;
      if (error.code === 'wrong_code')
        await deps.record(operator, 'console.sign-in', operator.name, 'wrong factor');
      return second(request, reply, signedIn, error.message);
    }
    const begun = await renewSession(deps.signIn, signedIn.session);
    await deps.record(signedIn.operator, 'console.sign-in', signedIn.operator.name, 'signed in');
    return begin(reply, begun, wayOn(request.body.next));
  });

  async function second(
    request: FastifyRequest,
    reply: FastifyReply,
    signedIn: SignedIn,
    problem: string | null,
  ): Promise<FastifyReply> {
    const factors = await listFactors(deps.staff, STAFF, signedIn.operator.id);
    const confirmed = factors.filter(({ factor }) => factor.confirmedAtMs !== null);
    if (confirmed.length === 0) return enrolment(request, reply, signedIn, problem);
    const { next } = {
      ...(request.query as ConsoleForm),
      ...((request.body as ConsoleForm | undefined) ?? {}),
    };
    const kinds = new Set(confirmed.map(({ factor }) => factor.kind));
    const hint = kinds.has('recovery')
      ? 'From your authenticator app, or a recovery code.'
      : 'From your authenticator app.';
    const body = html`<form method="post" action="/console/second">${tokenField(formToken(deps.formKey, signedIn.session.digest))}
<input type="hidden" name="next" value="${wayOn(next)}">
${alert(problem)}
${field('code', 'Code', { hint, autocomplete: 'one-time-code' })}
<button>Check code</button></form>
${cancelForm(signedIn)}`;
    return show(request, reply, 'Second step', body, problem === null ? 200 : 422);
  }

  /** The first time: an authenticator app is enrolled, and its first code is the second step. */
  async function enrolment(
    request: FastifyRequest,
    reply: FastifyReply,
    { operator, session }: SignedIn,
    problem: string | null,
  ): Promise<FastifyReply> {
    const { id, uri, secret } =
      (await begunApp(deps, operator, (request.body as ConsoleForm | undefined)?.factor)) ??
      (await beginApp(deps, operator));
    const body = html`<p>The console wants two things from you: your password, and a code of an authenticator app. Add Roost to yours now.</p>
${qrCode(uri, 'QR code for your authenticator app')}
<p>Or type this key: <code class="key">${grouped(toBase32(secret))}</code></p>
<form method="post" action="/console/second">${tokenField(formToken(deps.formKey, session.digest))}
<input type="hidden" name="factor" value="${id}">
${alert(problem)}
${field('code', 'The code it shows now', { autocomplete: 'one-time-code', inputmode: 'numeric' })}
<button>Check code</button></form>`;
    return show(request, reply, 'Add an authenticator app', body, problem === null ? 200 : 422);
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
    const { name = '', password = '' } = request.body ?? {};
    const link = await findLink(deps.signIn, secret);
    try {
      if (link?.purpose === 'sign-in')
        return begin(reply, await signInByLink(deps.signIn, secret), '/console');
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
    setSessionId(reply, deps, null);
    return redirect(reply, '/console/sign-in');
  });

  function cancelForm({ session }: SignedIn): Html {
    return html`<form method="post" action="/console/sign-out">${tokenField(formToken(deps.formKey, session.digest))}<button class="quiet">Start again</button></form>`;
  }
}

/** An authenticator app that waits for its first code. */
type NewApp = { readonly id: string; readonly uri: string; readonly secret: Uint8Array };
const ISSUER = 'Roost';

/** The app whose first code was wrong: its key is in the app by now. Nobody but who was shown it knows its id. */
async function begunApp(
  { staff }: ConsoleDeps,
  operator: Operator,
  id: string | undefined,
): Promise<NewApp | null> {
  const views = await listFactors(staff, STAFF, operator.id);
  const factor = views.map((view) => view.factor).find((one) => one.id === id);
  if (factor?.kind !== 'totp' || factor.confirmedAtMs !== null) return null;
  const secret = staff.vault.openSecret(factor);
  const { periodSeconds, ...form } = factor.settings;
  const key = { kind: 'totp', issuer: ISSUER, account: operator.name, secret, form, periodSeconds } as const;
  return { id: factor.id, uri: writeOtpauth(key), secret };
}

/** Enrols an app. One that was begun before, and never confirmed, is given up. */
async function beginApp(deps: ConsoleDeps, operator: Operator): Promise<NewApp> {
  for (const { factor } of await listFactors(deps.staff, STAFF, operator.id)) {
    if (factor.confirmedAtMs === null)
      await removeFactor(deps.enrol, { ...STAFF, id: factor.id }, operator.id);
  }
  const wanted = {
    ...({ kind: 'totp', name: 'Authenticator app', issuer: ISSUER, account: operator.name } as const),
    ...{ settings: USUAL_TOTP, secret: null },
  };
  const { shown, factor } = await enrolFactor(deps.enrol, STAFF, operator.id, wanted);
  if (shown.kind !== 'totp') throw new Error('an authenticator app was asked for');
  return { id: factor.id, uri: shown.uri, secret: shown.secret };
}

const half = (request: FastifyRequest): SignedIn | null => request.signedIn;

/**
 * Checks a code of any of an operator's factors; the first code of a new one confirms it.
 * @throws Failure as `consume` does
 */
export async function proveOperator(
  deps: ConsoleDeps,
  { operator }: SignedIn,
  form: ConsoleForm,
): Promise<void> {
  const { code = '', factor } = form;
  const views = await listFactors(deps.staff, STAFF, operator.id);
  // Once there is one it alone lets in: somebody else may have begun another one with a stolen password.
  const isFirst = views.every((one) => one.factor.confirmedAtMs === null);
  if (isFirst && factor !== undefined && isId(factor)) {
    await confirmFactor(deps.consume, { ...STAFF, id: factor }, operator.id, { typed: code, session: null });
    return;
  }
  const kind = readRecoveryCode(code) === null ? 'totp' : 'recovery';
  const mine = views.filter((one) => one.factor.confirmedAtMs !== null && one.factor.kind === kind);
  if (mine.length === 0) throw refuse('wrong_code', 'The code is wrong.', 'code');
  const wanted = {
    purpose: 'console',
    audience: 'roost-console',
    kinds: [kind],
    validSeconds: 60,
    transaction: null,
  } as const;
  const asked = await createChallenge(deps.challenge, STAFF, {
    ...{ ...wanted, user: operator.id, session: null, userVerification: null },
  });
  let refusal: unknown = null;
  for (const { factor: own } of mine) {
    const answer = { factorId: own.id, session: null, whereabouts: NOWHERE, transaction: null, typed: code };
    try {
      await checkChallenge(deps.challenge, { ...STAFF, id: asked.challenge.id }, answer);
      return;
    } catch (error) {
      refusal = error;
    }
  }
  throw refusal;
}

function signInForm(next: string | undefined, name: string, problem: string | null): Html {
  return html`<form method="post" action="/console/sign-in">
<input type="hidden" name="next" value="${wayOn(next)}">
${alert(problem)}
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
