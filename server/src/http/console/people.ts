import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { enrolFactor } from '../../app/factors/enrol.ts';
import { listFactors, removeFactor } from '../../app/factors/keep.ts';
import { makeLink } from '../../app/operators/links.ts';
import { changeOperator, listOperators } from '../../app/operators/people.ts';
import { renewSession } from '../../app/operators/sessions.ts';
import { changePassword } from '../../app/operators/sign-in.ts';
import { type Operator, ROLES, type Role } from '../../domain/operator.ts';
import { Failure, refuse } from '../../kernel/failure.ts';
import { type Html, html } from '../../kernel/html.ts';
import { originOf, sendHtml } from '../page.ts';
import { setSessionId } from './cookie.ts';
import type { ConsoleDeps } from './deps.ts';
import { proveOperator, STAFF } from './door.ts';
import { alert, consolePage, done, doorPage, field } from './frame.ts';
import {
  type ConsoleForm,
  demand,
  demandFresh,
  formToken,
  redirect,
  tokenField,
  type Visit,
  wayOn,
  when,
} from './visit.ts';

type Posted = { Body: ConsoleForm };
type OfOne = { Params: { id: string } } & Posted;
const hidden = { schema: { hide: true } };
const MEANS: { readonly [role in Role]: string } = {
  owner: 'everything, operators included',
  operator: 'everything but operators',
  support: 'sees verifications, unmasks recipients, sends again and ends',
  reader: 'looks, and changes nothing',
};

/** Who may sign in, and what each changes of themselves. */
export function peopleRoom(
  app: FastifyInstance,
  deps: ConsoleDeps,
  visitOf: (request: FastifyRequest) => Visit,
): void {
  const { assets } = deps;

  app.get('/console/operators', hidden, async (request, reply) => {
    demand(request, 'operators');
    const operators = await listOperators(deps.people);
    return sendHtml(request, reply, operatorsPage(visitOf(request), operators, null));
  });

  app.post<Posted>('/console/operators/invite', hidden, async (request, reply) => {
    const by = demandFresh(request, 'operators', deps.nowMs());
    const role = ROLES.find((one) => one === request.body.role);
    if (role === undefined) throw refuse('invalid_parameter', `Choose one of ${ROLES.join(', ')}.`, 'role');
    const secret = await makeLink(deps.signIn, 'invite', role, by.id);
    await deps.record(by, 'operator.invited', role, 'link made');
    const link = `${deps.publicUrl ?? originOf(request)}/console/link/${secret}`;
    const operators = await listOperators(deps.people);
    return sendHtml(request, reply, operatorsPage(visitOf(request), operators, { link, role }));
  });

  app.post<OfOne>('/console/operators/:id', hidden, async (request, reply) => {
    const by = demandFresh(request, 'operators', deps.nowMs());
    const { role, access } = request.body;
    const wanted = ROLES.find((one) => one === role);
    await changeOperator(deps.people, by, request.params.id, {
      ...(wanted === undefined ? {} : { role: wanted }),
      ...(access === undefined ? {} : { isDisabled: access === 'off' }),
    });
    return redirect(reply, '/console/operators');
  });

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
    const body = html`<p>Each works once, in the place of a code of your app. They are shown now and never again; the codes you had before are void.</p>
<ol class="codes">${codes.map((code) => html`<li><code>${code}</code></li>`)}</ol>
<p><a href="/console/me">I have kept them</a></p>`;
    return sendHtml(request, reply, consolePage(visitOf(request), { title: 'Recovery codes', body }));
  });

  app.post<OfOne>('/console/me/factors/:id/remove', hidden, async (request, reply) => {
    const operator = demandFresh(request, 'view', deps.nowMs());
    const mine = (await listFactors(deps.staff, STAFF, operator.id)).filter(
      ({ factor }) => factor.confirmedAtMs !== null,
    );
    const others = mine.filter(({ factor }) => factor.id !== request.params.id && factor.kind !== 'recovery');
    if (others.length === 0)
      throw refuse('invalid_parameter', 'Keep one factor: add another one first.', 'factor');
    await removeFactor(deps.enrol, { ...STAFF, id: request.params.id }, operator.id);
    await deps.record(operator, 'operator.factor', operator.name, 'removed');
    return redirect(reply, '/console/me');
  });

  app.get('/console/fresh', hidden, async (request, reply) => fresh(request, reply, null));

  app.post<Posted>('/console/fresh', hidden, async (request, reply) => {
    const { signedIn } = request;
    if (signedIn === null) return redirect(reply, '/console/sign-in');
    try {
      await proveOperator(deps, signedIn, request.body);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return fresh(request, reply, error.message);
    }
    const { id } = await renewSession(deps.signIn, signedIn.session);
    setSessionId(reply, deps, id);
    return redirect(reply, wayOn(request.body.next));
  });

  function fresh(request: FastifyRequest, reply: FastifyReply, problem: string | null): FastifyReply {
    const { next } = {
      ...(request.query as ConsoleForm),
      ...((request.body as ConsoleForm | undefined) ?? {}),
    };
    const body = html`<p>What you are about to do wants a fresh code. Nothing was done yet; send the form again afterwards.</p>
<form method="post" action="/console/fresh">${tokenField(formToken(deps.formKey, request.signedIn?.session.digest ?? ''))}
<input type="hidden" name="next" value="${wayOn(next)}">
${alert(problem)}
${field('code', 'Code', { hint: 'From your authenticator app, or a recovery code.', autocomplete: 'one-time-code' })}
<button>Check code</button></form>`;
    return sendHtml(
      request,
      reply,
      doorPage(assets, { title: 'Show your factor again', body }),
      problem === null ? 200 : 422,
    );
  }

  async function me(
    request: FastifyRequest,
    reply: FastifyReply,
    failure: Failure | null,
    said: string | null,
  ): Promise<FastifyReply> {
    const operator = demand(request, 'view');
    const visit = visitOf(request);
    const views = await listFactors(deps.staff, STAFF, operator.id);
    const problem = (parameter: string) =>
      failure?.problems[0].parameter === parameter ? failure.message : null;
    const rows = views
      .filter(({ factor }) => factor.confirmedAtMs !== null)
      .map(
        ({
          factor,
        }) => html`<tr><td>${factor.name ?? factor.kind}</td><td>${factor.lastUsedAtMs === null ? 'never used' : html`<time datetime="${new Date(factor.lastUsedAtMs).toISOString()}">${new Date(factor.lastUsedAtMs).toISOString().slice(0, 16).replace('T', ' ')}</time>`}</td>
<td><form method="post" action="/console/me/factors/${factor.id}/remove">${visit.token}<button class="quiet">Remove</button></form></td></tr>`,
      );
    const factors =
      rows.length === 0
        ? html`<p>You signed in by a link of this machine. Invite yourself under ${visit.may('operators') ? html`<a href="/console/operators">Operators</a>` : 'Operators'} to have a name, a password and a factor of your own.</p>`
        : html`<table><thead><tr><th scope="col">Factor</th><th scope="col">Last used</th><th scope="col"><span class="unseen">Change</span></th></tr></thead><tbody>${rows}</tbody></table>
<form method="post" action="/console/me/recovery">${visit.token}<button>Make new recovery codes</button></form>`;
    const password =
      operator.password === null
        ? null
        : html`<section><h2>Password</h2><form method="post" action="/console/me/password">${visit.token}
${field('old', 'Present password', { type: 'password', autocomplete: 'current-password', problem: problem('old') })}
${field('next', 'New password', { type: 'password', autocomplete: 'new-password', problem: problem('next') })}
<button>Change password</button></form></section>`;
    const body = html`${done(said)}<section><h2>Your second factors</h2>${factors}</section>${password}`;
    const page = consolePage(visit, {
      title: operator.name,
      lead: `You are ${operator.role}: ${MEANS[operator.role]}.`,
      body,
    });
    return sendHtml(request, reply, page, failure === null ? 200 : 422);
  }
}

function operatorsPage(
  visit: Visit,
  operators: readonly Operator[],
  made: { readonly link: string; readonly role: Role } | null,
): Html {
  const rows = operators.map((one) => {
    const isOff = one.disabledAtMs !== null;
    return html`<tr${when('data-off', isOff)}><th scope="row">${one.name}</th>
<td><form method="post" action="/console/operators/${one.id}" class="inline">${visit.token}<label class="unseen" for="role-${one.id}">Role of ${one.name}</label><select id="role-${one.id}" name="role">${ROLES.map((role) => html`<option value="${role}"${when('selected', role === one.role)}>${role}</option>`)}</select><button class="quiet">Change role</button></form></td>
<td>${isOff ? html`<span class="chip bad">no access</span>` : html`<span class="chip">may sign in</span>`}</td>
<td><form method="post" action="/console/operators/${one.id}">${visit.token}<input type="hidden" name="access" value="${isOff ? 'on' : 'off'}"><button class="quiet">${isOff ? 'Give access again' : 'Take access away'}</button></form></td></tr>`;
  });
  const link =
    made === null
      ? null
      : html`<div class="done" role="status"><p>Send this link to the person. It works once, within 72 hours, and makes them <b>${made.role}</b>. It is shown now and never again.</p><p><code class="copy">${made.link}</code></p></div>`;
  const body = html`${link}<section><h2>Invite somebody</h2>
<form method="post" action="/console/operators/invite" class="inline">${visit.token}<label for="invite-role">Role</label><select id="invite-role" name="role">${ROLES.map((role) => html`<option value="${role}"${when('selected', role === 'reader')}>${role}: ${MEANS[role]}</option>`)}</select><button>Make a link</button></form></section>
<section><h2>Operators</h2><div class="wide"><table><thead><tr><th scope="col">Name</th><th scope="col">Role</th><th scope="col">Access</th><th scope="col"><span class="unseen">Change</span></th></tr></thead><tbody>${rows}</tbody></table></div></section>`;
  return consolePage(visit, {
    title: 'Operators',
    lead: 'A change of role or access ends the sessions of that person.',
    body,
  });
}
