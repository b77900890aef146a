import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type AuditSearch, type FoundEntry, searchAudit } from '../../app/audit-search.ts';
import { chainOf, type Verified, type VerifyDeps, verifyAudit } from '../../app/audit-verify.ts';
import { type Html, html } from '../../kernel/html.ts';
import { answerHeaders } from '../headers.ts';
import { sendHtml } from '../page.ts';
import { consolePage, empty, field } from './frame.ts';
import { act, choose, hidden, moment, table } from './pieces.ts';
import type { Room } from './plugin.ts';
import { type ConsoleForm, demand, demandFresh, type Visit } from './visit.ts';

const HOUR_MS = 3_600_000;
const SPANS = [
  { value: '1', name: 'an hour' },
  { value: '24', name: 'a day' },
  { value: '168', name: 'a week' },
  { value: '720', name: '30 days' },
  { value: '8760', name: 'a year' },
] as const;
const MOST = 200;

/** What was done and by whom; whether all of it is still as it was written; all of it to take away. */
export const auditRoom =
  (needs: VerifyDeps): Room =>
  (app, deps, visitOf) => {
    app.get<{ Querystring: ConsoleForm }>('/console/audit', hidden, (request, reply) =>
      show(request, reply, request.query, null),
    );

    app.post<{ Body: ConsoleForm }>('/console/audit/verify', hidden, async (request, reply) => {
      const by = demandFresh(request, 'audit', deps.nowMs());
      const verified = await verifyAudit(needs, []);
      await deps.record(
        by,
        'audit.verified',
        'audit log',
        verified.damages.length === 0 ? 'whole' : 'damaged',
      );
      return show(request, reply, {}, verified);
    });

    app.get('/console/audit/export', hidden, async (request, reply) => {
      const by = demandFresh(request, 'audit', deps.nowMs());
      await deps.record(by, 'audit.exported', 'audit log', 'all of it');
      reply.headers(answerHeaders(request.protocol === 'https'));
      reply.header('cache-control', 'no-store');
      reply.header('content-disposition', 'attachment; filename="audit.jsonl"');
      const lines = new PassThrough();
      write(lines).catch((error: unknown) =>
        lines.destroy(error instanceof Error ? error : new Error('broken')),
      );
      return reply.type('application/jsonl; charset=utf-8').send(lines);
    });

    async function write(lines: PassThrough): Promise<void> {
      for await (const { sequence: place, atMs, ...entry } of chainOf(needs.store)) {
        const line = JSON.stringify({ entry: { place, at: new Date(atMs).toISOString(), ...entry } });
        if (lines.destroyed) return;
        if (!lines.write(`${line}\n`)) await Promise.race([once(lines, 'drain'), once(lines, 'close')]);
      }
      lines.end();
    }

    async function show(
      request: FastifyRequest,
      reply: FastifyReply,
      query: ConsoleForm,
      verified: Verified | null,
    ): Promise<FastifyReply> {
      demand(request, 'audit');
      const hours = SPANS.find(({ value }) => value === query.hours)?.value ?? '168';
      const search: AuditSearch = {
        sinceMs: deps.nowMs() - Number(hours) * HOUR_MS,
        who: (query.who ?? '').trim().toLowerCase().slice(0, 64),
        what: (query.what ?? '').trim().toLowerCase().slice(0, 64),
        limit: MOST,
      };
      const found = await searchAudit(needs.store, search);
      return sendHtml(request, reply, auditPage(visitOf(request), { ...search, hours }, found, verified));
    }
  };

type Asked = AuditSearch & { readonly hours: string };

function auditPage(
  visit: Visit,
  { who, what, hours }: Asked,
  found: readonly FoundEntry[],
  verified: Verified | null,
): Html {
  const rows = found.map(
    ({ atMs, actorName, actor, node, action, object, result, sequence }) =>
      html`<tr><th scope="row">${moment(atMs)}</th><td>${actorName ?? (actor === null ? html`<span class="soft">${node}</span>` : html`<code>${actor.slice(0, 8)}</code>`)}</td><td><code>${action}</code></td><td class="long">${object}</td><td class="long">${result}</td><td class="number">${sequence === 0 ? '–' : sequence}</td></tr>`,
  );
  const list =
    found.length === 0
      ? empty('Nothing of the kind within that time. Ask for a longer one, or for less of a name.')
      : html`${table('Audit log', ['When', 'Who', 'What', 'To what', 'How it went', '#Place'], rows)}${found.length === MOST ? html`<p class="soft">The newest ${MOST}. The export has all.</p>` : null}`;
  const body = html`${verified === null ? null : verdictOf(verified)}
<form method="get" action="/console/audit" class="row">${field('who', 'Who', { isRequired: false, value: who, hint: 'The beginning of a name.' })}${field('what', 'What', { isRequired: false, value: what, hint: 'Such as key or sign-in.' })}${choose('hours', 'Within', SPANS, hours)}<button>Search</button></form>
${list}
<section><h2>Is all of it as it was written?</h2><p>Every entry is chained to the one before, and signed checkpoints stand in the log of the server. <a href="/docs/privacy#the-audit-log">How it works</a></p>
<div class="inline">${act(visit.token, '/console/audit/verify', 'Verify the chain', {}, 'plain')}<a class="button quiet" href="/console/audit/export">Export as JSON lines</a></div></section>`;
  return consolePage(visit, {
    title: 'Audit',
    lead: 'What was done and by whom. Nobody can change it here.',
    body,
  });
}

function verdictOf({ entries, loose, checkpoints, damages }: Verified): Html {
  if (damages.length === 0)
    return html`<p class="done" role="status">The log is whole: ${entries} entries and ${checkpoints} checkpoints${loose === 0 ? '' : `, ${loose} entries not placed yet`}. Whether its end was cut off only a checkpoint kept elsewhere can tell: <code>roost audit verify --checkpoints FILE</code>.</p>`;
  return html`<div class="alert" role="alert"><p>The log is not as Roost wrote it:</p><ul>${damages.slice(0, 50).map(({ at, what }) => html`<li>${at}: ${what}</li>`)}</ul></div>`;
}
