import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { readFaultChange, type SandboxFault } from '../../domain/sandbox-faults.ts';
import type { Verification } from '../../domain/verification.ts';
import { Failure } from '../../kernel/failure.ts';
import { isId } from '../../kernel/ids.ts';
import { wireDate } from '../../kernel/wire-date.ts';
import { pageHeaders } from '../headers.ts';
import { opensTo } from '../key-scopes.ts';
import { isSameOrigin } from '../same-origin.ts';
import type { SandboxDeps } from './inbox.ts';
import { type keyed, readerOf } from './keyed.ts';
import { NOT_SERVED, sendErrors, toWireError } from './messages.ts';
import { address } from './phone.ts';
import { ageVerification, changeFault, listFaults } from './schemas.ts';

const hidden = { schema: { hide: true } } as const;
const opened = { schema: ageVerification, ...opensTo('sandbox') };
const MOST_BODY_BYTES = 4_096;
const ANOTHER_SITE = {
  ...{ code: 10, parameter: null },
  description: 'this form was sent by a page of another site; send it from the sandbox phone',
};

const ONLY_TESTS = {
  ...{ code: 10, parameter: 'access_key' },
  description: 'faults are switched with a test key: a program that is live has no use for them',
};

type Form = { readonly [field: string]: unknown };
type OfChannel = { Params: { channel: string }; Body: Form | null };
type OfOne = { Params: { id: string }; Body: Form | null };

/** What is changed about the sandbox: faults that are switched on, and time that is let pass for one verification. */
export function postRoutes(
  app: FastifyInstance,
  deps: SandboxDeps,
  onRequest: ReturnType<typeof keyed>,
): void {
  const parserOptions = { parseAs: 'string', bodyLimit: MOST_BODY_BYTES } as const;
  app.addContentTypeParser('application/x-www-form-urlencoded', parserOptions, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(String(body))));
  });

  /** Forms of the phone. They need no key, so no page of another site may send them for its visitors. */
  const changeByForm = async (
    request: FastifyRequest,
    reply: FastifyReply,
    change: (form: Form) => Promise<unknown>,
  ) => {
    if (!deps.allowed(request)) return sendErrors(request, reply, 404, [NOT_SERVED]);
    if (!isSameOrigin(request)) return sendErrors(request, reply, 403, [ANOTHER_SITE]);
    const form = (request.body ?? {}) as Form;
    return answerOr(request, reply, async () => {
      await change(form);
      reply.headers(pageHeaders(request.protocol === 'https'));
      return reply
        .code(303)
        .header('location', address(textOf(form.recipient), textOf(form.message)))
        .send();
    });
  };

  app.post('/sandbox/faults', hidden, (request, reply) =>
    changeByForm(request, reply, (form) => deps.faults.change(readFaultChange(form), null)),
  );

  const listed = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    reply.headers(pageHeaders(request.protocol === 'https'));
    return reply.send({ faults: (await deps.faults.list()).map(faultToWire) });
  };
  app.get('/sandbox/faults', { schema: listFaults, ...opensTo('sandbox'), onRequest }, listed);

  const changed = { schema: changeFault, ...opensTo('sandbox'), onRequest };
  app.put<OfChannel>('/sandbox/faults/:channel', changed, async (request, reply) => {
    if (readerOf(request).mode !== 'test') return sendErrors(request, reply, 422, [ONLY_TESTS]);
    return answerOr(request, reply, async () => {
      const change = readFaultChange({ ...request.body, channel: request.params.channel });
      await deps.faults.change(change, readerOf(request));
      return listed(request, reply);
    });
  });

  app.post<OfOne>('/sandbox/messages/:id/age', hidden, (request, reply) =>
    changeByForm(request, reply, (form) => deps.clock.ageMessage(request.params.id, form.seconds)),
  );

  app.post<OfOne>('/sandbox/verifications/:id/age', { ...opened, onRequest }, async (request, reply) => {
    const { params, body } = request;
    const { projectId, mode } = readerOf(request);
    return answerOr(request, reply, async () => {
      const aged = await deps.clock.age(
        { projectId, mode, id: isId(params.id) ? params.id : NO_ID },
        body?.seconds,
      );
      reply.headers(pageHeaders(request.protocol === 'https'));
      return reply.send(toWire(aged));
    });
  });
}

/** What nothing is called, so that whatever cannot be an id finds nothing. */
const NO_ID = '0'.repeat(32);

async function answerOr(
  request: FastifyRequest,
  reply: FastifyReply,
  work: () => Promise<FastifyReply>,
): Promise<FastifyReply> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const status = error.code === 'not_found' ? 404 : 422;
    return sendErrors(request, reply, status, error.problems.map(toWireError));
  }
}

/** As the Verify object says it. */
const toWire = ({ id, state, expiresAtMs }: Verification) => ({
  id,
  status: state === 'open' ? 'sent' : state,
  validUntilDatetime: wireDate(expiresAtMs),
});

/** As it is switched on: `seconds` is there for slow ones alone. */
const faultToWire = ({ channel, kind, slowMs, sharePercent, untilMs }: SandboxFault) => ({
  ...{ channel, kind, share: sharePercent, untilDatetime: wireDate(untilMs) },
  ...(kind === 'slow' ? { seconds: slowMs / 1_000 } : {}),
});

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
