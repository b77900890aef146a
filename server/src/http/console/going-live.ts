import { type GoingLiveDeps, noteRestore, readGoingLive } from '../../app/going-live.ts';
import type { LiveCheck } from '../../domain/going-live.ts';
import { type Html, html } from '../../kernel/html.ts';
import { sendHtml } from '../page.ts';
import { consolePage, ROOMS } from './frame.ts';
import { act, hidden } from './pieces.ts';
import type { Room } from './plugin.ts';
import { demand, demandFresh, redirect, type Visit } from './visit.ts';

/** What is left to do before real people are served. */
export const goingLiveRoom =
  (needs: GoingLiveDeps): Room =>
  (app, deps, visitOf) => {
    app.get('/console/live', hidden, async (request, reply) => {
      demand(request, 'view');
      return sendHtml(request, reply, livePage(visitOf(request), await readGoingLive(needs)));
    });

    app.post('/console/live/restored', hidden, async (request, reply) => {
      const by = demandFresh(request, 'audit', deps.nowMs());
      await noteRestore(needs);
      await deps.record(by, 'backup.restored', by.name, 'said so');
      return redirect(reply, '/console/live');
    });
  };

const STATES = {
  done: { chip: 'chip good', said: 'done' },
  'to-do': { chip: 'chip warn', said: 'to do' },
  advised: { chip: 'chip', said: 'advised' },
} as const;

/** Nobody is led to a room that they may not enter. */
function mayOpen(visit: Visit, address: string): boolean {
  const room = ROOMS.find((one) => one.address === address);
  return room === undefined || visit.may(room.act);
}

function livePage(visit: Visit, checks: readonly LiveCheck[]): Html {
  const left = checks.filter(({ state }) => state === 'to-do').length;
  const items = checks.map(({ id, what, state, note, next }) => {
    const { chip, said } = STATES[state];
    const isRestore = id === 'backup' && state !== 'done' && visit.may('audit');
    return html`<li id="${id}"><h2>${what} <span class="${chip}">${said}</span></h2><p>${note}</p>
${next === null || !mayOpen(visit, next.address) ? null : html`<p><a href="${next.address}">${next.text}</a></p>`}
${isRestore ? act(visit.token, '/console/live/restored', 'I restored a backup') : null}</li>`;
  });
  const lead =
    left === 0
      ? 'Everything that must be done is done.'
      : `${left} of ${checks.length} ${left === 1 ? 'is' : 'are'} still to do. Each turns green by itself once it is done.`;
  return consolePage(visit, { title: 'Going live', lead, body: html`<ol class="steps">${items}</ol>` });
}
