import { lastCheck, type ProviderCheck } from '../../app/delivery/check-provider.ts';
import { lastTroubles, ratesByCountry, readBreakers, sentTest } from '../../app/delivery/how-it-does.ts';
import { type PreviewDeps, previewRoute } from '../../app/route-preview.ts';
import { sendTexts, type TextDeps } from '../../app/texts.ts';
import { CHANNELS } from '../../domain/message.ts';
import { may, type Operator } from '../../domain/operator.ts';
import { readRecipient } from '../../domain/recipient.ts';
import type { ProjectRoutes } from '../../domain/route.ts';
import { type FaultChange, readFaultChange, type SandboxFault } from '../../domain/sandbox-faults.ts';
import { Failure, failureOf, isProblem, refuse } from '../../kernel/failure.ts';
import { maskRecipient } from '../../kernel/mask.ts';

import { sendHtml } from '../page.ts';
import { hidden } from './pieces.ts';
import type { Room } from './plugin.ts';
import { providerPage, providersPage } from './providers-pages.ts';
import type { Carrier, Previewed, ProviderView } from './providers-view.ts';
import { recipientsReadyOf } from './recipients.ts';
import { type OwnRecipient, testTargets } from './recipients-view.ts';
import { ID, readScope, USUAL_PROJECT } from './scopes.ts';
import { type ConsoleForm, demand, demandFresh, redirect } from './visit.ts';

export type ProviderNeeds = {
  readonly carriers: readonly Carrier[];
  /** Asks one whether it takes our credentials; nothing is sent. */
  readonly check: (provider: string) => Promise<ProviderCheck>;
  /** Projects that have routes of their own, and the usual one. */
  readonly projects: () => readonly string[];
  readonly preview: PreviewDeps;
  /** Sends a text by this provider, whatever the routes say. */
  readonly texts: (provider: string) => TextDeps;
  /** What the sandbox is made to do wrong. It alone has such switches. */
  readonly faults: {
    list(): Promise<readonly SandboxFault[]>;
    /** Writes down who did it, in the same transaction. */
    change(by: Operator, change: FaultChange): Promise<void>;
  };
};

type Posted = { Body: ConsoleForm };
type OfOne = { Params: { id: string }; Querystring: ConsoleForm };
const DAY_MS = 86_400_000;
const TEST_TEXT = 'This is a test of your Roost server. You need not do anything.';
/** It is an operator who sends it. */
const NO_KEY = '';
const VALID_SECONDS = 600;

/** Who carries messages, how they do, and which way a message would take. */
export const providersRoom =
  (needs: ProviderNeeds): Room =>
  (app, deps, visitOf) => {
    const { store } = deps.signIn;
    const viewOf = async (provider: Carrier, windowMs: number): Promise<ProviderView> => {
      const breaker = (await readBreakers(store)).find((one) => one.provider === provider.id);
      return {
        ...{ ...provider, state: breaker?.state ?? 'closed', untilMs: breaker?.untilMs ?? 0 },
        check: await lastCheck(store, provider.id),
        rates: await ratesByCountry(store, provider.id, windowMs),
        faults: provider.kind === 'sandbox' ? await needs.faults.list() : null,
      };
    };
    const overview = async () => {
      const views = await Promise.all(needs.carriers.map((one) => viewOf(one, DAY_MS)));
      const routes = needs
        .projects()
        .map((project): [string, ProjectRoutes | null] => [project, needs.preview.routes(project)]);
      return { views, routes };
    };
    const named = (id: string): Carrier => {
      const provider = needs.carriers.find((one) => one.id === id);
      if (provider === undefined) throw refuse('not_found', 'There is no such provider.');
      return provider;
    };

    app.get('/console/providers', hidden, async (request, reply) => {
      demand(request, 'view');
      const page = providersPage(visitOf(request), await overview(), null, null);
      return sendHtml(request, reply, page);
    });

    // By POST, so that the number stands in no address.
    app.post<Posted>('/console/providers/preview', hidden, async (request, reply) => {
      demand(request, 'view');
      const all = await overview();
      try {
        const previewed = await preview(request.body);
        return sendHtml(request, reply, providersPage(visitOf(request), all, previewed, null));
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        return sendHtml(request, reply, providersPage(visitOf(request), all, null, error), 422);
      }
    });

    app.get<OfOne>('/console/providers/:id', hidden, async (request, reply) => {
      const by = demand(request, 'view');
      const provider = named(request.params.id);
      const { sent } = request.query;
      const about = { projectId: USUAL_PROJECT, mode: 'live', batchId: sent ?? '' } as const;
      const [view, troubles, last, own] = await Promise.all([
        viewOf(provider, 7 * DAY_MS),
        lastTroubles(store, provider.id),
        sent !== undefined && ID.test(sent) ? sentTest(store, about) : null,
        may(by.role, 'providers') ? recipientsReadyOf(deps, by) : [],
      ]);
      return sendHtml(request, reply, providerPage(visitOf(request), view, troubles, { last, own }));
    });

    app.post<OfOne & Posted>('/console/providers/:id/check', hidden, async (request, reply) => {
      const by = demandFresh(request, 'providers', deps.nowMs());
      const { id } = named(request.params.id);
      const { outcome } = await needs.check(id);
      await deps.record(by, 'provider.checked', id, outcome.kind);
      return redirect(reply, `/console/providers/${id}`);
    });

    app.post<OfOne & Posted>('/console/providers/:id/test', hidden, async (request, reply) => {
      const by = demandFresh(request, 'providers', deps.nowMs());
      const provider = named(request.params.id);
      const { channel, recipient } = sendingOf(provider, await recipientsReadyOf(deps, by), request.body);
      const made = await sendTexts(
        needs.texts(provider.id),
        { projectId: USUAL_PROJECT, mode: 'live' },
        {
          ...{ kind: 'message', channel, recipients: [recipient], body: TEST_TEXT, originator: 'Roost' },
          ...{
            reference: null,
            details: {},
            scheduledAtMs: null,
            validSeconds: VALID_SECONDS,
            reportUrl: null,
          },
          wording: {
            datacoding: 'plain',
            language: 'en-gb',
            voice: 'female',
            subject: 'A test of your Roost',
          },
        },
        NO_KEY,
        null,
      );
      const whom = deps.staff.vault.recipientKey(recipient);
      await deps.record(by, 'provider.tested', provider.id, `${channel} to ${whom}`);
      return redirect(reply, `/console/providers/${provider.id}?sent=${made.id}`);
    });

    app.post<Posted>('/console/providers/sandbox/faults', hidden, async (request, reply) => {
      const by = demandFresh(request, 'providers', deps.nowMs());
      await needs.faults.change(by, readFaultChange(request.body));
      return redirect(reply, '/console/providers/sandbox');
    });

    async function preview(form: ConsoleForm): Promise<Previewed> {
      const { projectId } = readScope({ project: form.project ?? USUAL_PROJECT });
      const channel = CHANNELS.find((one) => one === form.channel) ?? 'sms';
      const recipient = readRecipient(form.to ?? '', channel);
      if (isProblem(recipient)) throw failureOf([recipient]);
      const open = new Set(
        (await readBreakers(store)).filter(({ state }) => state !== 'closed').map((one) => one.provider),
      );
      const asked = { projectId, channel, recipient, id: store.newId(), segments: 1 };
      const steps = previewRoute(needs.preview, asked, (id) => (open.has(id) ? 'open' : 'closed'));
      return {
        ...{ project: projectId, channel, to: maskRecipient(recipient.address), steps },
        isForSandbox: needs.preview.routes(projectId) === null,
      };
    }
  };

/** Only what the operator has confirmed as their own is ever sent a test, whatever a form says. */
function sendingOf(provider: Carrier, own: readonly OwnRecipient[], { to = '' }: ConsoleForm) {
  const found = testTargets(provider.channels, own).find(({ value }) => value === to);
  if (found === undefined)
    throw refuse('invalid_parameter', 'Choose one of your own numbers and mailboxes.', 'to');
  const recipient = readRecipient(found.own.address, found.channel);
  if (isProblem(recipient)) throw failureOf([recipient]);
  return { channel: found.channel, recipient };
}
