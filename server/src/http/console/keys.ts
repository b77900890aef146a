import type { FastifyInstance, FastifyRequest } from 'fastify';
import { createKey, listKeys, revokeKey } from '../../app/access/keyring.ts';
import type { AccessKey } from '../../domain/access-key.ts';
import { STAFF_PROJECT } from '../../domain/operator.ts';
import { MODES } from '../../domain/scope.ts';
import { refuse } from '../../kernel/failure.ts';
import { type Html, html } from '../../kernel/html.ts';
import { originOf, sendHtml } from '../page.ts';
import type { ConsoleDeps } from './deps.ts';
import { consolePage, empty, field } from './frame.ts';
import { type ConsoleForm, demand, demandFresh, redirect, type Visit } from './visit.ts';

type Posted = { Body: ConsoleForm };
const hidden = { schema: { hide: true } };
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u;
const PROJECT = /^[a-z0-9][a-z0-9-]{0,39}$/;

/** Access keys: made here, shown once, revoked at once. */
export function keysRoom(
  app: FastifyInstance,
  deps: ConsoleDeps,
  visitOf: (request: FastifyRequest) => Visit,
): void {
  app.get('/console/keys', hidden, async (request, reply) => {
    demand(request, 'keys');
    return sendHtml(request, reply, keysPage(visitOf(request), await listKeys(deps.signIn.store), null));
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
    const { random, store } = deps.signIn;
    const made = await createKey(store, random.below, { mode, projectId: project, name: name.trim() });
    await deps.keysChanged();
    await deps.record(by, 'key.created', made.id, `${mode} ${project}`);
    const body = madePage(made.key, mode, originOf(request));
    return sendHtml(request, reply, consolePage(visitOf(request), { title: 'Your new key', body }));
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

function keysPage(visit: Visit, keys: readonly AccessKey[], problem: string | null): Html {
  const rows = keys.map(
    (
      key,
    ) => html`<tr><th scope="row">${key.name}</th><td><code>${key.mode}_…${key.id}</code></td><td>${key.projectId}</td>
<td>${key.mode === 'live' ? html`<span class="chip live">live</span>` : html`<span class="chip">test</span>`}</td>
<td><time datetime="${new Date(key.createdAtMs).toISOString()}">${new Date(key.createdAtMs).toISOString().slice(0, 10)}</time></td>
<td>${
      key.revokedAtMs === null
        ? html`<form method="post" action="/console/keys/${key.id}/revoke">${visit.token}<button class="quiet">Revoke</button></form>`
        : html`<span class="chip bad">revoked</span>`
    }</td></tr>`,
  );
  const list =
    keys.length === 0
      ? empty(
          'There is no key yet. Make a test key and send your first code with it; nothing leaves this machine.',
        )
      : html`<div class="wide"><table><thead><tr><th scope="col">Name</th><th scope="col">Key</th><th scope="col">Project</th><th scope="col">Mode</th><th scope="col">Made</th><th scope="col"><span class="unseen">Change</span></th></tr></thead><tbody>${rows}</tbody></table></div>`;
  const body = html`<section><h2>Make a key</h2><form method="post" action="/console/keys" class="fields">${visit.token}
${field('name', 'Name', { hint: 'Where it will be used, such as shop or app.', problem })}
${field('project', 'Project', { value: 'default' })}
<fieldset><legend>Mode</legend><label><input type="radio" name="mode" value="test" checked> test: codes end on the sandbox phone</label><label><input type="radio" name="mode" value="live"> live: codes go out by your providers</label></fieldset>
<button>Make key</button></form></section><section><h2>Keys</h2>${list}</section>`;
  return consolePage(visit, {
    title: 'Access keys',
    lead: 'A revoked key is refused on every node within a second.',
    body,
  });
}

function madePage(key: string, mode: string, origin: string): Html {
  return html`<p>It is shown now and never again: a digest of it is all that is kept.</p>
<p><code class="copy key">${key}</code></p>
<h2>curl</h2><pre tabindex="0"><code>curl ${origin}/verify -H 'Authorization: AccessKey ${key}' -d recipient=${mode === 'test' ? '447700900001' : '31612345678'} -d timeout=300</code></pre>
<h2>TypeScript</h2><pre tabindex="0"><code>import { Roost } from '@roost/client';
const roost = new Roost({ url: '${origin}', accessKey: process.env.ROOST_ACCESS_KEY });</code></pre>
<p>MessageBird's own libraries work too, once they are pointed at <code>${origin}</code>: the README has a line for each.</p>
<p><a href="/console/keys">Back to all keys</a></p>`;
}
