import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Home, type HomeDeps, isNothingThere, readHome } from '../../app/insight/home.ts';
import { MODES } from '../../domain/scope.ts';
import { refuse } from '../../kernel/failure.ts';
import { answerHeaders } from '../headers.ts';
import { originOf, sendHtml } from '../page.ts';
import { csvOf, figureTable, TABLES } from './figure-tables.ts';
import { consolePage } from './frame.ts';
import { firstRun, homeActions, homeBody, type Shown } from './home-page.ts';
import { hidden } from './pieces.ts';
import type { Room } from './plugin.ts';
import { demand } from './visit.ts';

export type HomeNeeds = HomeDeps & {
  /** Every provider that is configured. */
  readonly providers: readonly string[];
};

const PERIODS = ['month', 'today'] as const;

/** The front page: how codes are doing, from figures that are counted in the background. */
export const homeRoom =
  (needs: HomeNeeds): Room =>
  (app, _deps, visitOf) => {
    const { store } = needs;

    app.get('/console', hidden, async (request, reply) => {
      demand(request, 'view');
      const visit = visitOf(request);
      if (await isNothingThere(store)) {
        const body = firstRun(visit, originOf(request));
        return sendHtml(
          request,
          reply,
          consolePage(visit, {
            ...{ title: 'Welcome to Roost', body },
            ...{ styles: ['console-insight.css'], modules: ['console-first.js'] },
          }),
        );
      }
      const shown = await read(request);
      return sendHtml(
        request,
        reply,
        consolePage(visit, {
          ...{ title: 'Home', actions: homeActions(shown), body: homeBody(visit, shown) },
          styles: ['console-insight.css'],
        }),
      );
    });

    app.get<{ Params: { file: string } }>('/console/figures/:file', hidden, async (request, reply) => {
      demand(request, 'view');
      const name = TABLES.find((one) => `${one}.csv` === request.params.file);
      if (name === undefined) throw refuse('not_found', `There are ${TABLES.join('.csv, ')}.csv.`);
      const { home, period } = await read(request);
      return sendCsv(request, reply, `roost-${name}-${period}.csv`, csvOf(figureTable(name, home[period])));
    });

    async function read(request: FastifyRequest): Promise<Shown> {
      const query = request.query as { readonly [name: string]: unknown };
      const mode = MODES.find((one) => one === query.mode) ?? null;
      const period = PERIODS.find((one) => one === query.period) ?? 'month';
      const projectId = typeof query.project === 'string' && query.project !== '' ? query.project : null;
      const home: Home = await readHome(needs, { mode, projectId });
      return { home, period, projectId, providers: needs.providers, nowMs: store.nowMs() };
    }
  };

function sendCsv(request: FastifyRequest, reply: FastifyReply, name: string, text: string): FastifyReply {
  reply.headers({ ...answerHeaders(request.protocol === 'https'), 'cache-control': 'no-store' });
  reply.header('content-disposition', `attachment; filename="${name}"`);
  return reply.type('text/csv; charset=utf-8').send(text);
}
