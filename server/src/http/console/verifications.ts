import type { Feed } from '../../app/insight/feed.ts';
import { isNothingThere } from '../../app/insight/home.ts';
import { findListed, readTyped, type SearchDeps } from '../../app/insight/search.ts';
import { sendHtml } from '../page.ts';
import { consolePage } from './frame.ts';
import { liveStreams } from './live.ts';
import { hidden } from './pieces.ts';
import type { Room } from './plugin.ts';
import type { OpenRecipient } from './verification-rows.ts';
import { verificationsBody } from './verifications-page.ts';
import { type ConsoleForm, demand, redirect } from './visit.ts';
import { addressOf, type Query, readWanted, textOf } from './wanted.ts';

export type VerificationsNeeds = SearchDeps & { readonly feed: Feed; readonly open: OpenRecipient };

const LOOKS_LIKE_A_PERSON = /@|^\s*(?:\+|00)/;

/** The list of verifications and refusals, live; and the search. */
export const verificationsRoom =
  (needs: VerificationsNeeds): Room =>
  (app, deps, visitOf) => {
    const streams = liveStreams(needs, deps);
    app.addHook('preClose', async () => streams.close());

    app.get('/console/verifications', hidden, async (request, reply) => {
      demand(request, 'view');
      const visit = visitOf(request);
      const wanted = readWanted(request.query as Query);
      const found = await findListed(needs, wanted);
      const isNew = found.rows.length === 0 && (await isNothingThere(needs.store));
      const body = verificationsBody(visit, { wanted, found, open: needs.open, isNew });
      const page = {
        ...{ title: 'Verifications', body, lead: 'Every code that was asked for, the newest first.' },
        ...{ styles: ['console-insight.css'], modules: ['console-live.js'] },
      };
      return sendHtml(request, reply, consolePage(visit, page));
    });

    app.post<{ Body: ConsoleForm }>('/console/verifications/find', hidden, async (request, reply) => {
      demand(request, 'view');
      const typed = textOf(request.body.q);
      if (typed === null) return redirect(reply, '/console/verifications');
      const found = await readTyped(needs, typed);
      if (found.kind === 'id') return redirect(reply, `/console/verifications/${found.key.id}`);
      const nothing = readWanted({});
      const { recipientKey, reference } = found;
      const ofRecipient = { ...nothing, recipientKey };
      if (recipientKey !== null) {
        // Digits may be a number as well as a reference; it is a reference only where nobody has that number.
        const isPerson =
          LOOKS_LIKE_A_PERSON.test(typed) || (await findListed(needs, ofRecipient)).rows.length > 0;
        if (isPerson) return redirect(reply, `/console/verifications${addressOf(ofRecipient)}`);
      }
      return redirect(reply, `/console/verifications${addressOf({ ...nothing, reference })}`);
    });

    app.get('/console/verifications/live', { ...hidden, exposeHeadRoute: false }, async (request, reply) => {
      demand(request, 'view');
      return streams.open(request, reply);
    });
  };
