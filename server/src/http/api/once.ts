import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isPending, keepAnswer, type OnceDeps, onceStore, Replayed, readAnswer } from '../../app/once.ts';
import { refuse } from '../../kernel/failure.ts';
import { onceOf, sendWritten } from '../idempotency.ts';

const PATIENCE_MS = 10_000;
const LOOK_EVERY_MS = 25;

/**
 * Answers a create of which the answer is known only after it was committed. With an `Idempotency-Key` `work` gets a
 * store that lets it happen once; repeats wait for the answer of the first.
 * @throws Failure `unavailable` when the first never answered: what it made is there, its answer was lost
 */
export async function answerOnce(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: OnceDeps,
  status: 201 | 202,
  work: (store: OnceDeps['store']) => Promise<object>,
): Promise<FastifyReply> {
  const { projectId, mode } = request.caller;
  const once = onceOf<never>(request, deps.safe, { projectId, mode }, () => ({
    status,
    headers: {},
    body: '',
  }));
  if (once === null) return reply.status(status).send(await work(deps.store));
  try {
    const body = JSON.stringify(await work(onceStore(deps, once)));
    const answer = { status, headers: {}, body };
    await keepAnswer(deps, once, answer);
    return sendWritten(reply, answer);
  } catch (error) {
    if (!(error instanceof Replayed) || !isPending(error.answer)) throw error;
    for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += LOOK_EVERY_MS) {
      const answer = await readAnswer(deps, once);
      if (answer !== null) throw new Replayed(answer);
      await sleep(LOOK_EVERY_MS);
    }
    throw refuse('unavailable', 'this was done before, and its answer was lost: read what there is');
  }
}
