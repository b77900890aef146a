import type { FastifyReply, FastifyRequest } from 'fastify';
import { enrolFactor } from '../../app/factors/enrol.ts';
import { confirmFactor, listFactors, removeFactor } from '../../app/factors/keep.ts';
import { addressOf } from '../../app/factors/view.ts';
import { codeOnItsWay, countRecipientCode } from '../../app/operators/recipients.ts';
import { isSent, type SentFactor, type SentKind } from '../../domain/factor.ts';
import { isProblems, readMessage } from '../../domain/new-factor.ts';
import { may, type Operator, recipientsUser, STAFF } from '../../domain/operator.ts';
import type { Policy } from '../../domain/policy.ts';
import { Failure, failureOf, refuse } from '../../kernel/failure.ts';
import type { Html } from '../../kernel/html.ts';
import { sendHtml } from '../page.ts';
import type { ConsoleDeps } from './deps.ts';
import { hidden } from './pieces.ts';
import type { Room } from './plugin.ts';
import {
  CONFIRMED_BY,
  codePage,
  type KeptRecipient,
  recipientsPage,
  recipientsSection,
} from './recipients-pages.ts';
import type { OwnRecipient } from './recipients-view.ts';
import { type ConsoleForm, demand, demandFresh, redirect, type Visit } from './visit.ts';

type Posted = { Body: ConsoleForm };
type OfOne = { Params: { id: string } };
type Sent = { readonly factor: SentFactor; readonly recipient: string };

const HERE = '/console/me/recipients';
const TEMPLATE = 'Code %token confirms that test messages of your Roost may be sent here.';
const SUBJECT = 'Confirm this mailbox for tests';

/**
 * Numbers and mailboxes that operators confirm as their own, by a code that Roost sends like every other. Tests of
 * providers go to them alone; nobody signs in by one (see `recipientsUser`).
 */
export const recipientsRoom =
  (policy: () => Policy): Room =>
  (app, deps, visitOf) => {
    app.get(HERE, hidden, async (request, reply) => {
      demand(request, 'view');
      return listed(request, reply, null);
    });

    app.post<Posted>(HERE, hidden, async (request, reply) => {
      const operator = demandFresh(request, 'providers', deps.nowMs());
      const { by, recipient = '' } = request.body;
      const kind = CONFIRMED_BY.find(({ value }) => value === by)?.value;
      if (kind === undefined) throw refuse('invalid_parameter', 'Choose how the code is to be sent.', 'by');
      try {
        return redirect(reply, `${HERE}/${await begin(operator, kind, recipient)}`);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        return listed(request, reply, { failure: error, by: kind, recipient });
      }
    });

    app.get<OfOne>(`${HERE}/:id`, hidden, async (request, reply) => {
      const found = await waitingOne(demand(request, 'view'), request.params.id);
      return found === null ? redirect(reply, HERE) : ask(request, reply, found, null);
    });

    app.post<OfOne & Posted>(`${HERE}/:id/confirm`, hidden, async (request, reply) => {
      const operator = demand(request, 'view');
      const found = await waitingOne(operator, request.params.id);
      if (found === null) return redirect(reply, HERE);
      try {
        const proof = { typed: request.body.code ?? '', session: null };
        await confirmFactor(deps.consume, found.factor, recipientsUser(operator.id), proof);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        const isNone = error.code === 'malformed_code';
        return ask(request, reply, found, isNone ? 'A code has 6 digits.' : error.message);
      }
      await note(operator, found.factor, 'confirmed');
      return redirect(reply, HERE);
    });

    app.post<OfOne & Posted>(`${HERE}/:id/again`, hidden, async (request, reply) => {
      const operator = demandFresh(request, 'providers', deps.nowMs());
      const found = await waitingOne(operator, request.params.id);
      if (found === null) return redirect(reply, HERE);
      try {
        const address = addressOf(deps.staff.vault, found.factor);
        return redirect(reply, `${HERE}/${await begin(operator, found.factor.kind, address)}`);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        return ask(request, reply, found, error.message);
      }
    });

    app.post<OfOne & Posted>(`${HERE}/:id/remove`, hidden, async (request, reply) => {
      const operator = demandFresh(request, 'view', deps.nowMs());
      const found = (await sentOf(deps, operator)).find(({ factor }) => factor.id === request.params.id);
      if (found !== undefined) {
        await removeFactor(deps.enrol, found.factor, recipientsUser(operator.id));
        await note(operator, found.factor, 'removed');
      }
      return redirect(reply, HERE);
    });

    /** Sends the code that is to confirm it; answers the id of the factor that waits for it. */
    async function begin(operator: Operator, kind: SentKind, recipient: string): Promise<string> {
      const wording = { originator: 'Roost', template: TEMPLATE };
      const request = kind === 'email' ? { ...wording, subject: SUBJECT } : wording;
      const message = readMessage(request, kind, recipient, policy());
      if (isProblems(message))
        throw message[0]?.parameter === 'recipient' ? unreadable(kind) : failureOf(message);
      const recipientKey = deps.staff.vault.recipientKey(message.recipient);
      const isKnown = (await sentOf(deps, operator)).some(
        ({ factor }) => factor.recipientKey === recipientKey && factor.confirmedAtMs !== null,
      );
      if (isKnown) throw refuse('invalid_parameter', 'You have confirmed this one already.', 'recipient');
      await countRecipientCode(deps.signIn, operator.id);
      const wanted = { kind, name: null, message };
      const { factor } = await enrolFactor(deps.enrol, STAFF, recipientsUser(operator.id), wanted);
      await deps.record(operator, 'operator.recipient', operator.name, `code sent to ${recipientKey}`);
      return factor.id;
    }

    async function waitingOne(operator: Operator, id: string): Promise<Sent | null> {
      const found = (await sentOf(deps, operator)).find(({ factor }) => factor.id === id);
      return found === undefined || found.factor.confirmedAtMs !== null ? null : found;
    }

    const note = (operator: Operator, { recipientKey }: SentFactor, what: string) =>
      deps.record(operator, 'operator.recipient', operator.name, `${what} ${recipientKey}`);

    async function ask(
      request: FastifyRequest,
      reply: FastifyReply,
      { factor, recipient }: Sent,
      problem: string | null,
    ): Promise<FastifyReply> {
      const kept = keptOf(factor, recipient);
      const page = codePage(visitOf(request), kept, await codeOnItsWay(deps.signIn, factor), problem);
      return sendHtml(request, reply, page, problem === null ? 200 : 422);
    }

    async function listed(
      request: FastifyRequest,
      reply: FastifyReply,
      typed: Parameters<typeof recipientsPage>[2],
    ): Promise<FastifyReply> {
      const visit = visitOf(request);
      const page = recipientsPage(visit, await keptBy(deps, visit.operator), typed);
      return sendHtml(request, reply, page, typed === null ? 200 : 422);
    }
  };

/** The wire tells programs of its fields; a person is told what to type. */
const unreadable = (kind: SentKind): Failure =>
  refuse(
    'invalid_parameter',
    kind === 'email'
      ? 'This is no e-mail address: write it like ann@example.com.'
      : 'This is no phone number: write it with its country code, such as +31612345678.',
    'recipient',
  );

/** What an operator has confirmed as their own, in full: for sending to, never to be shown. */
export async function recipientsReadyOf(
  deps: ConsoleDeps,
  operator: Operator,
): Promise<readonly OwnRecipient[]> {
  return (await sentOf(deps, operator))
    .filter(({ factor }) => factor.confirmedAtMs !== null)
    .map(({ factor, recipient: masked }) => ({
      ...{ id: factor.id, kind: factor.kind === 'email' ? ('email' as const) : ('phone' as const), masked },
      address: addressOf(deps.staff.vault, factor),
    }));
}

/** What an operator's own page says of them; nothing where their role sends no tests and they have none. */
export async function recipientsOf(deps: ConsoleDeps, { operator }: Visit): Promise<Html | null> {
  const kept = await keptBy(deps, operator);
  return kept.length > 0 || may(operator.role, 'providers') ? recipientsSection(kept) : null;
}

const keptBy = async (deps: ConsoleDeps, operator: Operator): Promise<readonly KeptRecipient[]> =>
  (await sentOf(deps, operator)).map(({ factor, recipient }) => keptOf(factor, recipient));

const keptOf = ({ id, kind, confirmedAtMs }: SentFactor, masked: string): KeptRecipient => ({
  ...{ id, kind, confirmedAtMs, masked },
});

async function sentOf({ staff }: ConsoleDeps, operator: Operator): Promise<readonly Sent[]> {
  const views = await listFactors(staff, STAFF, recipientsUser(operator.id));
  return views.flatMap(({ factor, recipient }) =>
    isSent(factor) && recipient !== null ? [{ factor, recipient }] : [],
  );
}
