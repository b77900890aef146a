import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { enrolFactor } from '../../app/factors/enrol.ts';
import { confirmFactor, removeFactor, renameFactor } from '../../app/factors/keep.ts';
import { endOtherSessions, renewSession, type SignedIn } from '../../app/operators/sessions.ts';
import { changePassword } from '../../app/operators/sign-in.ts';
import type { Factor } from '../../domain/factor.ts';
import { type Operator, STAFF } from '../../domain/operator.ts';
import { Failure } from '../../kernel/failure.ts';
import { type Html, html } from '../../kernel/html.ts';
import { isId } from '../../kernel/ids.ts';
import { sendHtml } from '../page.ts';
import { appFor, appForm } from './apps.ts';
import { cookieOf, hold } from './cookie.ts';
import type { ConsoleDeps } from './deps.ts';
import { alert, consolePage, done, doorPage, field } from './frame.ts';
import {
  answerAsked,
  askForPasskey,
  beginPasskey,
  confirmPasskey,
  nameOf,
  PASSKEY_MODULES,
  passkeyForm,
} from './passkeys.ts';
import { MEANS } from './people.ts';
import { act, hidden, moment, table } from './pieces.ts';
import { confirmedOf, proofForms, proveOperator } from './prove.ts';
import { recipientsOf } from './recipients.ts';
import {
  type ConsoleForm,
  demand,
  demandFresh,
  Forbidden,
  formToken,
  redirect,
  tokenField,
  type Visit,
  wayOn,
} from './visit.ts';

type Posted = { Body: ConsoleForm };
type OfOne = { Params: { id: string } } & Posted;

/** What each operator changes of themselves: factors and password; and showing a factor again before what is dangerous. */
export function meRoom(
  app: FastifyInstance,
  deps: ConsoleDeps,
  visitOf: (request: FastifyRequest) => Visit,
): void {
  const { assets } = deps;
  const modules = deps.takesPasskeys ? PASSKEY_MODULES : [];

  app.get('/console/me', hidden, async (request, reply) => me(request, reply, null, null));

  app.post<Posted>('/console/me/password', hidden, async (request, reply) => {
    const operator = demandFresh(request, 'view', deps.nowMs());
    const { old = '', next = '' } = request.body;
    try {
      const keep = request.signedIn?.session.digest ?? '';
      await changePassword(deps.signIn, operator, { old, next, keep });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return me(request, reply, error, null);
    }
    return me(request, reply, null, 'Your password is changed, and every other session of yours has ended.');
  });

  app.post<Posted>('/console/me/recovery', hidden, async (request, reply) => {
    const operator = demandFresh(request, 'view', deps.nowMs());
    const { shown } = await enrolFactor(deps.enrol, STAFF, operator.id, {
      kind: 'recovery',
      name: 'Recovery codes',
    });
    await deps.record(operator, 'operator.recovery', operator.name, 'new codes');
    const codes = shown.kind === 'recovery' ? shown.codes : [];
    const body = html`<p>Each works once, in the place of a passkey or a code of your app. They are shown now and never again; the codes you had before are void.</p>
<ol class="codes">${codes.map((code) => html`<li><code>${code}</code></li>`)}</ol>
<p><a href="/console/me">I have kept them</a></p>`;
    return sendHtml(request, reply, consolePage(visitOf(request), { title: 'Recovery codes', body }));
  });

  app.post<Posted>('/console/me/passkeys/new', hidden, async (request, reply) => {
    demandFresh(request, 'view', deps.nowMs());
    return answerAsked(reply, () => beginPasskey(deps, here(request), request.body.name ?? ''));
  });

  app.post<Posted>('/console/me/passkeys', hidden, async (request, reply) => {
    demandFresh(request, 'view', deps.nowMs());
    await confirmPasskey(deps, here(request), request.body);
    return redirect(reply, '/console/me');
  });

  app.post<Posted>('/console/me/app', hidden, async (request, reply) => {
    const operator = demandFresh(request, 'view', deps.nowMs());
    const { factor, code } = request.body;
    let problem: string | null = null;
    if (code !== undefined && isId(factor ?? '')) {
      try {
        const key = { ...STAFF, id: factor ?? '' };
        await confirmFactor(deps.consume, key, operator.id, { typed: code, session: null });
        await deps.record(operator, 'operator.factor', operator.name, 'app added');
        return redirect(reply, '/console/me');
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        problem = error.message;
      }
    }
    const visit = visitOf(request);
    const made = await appFor(deps, operator, factor);
    const body = html`${alert(problem)}${appForm(made, '/console/me/app', visit.token)}`;
    const page = consolePage(visit, { title: 'Add an authenticator app', body });
    return sendHtml(request, reply, page, problem === null ? 200 : 422);
  });

  app.post<OfOne>('/console/me/factors/:id/name', hidden, async (request, reply) => {
    const operator = demand(request, 'view');
    await renameFactor(
      deps.staff,
      { ...STAFF, id: request.params.id },
      operator.id,
      nameOf(request.body.name ?? ''),
    );
    return redirect(reply, '/console/me');
  });

  app.post<OfOne>('/console/me/factors/:id/remove', hidden, async (request, reply) => {
    const operator = demandFresh(request, 'view', deps.nowMs());
    await removeFactor(deps.enrol, { ...STAFF, id: request.params.id }, operator.id, {
      keepsOne: operator.password !== null,
    });
    await endOtherSessions(deps.signIn, here(request).session);
    await deps.record(operator, 'operator.factor', operator.name, 'removed');
    return redirect(reply, '/console/me');
  });

  app.get('/console/fresh', hidden, async (request, reply) => fresh(request, reply, null));

  app.post<Posted>('/console/fresh/passkey', hidden, (request, reply) =>
    answerAsked(reply, () => {
      const { operator, session } = here(request);
      return askForPasskey(deps, 'fresh', { operator, session: session.digest });
    }),
  );

  app.post<Posted>('/console/fresh', hidden, async (request, reply) => {
    const signedIn = here(request);
    try {
      await proveOperator(deps, request, signedIn, 'fresh');
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return fresh(request, reply, error.message);
    }
    hold(reply, deps, await renewSession(deps.signIn, signedIn.session, cookieOf(request, deps, 'device')));
    return redirect(reply, wayOn(request.body.next));
  });

  async function fresh(
    request: FastifyRequest,
    reply: FastifyReply,
    problem: string | null,
  ): Promise<FastifyReply> {
    const { operator, session } = here(request);
    const factors = await confirmedOf(deps, operator);
    const { next } = {
      ...(request.query as ConsoleForm),
      ...((request.body as ConsoleForm | undefined) ?? {}),
    };
    const token = tokenField(formToken(deps.formKey, session.digest));
    const fields = html`${token}<input type="hidden" name="next" value="${wayOn(next)}">`;
    const body =
      factors.length === 0
        ? html`<p>What you are about to do wants a factor, and you signed in by a link, which is good for that for five minutes. Sign in by a new link, and add a passkey or an app to your account then: <code>npm start</code> prints a link.</p><p><a href="/console/me">Your account</a></p>`
        : html`<p>What you are about to do wants a factor again. Nothing was done yet; send the form again afterwards.</p>
${alert(problem)}${proofForms(deps, '/console/fresh', factors, fields)}`;
    const page = doorPage(assets, { title: 'Show your factor again', body, modules });
    return sendHtml(request, reply, page, problem === null ? 200 : 422);
  }

  async function me(
    request: FastifyRequest,
    reply: FastifyReply,
    failure: Failure | null,
    said: string | null,
  ): Promise<FastifyReply> {
    const operator = demand(request, 'view');
    const visit = visitOf(request);
    const body = html`${done(said)}<section><h2>Your factors</h2>
${factorsTable(visit, operator, await confirmedOf(deps, operator))}
<div class="inline">${act(visit.token, '/console/me/app', 'Add an authenticator app')}${act(visit.token, '/console/me/recovery', 'Make new recovery codes')}</div></section>
${deps.takesPasskeys ? newPasskey(visit) : null}${await recipientsOf(deps, visit)}${passwordForm(visit, operator, failure)}`;
    const page = consolePage(visit, {
      title: operator.name,
      lead: `You are ${operator.role}: ${MEANS[operator.role]}.`,
      body,
      modules,
    });
    return sendHtml(request, reply, page, failure === null ? 200 : 422);
  }
}

/** @throws Forbidden */
function here({ signedIn }: FastifyRequest): SignedIn {
  if (signedIn === null || signedIn.session.stage !== 'whole') throw new Forbidden('nobody is signed in');
  return signedIn;
}

const KINDS: { readonly [kind in Factor['kind']]?: string } = {
  webauthn: 'passkey',
  totp: 'authenticator app',
  recovery: 'recovery codes',
};

function factorsTable(visit: Visit, operator: Operator, factors: readonly Factor[]): Html {
  if (factors.length === 0) {
    const invite = visit.may('operators')
      ? html` or <a href="/console/operators">invite yourself</a> to have a name and a password`
      : null;
    return operator.password === null
      ? html`<p>You signed in by a link of this machine. Add a passkey to come back without one,${invite ?? ' too'}.</p>`
      : html`<p>You have no second factor.</p>`;
  }
  const rows = factors.map((factor) => {
    const name = factor.name ?? KINDS[factor.kind] ?? factor.kind;
    const at = `/console/me/factors/${factor.id}`;
    const kind = KINDS[factor.kind] ?? factor.kind;
    const left = factor.kind === 'recovery' ? `, ${factor.digests.length} left` : '';
    const wentBack =
      factor.kind === 'webauthn' && factor.memory.state === 'registered' && factor.memory.counterWentBackAtMs;
    return html`<tr><th scope="row"><form method="post" action="${at}/name" class="inline">${visit.token}<label class="unseen" for="name-${factor.id}">Name of ${name}</label><input id="name-${factor.id}" name="name" value="${name}" maxlength="64" required><button class="quiet">Rename</button></form></th>
<td>${kind}${left}${wentBack ? html` <span class="chip bad">its counter went back: there may be a copy</span>` : null}</td><td>${moment(factor.createdAtMs)}</td><td>${moment(factor.lastUsedAtMs)}</td>
<td>${act(visit.token, `${at}/remove`, 'Remove')}</td></tr>`;
  });
  return table('Your factors', ['Name', 'Kind', 'Added', 'Last used', '-Change'], rows);
}

function newPasskey({ token }: Visit): Html {
  const label = 'Add a passkey';
  const form = { action: '/console/me/passkeys', ask: '/console/me/passkeys/new', label };
  const name = field('name', 'Name of the passkey', {
    hint: 'Such as the device that it is on.',
    value: '',
    isRequired: false,
  });
  return html`<section><h2>Add a passkey</h2><p>It signs you in without a password, and is shown again before what is dangerous. Its user is verified by a finger, a face or a PIN.</p>
${passkeyForm(form, html`${token}${name}`, 'new')}
<p class="soft" data-without-passkey>This needs a browser that has passkeys, with scripts allowed.</p></section>`;
}

function passwordForm({ token }: Visit, operator: Operator, failure: Failure | null): Html | null {
  if (operator.password === null) return null;
  const problem = (parameter: string) =>
    failure?.problems[0].parameter === parameter ? failure.message : null;
  return html`<section><h2>Password</h2><form method="post" action="/console/me/password">${token}
${field('old', 'Present password', { type: 'password', autocomplete: 'current-password', problem: problem('old') })}
${field('next', 'New password', { type: 'password', autocomplete: 'new-password', problem: problem('next') })}
<button>Change password</button></form></section>`;
}
