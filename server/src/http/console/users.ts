import { forgiveFactor, readUser, removeFactor } from '../../app/factors/keep.ts';
import type { FactorView } from '../../app/factors/view.ts';
import { isUsable } from '../../domain/factor.ts';
import type { UserKey } from '../../domain/scope.ts';
import { refuse } from '../../kernel/failure.ts';
import { type Html, html } from '../../kernel/html.ts';
import { sendHtml } from '../page.ts';
import { alert, consolePage, done, empty, field } from './frame.ts';
import { act, hidden, modeChip, moment, table } from './pieces.ts';
import type { Room } from './plugin.ts';
import { ID, readScope, scopeFields } from './scopes.ts';
import { type ConsoleForm, demand, demandFresh, redirect, type Visit } from './visit.ts';

type Posted = { Body: ConsoleForm };
type OfUser = { Params: { mode: string; project: string; user: string }; Querystring: ConsoleForm };
type OfFactor = { Params: OfUser['Params'] & { factor: string } };
const MOST_NAME = 256;

/**
 * Users and what they prove themselves with. A user is looked for by the customer's exact id, by POST, and shown under
 * its keyed hash: ids may be personal and stand in no address.
 */
export const usersRoom: Room = (app, deps, visitOf) => {
  app.get('/console/users', hidden, async (request, reply) => {
    demand(request, 'view');
    return sendHtml(request, reply, searchPage(visitOf(request), null));
  });

  app.post<Posted>('/console/users', hidden, async (request, reply) => {
    demand(request, 'view');
    const { user = '' } = request.body;
    const scope = readScope(request.body);
    const userKey = deps.staff.vault.userKey(scope, user);
    const isKnown =
      user !== '' && user.length <= MOST_NAME && (await readUser(deps.staff, { ...scope, userKey })) !== null;
    if (isKnown) return redirect(reply, pathOf({ ...scope, userKey }));
    return sendHtml(request, reply, searchPage(visitOf(request), { user, ...scope }), 404);
  });

  app.get<OfUser>('/console/users/:mode/:project/:user', hidden, async (request, reply) => {
    demand(request, 'view');
    const key = keyOf(request.params);
    const found = await known(key);
    return sendHtml(request, reply, userPage(visitOf(request), key, found, request.query.said));
  });

  app.post<OfFactor>('/console/users/:mode/:project/:user/:factor/remove', hidden, async (request, reply) => {
    const by = demandFresh(request, 'factors', deps.nowMs());
    const key = keyOf(request.params);
    const { name } = await known(key);
    await removeFactor(deps.enrol, { ...key, id: factorOf(request.params) }, name);
    await deps.record(by, 'factor.removed', request.params.factor, `of user ${key.userKey}`);
    return redirect(reply, `${pathOf(key)}?said=removed`);
  });

  app.post<OfFactor>(
    '/console/users/:mode/:project/:user/:factor/forgive',
    hidden,
    async (request, reply) => {
      const by = demandFresh(request, 'factors', deps.nowMs());
      const key = keyOf(request.params);
      const { name } = await known(key);
      await forgiveFactor(deps.staff, { ...key, id: factorOf(request.params) }, name);
      await deps.record(by, 'factor.waits-ended', request.params.factor, `of user ${key.userKey}`);
      return redirect(reply, `${pathOf(key)}?said=forgiven`);
    },
  );

  async function known(key: UserKey) {
    const found = await readUser(deps.staff, key);
    if (found === null) throw refuse('not_found', 'There is no such user.');
    return found;
  }
};

const pathOf = ({ mode, projectId, userKey }: UserKey): string =>
  `/console/users/${mode}/${projectId}/${userKey}`;

function keyOf({ user, ...scope }: OfUser['Params']): UserKey {
  const read = readScope(scope);
  if (!ID.test(user)) throw refuse('not_found', 'There is no such user.');
  return { ...read, userKey: user };
}

function factorOf({ factor }: OfFactor['Params']): string {
  if (!ID.test(factor)) throw refuse('not_found', 'There is no such factor.');
  return factor;
}

type Missed = { readonly user: string; readonly projectId: string; readonly mode: 'live' | 'test' };

function searchPage(visit: Visit, missed: Missed | null): Html {
  const nobody =
    missed === null
      ? null
      : alert(
          `No user of ${missed.projectId} (${missed.mode}) is called that. Ids are compared letter by letter; a user is known from their first factor on.`,
        );
  const body = html`${nobody}<form method="post" action="/console/users">${visit.token}
${field('user', 'User', { type: 'search', hint: 'Exactly as your service calls them.', value: missed?.user ?? '', autocomplete: 'off' })}
${scopeFields(missed)}
<button>Find user</button></form>`;
  return consolePage(visit, {
    title: 'Users and factors',
    lead: 'What somebody has enrolled to prove who they are. Their ids are sealed, so they can be found but not listed.',
    body,
  });
}

const SAID: { readonly [said: string]: string } = {
  removed: 'The factor is gone, and its user is told where there is a way to.',
  forgiven: 'Its wrong codes are forgotten: the next code is looked at.',
};

function userPage(
  visit: Visit,
  key: UserKey,
  { name, factors }: { readonly name: string; readonly factors: readonly FactorView[] },
  said: string | undefined,
): Html {
  const rows = factors.map(({ factor, recipient }) => {
    const path = `${pathOf(key)}/${factor.id}`;
    const wrong = factor.tries.known.length + factor.tries.unknown.length;
    const acts = visit.may('factors')
      ? html`<div class="inline">${wrong === 0 ? null : act(visit.token, `${path}/forgive`, 'End waits')}${act(visit.token, `${path}/remove`, 'Remove', {}, 'danger')}</div>`
      : null;
    const serial = 'serial' in factor && factor.serial !== null ? ` ${factor.serial}` : '';
    return html`<tr><th scope="row">${KINDS[factor.kind]}${serial}</th><td>${factor.name ?? html`<span class="soft">no name</span>`}</td><td>${recipient ?? '–'}</td>
<td>${isUsable(factor) ? html`<span class="chip good">in use</span>` : html`<span class="chip warn">${factor.confirmedAtMs === null ? 'not confirmed' : 'used up'}</span>`}</td><td>${moment(factor.lastUsedAtMs)}</td><td class="number">${wrong}</td><td>${acts}</td></tr>`;
  });
  const heads = ['Kind', 'Name', 'Recipient', 'State', 'Last used', '#Wrong codes', '-Change'];
  const list =
    factors.length === 0
      ? empty('This user has no factor now. Your service enrols one by POST /v1/users/{user}/factors.')
      : table('Factors', heads, rows);
  const body = html`${done(said === undefined ? null : (SAID[said] ?? null))}
<p>${key.projectId} ${modeChip(key.mode)}</p>${list}
<p class="soft">Wrong codes are those of the last 30 days. After five in a row the user waits; a success ends the waiting too.</p>
<p><a href="/console/users">Find another user</a></p>`;
  return consolePage(visit, { title: name, body });
}

const KINDS = {
  totp: 'Authenticator app',
  hotp: 'Counting token',
  ocra: 'Keypad token',
  yubikey: 'YubiKey',
  webauthn: 'Passkey',
  recovery: 'Recovery codes',
  sms: 'Text message',
  tts: 'Call',
  email: 'E-mail',
  whatsapp: 'WhatsApp',
} as const;
