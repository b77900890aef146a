import type { FastifyInstance, FastifyRequest } from 'fastify';
import { createKey, listKeys, revokeKey, rotateKey } from '../../app/access/keyring.ts';
import { type AccessKey, isInForce } from '../../domain/access-key.ts';
import { KEY_SCOPES, type KeyScope, readKeyScopes } from '../../domain/key-scope.ts';
import { STAFF_PROJECT } from '../../domain/operator.ts';
import { MODES, type Mode } from '../../domain/scope.ts';
import { refuse } from '../../kernel/failure.ts';
import { type Html, html } from '../../kernel/html.ts';
import { originOf, sendHtml } from '../page.ts';
import type { ConsoleDeps } from './deps.ts';
import { consolePage, empty, field } from './frame.ts';
import { snippetList, snippetsFor } from './key-snippets.ts';
import { act, choose, copyable, hidden, modeChip, moment, table } from './pieces.ts';
import { type ConsoleForm, demand, demandFresh, redirect, type Visit, when } from './visit.ts';

type Posted = { Body: ConsoleForm };
type OfOne = { Params: { id: string } } & Posted;
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u;
const PROJECT = /^[a-z0-9][a-z0-9-]{0,39}$/;

/** Access keys: made here, shown once, revoked at once. */
export function keysRoom(
  app: FastifyInstance,
  deps: ConsoleDeps,
  visitOf: (request: FastifyRequest) => Visit,
): void {
  const urlOf = (request: FastifyRequest) => deps.publicUrl ?? originOf(request);

  app.get('/console/keys', hidden, async (request, reply) => {
    demand(request, 'keys');
    return sendHtml(request, reply, keysPage(visitOf(request), await listKeys(deps.signIn.store)));
  });

  app.post<Posted>('/console/keys', hidden, async (request, reply) => {
    const by = demandFresh(request, 'keys', deps.nowMs());
    const { name = '', project = '' } = request.body;
    const mode = MODES.find((one) => one === request.body.mode);
    if (mode === undefined) throw refuse('invalid_parameter', 'Choose live or test.', 'mode');
    if (!NAME.test(name.trim()))
      throw refuse('invalid_parameter', 'Name the key: letters, digits, spaces, . _ and -.', 'name');
    if (!PROJECT.test(project))
      throw refuse(
        'invalid_parameter',
        'A project is named with small letters, digits and hyphens.',
        'project',
      );
    if (project === STAFF_PROJECT)
      throw refuse('invalid_parameter', `${STAFF_PROJECT} belongs to the console itself.`, 'project');
    const span = SPANS.find(({ value }) => value === (request.body.lasts ?? 'ever'));
    if (span === undefined) throw refuse('invalid_parameter', 'Choose how long the key lasts.', 'lasts');
    const scopes = readKeyScopes(SCOPES.filter((scope) => request.body[`scope-${scope}`] !== undefined));
    const { random, store } = deps.signIn;
    const wanted = { mode, projectId: project, name: name.trim(), lastsMs: span.ms, scopes };
    const made = await createKey(store, random.below, wanted);
    await deps.keysChanged();
    const until = span.ms === null ? '' : `, ${span.name}`;
    const only = scopes === null ? '' : `, only ${scopes.join(' ')}`;
    await deps.record(by, 'key.created', made.id, `${mode} ${project}${until}${only}`);
    return sendHtml(request, reply, madePage(visitOf(request), made.key, mode, urlOf(request)));
  });

  app.post<OfOne>('/console/keys/:id/rotate', hidden, async (request, reply) => {
    const by = demandFresh(request, 'keys', deps.nowMs());
    const overlap = OVERLAPS.find(({ value }) => value === request.body.overlap);
    if (overlap === undefined)
      throw refuse('invalid_parameter', 'Choose how long the old key works on.', 'overlap');
    const { random, store } = deps.signIn;
    const { old, made } = await rotateKey(store, random.below, request.params.id, overlap.ms);
    await deps.keysChanged();
    await deps.record(by, 'key.rotated', old.id, `${made.id} takes its place, ${overlap.name}`);
    return sendHtml(request, reply, madePage(visitOf(request), made.key, old.mode, urlOf(request), old));
  });

  app.post<{ Params: { id: string } } & Posted>(
    '/console/keys/:id/revoke',
    hidden,
    async (request, reply) => {
      const by = demandFresh(request, 'keys', deps.nowMs());
      const revoked = await revokeKey(deps.signIn.store, request.params.id);
      if (revoked.length === 0) throw refuse('not_found', 'There is no such key.');
      await deps.keysChanged();
      await deps.record(by, 'key.revoked', request.params.id, 'revoked');
      return redirect(reply, '/console/keys');
    },
  );
}

const SCOPES = Object.keys(KEY_SCOPES) as KeyScope[];

type Span = { readonly value: string; readonly name: string; readonly ms: number | null };
const HOUR_MS = 3_600_000;
const SPANS: readonly Span[] = [
  { value: 'ever', name: 'until it is revoked', ms: null },
  { value: '30', name: '30 days', ms: 30 * 24 * HOUR_MS },
  { value: '90', name: '90 days', ms: 90 * 24 * HOUR_MS },
  { value: '365', name: 'a year', ms: 365 * 24 * HOUR_MS },
];
const OVERLAPS: readonly (Span & { readonly ms: number })[] = [
  { value: '1', name: 'for an hour', ms: HOUR_MS },
  { value: '24', name: 'for a day', ms: 24 * HOUR_MS },
  { value: '168', name: 'for a week', ms: 168 * HOUR_MS },
];

function stateOf(key: AccessKey, nowMs: number): Html {
  if (key.revokedAtMs !== null) return html`<span class="chip bad">revoked</span>`;
  if (key.expiresAtMs === null) return html`<span class="chip good">in force</span>`;
  if (!isInForce(key, nowMs)) return html`<span class="chip bad">ended</span><br>${moment(key.expiresAtMs)}`;
  return html`<span class="chip warn">ends</span> ${moment(key.expiresAtMs)}`;
}

const scopesOf = ({ scopes }: AccessKey): Html =>
  scopes === null ? html`everything` : html`${scopes.map((scope) => html`<code>${scope}</code> `)}`;

function changesOf({ token, nowMs }: Visit, key: AccessKey): Html | null {
  if (!isInForce(key, nowMs)) return null;
  const at = `/console/keys/${key.id}`;
  return html`<details class="key-changes"><summary>Change<span class="unseen"> ${key.name}</span></summary>
<form method="post" action="${at}/rotate">${token}<p>Make another key in its place. This one works on</p><label class="unseen" for="overlap-${key.id}">How long ${key.name} works on</label><div class="inline"><select id="overlap-${key.id}" name="overlap">${OVERLAPS.map(({ value, name }) => html`<option value="${value}"${when('selected', value === '24')}>${name}</option>`)}</select><button class="quiet">Rotate</button></div></form>
${act(token, `${at}/revoke`, 'Revoke now', {}, 'danger')}</details>`;
}

function keysPage(visit: Visit, keys: readonly AccessKey[]): Html {
  const rows = keys.map(
    (
      key,
    ) => html`<tr><th scope="row">${key.name}<br><code>${key.mode}_…${key.id}</code></th><td>${key.projectId}</td><td>${modeChip(key.mode)}</td><td>${scopesOf(key)}</td>
<td>${stateOf(key, visit.nowMs)}</td><td>${moment(key.createdAtMs)}</td><td>${moment(key.lastUsedAtMs)}</td><td>${changesOf(visit, key)}</td></tr>`,
  );
  const list =
    keys.length === 0
      ? empty(
          'There is no key yet. Make a test key and send your first code with it; nothing leaves this machine.',
        )
      : table(
          'Access keys',
          ['Name', 'Project', 'Mode', 'Opens', 'State', 'Made', 'Last used', '-Change'],
          rows,
        );
  const boxes = SCOPES.map(
    (scope) =>
      html`<label><input type="checkbox" name="scope-${scope}" checked> <span><code>${scope}</code>: ${KEY_SCOPES[scope]}</span></label>`,
  );
  const body = html`<section><h2>Make a key</h2><form method="post" action="/console/keys" class="fields">${visit.token}
${field('name', 'Name', { hint: 'Where it will be used, such as shop or app.' })}
${field('project', 'Project', { value: 'default' })}
<fieldset><legend>Mode</legend><label><input type="radio" name="mode" value="test" checked> test: codes end on the sandbox phone</label><label><input type="radio" name="mode" value="live"> live: codes go out by your providers</label></fieldset>
<fieldset><legend>It opens</legend>${boxes}</fieldset>
${choose('lasts', 'It works', SPANS, 'ever')}
<button>Make key</button></form></section><section><h2>Keys</h2>${list}</section>`;
  return consolePage(visit, {
    title: 'Access keys',
    lead: 'A key that is revoked or has ended is refused on every node within a second.',
    body,
  });
}

function madePage(visit: Visit, key: string, mode: Mode, origin: string, old: AccessKey | null = null): Html {
  const before =
    old === null
      ? null
      : html`<p class="done" role="status">The key before it, ${old.name} <code>…${old.id}</code>, works until ${moment(old.expiresAtMs)}.</p>`;
  const body = html`${before}<p>It is shown now and never again: a digest of it is all that is kept.</p>
${copyable(key)}
<h2>How to use it</h2>
${snippetList(snippetsFor(origin, key, mode))}
<p><a href="/console/keys">Back to all keys</a></p>`;
  return consolePage(visit, { title: 'Your new key', body });
}
