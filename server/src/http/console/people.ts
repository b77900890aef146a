import type { FastifyInstance, FastifyRequest } from 'fastify';
import { makeLink } from '../../app/operators/links.ts';
import { changeOperator, listOperators } from '../../app/operators/people.ts';
import { type Operator, ROLES, type Role } from '../../domain/operator.ts';
import { refuse } from '../../kernel/failure.ts';
import { type Html, html } from '../../kernel/html.ts';
import { originOf, sendHtml } from '../page.ts';
import type { ConsoleDeps } from './deps.ts';
import { consolePage } from './frame.ts';
import { type ConsoleForm, demand, demandFresh, redirect, type Visit, when } from './visit.ts';

type Posted = { Body: ConsoleForm };
type OfOne = { Params: { id: string } } & Posted;
const hidden = { schema: { hide: true } };
/** What each role may, in words. */
export const MEANS: { readonly [role in Role]: string } = {
  owner: 'everything, operators included',
  operator: 'everything but operators',
  support: 'sees verifications, unmasks recipients, sends again and ends',
  reader: 'looks, and changes nothing',
};

/** Who may sign in, and as what. */
export function peopleRoom(
  app: FastifyInstance,
  deps: ConsoleDeps,
  visitOf: (request: FastifyRequest) => Visit,
): void {
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
