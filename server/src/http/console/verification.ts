import type { FastifyReply, FastifyRequest } from 'fastify';
import { readStory, type StoryDeps } from '../../app/insight/story.ts';
import { type Act, isFresh, type Operator } from '../../domain/operator.ts';
import type { Key } from '../../domain/scope.ts';
import { Failure, refuse } from '../../kernel/failure.ts';
import { html } from '../../kernel/html.ts';
import { isId } from '../../kernel/ids.ts';
import { sendHtml } from '../page.ts';
import { consolePage } from './frame.ts';
import { hidden } from './pieces.ts';
import type { Room } from './plugin.ts';
import { refusalBody, type Said, verificationBody } from './verification-page.ts';
import { type ConsoleForm, demand, demandFresh, redirect } from './visit.ts';

/** What may be done to one verification by hand. Each writes down who did it. */
export type HandleNeeds = {
  readonly sendAgain: (by: Operator, key: Key) => Promise<'same code' | 'new code'>;
  readonly cancel: (by: Operator, key: Key) => Promise<void>;
  readonly unmask: (by: Operator, key: Key) => Promise<string>;
  /** Everything about its recipient goes, this verification too. */
  readonly erase: (by: Operator, key: Key) => Promise<void>;
};
export type VerificationNeeds = StoryDeps & { readonly handle: HandleNeeds; readonly sandbox: string };

type OfOne = { Params: { id: string }; Body: ConsoleForm };

/** One verification or refusal, and what may be done to it. */
export const verificationRoom =
  (needs: VerificationNeeds): Room =>
  (app, deps, visitOf) => {
    const { handle, store } = needs;

    app.get<OfOne>('/console/verifications/:id', hidden, async (request, reply) => {
      demand(request, 'view');
      return show(request, reply, request.params.id, {});
    });

    /** The sandbox phone knows messages by their recipients, which stand in no page of the console. */
    app.get<OfOne>('/console/verifications/:id/phone', hidden, async (request, reply) => {
      demand(request, 'view');
      const key = await keyOf(request.params.id);
      const story = await readStory(needs, key.id);
      if (!('verification' in story)) throw notThere();
      const message = story.messages.findLast(({ provider }) => provider === needs.sandbox);
      const { verification } = story;
      if (message === undefined || verification.sealedRecipient === null) throw notThere();
      const query = new URLSearchParams({
        recipient: needs.vault.openRecipient(verification),
        message: message.id,
      });
      return redirect(reply, `/sandbox?${query}`);
    });

    const acts: {
      readonly name: string;
      readonly act: Act;
      readonly work: (by: Operator, key: Key) => Promise<Said>;
    }[] = [
      {
        ...{ name: 'again', act: 'handle' },
        work: async (by, key) => {
          const code = await handle.sendAgain(by, key);
          return {
            done: `It was sent again, with ${code === 'same code' ? 'the same code' : 'a new code: the one before is void'}.`,
          };
        },
      },
      {
        ...{ name: 'cancel', act: 'handle' },
        work: async (by, key) => {
          await handle.cancel(by, key);
          return { done: 'It is canceled: its code is void.' };
        },
      },
      {
        ...{ name: 'unmask', act: 'unmask' },
        work: async (by, key) => ({ recipient: await handle.unmask(by, key) }),
      },
    ];
    acts.push({
      ...{ name: 'erase', act: 'erase' },
      work: async (by, key) => {
        await handle.erase(by, key);
        return { erased: true };
      },
    });
    for (const { name, act, work } of acts) {
      app.post<OfOne>(`/console/verifications/:id/${name}`, hidden, async (request, reply) => {
        const { id } = request.params;
        if (!isRecent(request)) {
          demand(request, act);
          return redirect(reply, `/console/fresh?next=${encodeURIComponent(`/console/verifications/${id}`)}`);
        }
        const by = demandFresh(request, act, deps.nowMs());
        const key = await keyOf(id);
        try {
          const said = await work(by, key);
          if (said.erased === true) return sendHtml(request, reply, consolePage(visitOf(request), ERASED));
          return await show(request, reply, id, said);
        } catch (error) {
          if (!(error instanceof Failure) || error.code === 'not_found') throw error;
          return show(request, reply, id, { problem: error.message }, 422);
        }
      });
    }

    const isRecent = ({ signedIn }: FastifyRequest): boolean =>
      signedIn !== null && isFresh(signedIn.session, deps.nowMs());

    async function keyOf(id: string): Promise<Key> {
      const key = isId(id) ? await store.read.insight.keyOf('verifications', id) : null;
      if (key === null) throw notThere();
      return key;
    }

    async function show(
      request: FastifyRequest,
      reply: FastifyReply,
      id: string,
      said: Said,
      status = 200,
    ): Promise<FastifyReply> {
      if (!isId(id)) throw notThere();
      const story = await readStory(needs, id);
      const visit = visitOf(request);
      const at = { ...visit, here: `/console/verifications/${id}` };
      const body =
        'refusal' in story ? refusalBody(at, story) : verificationBody(at, story, said, needs.sandbox);
      const title = 'refusal' in story ? 'A code that was refused' : 'Verification';
      const page = consolePage(at, { title, body, styles: ['console-insight.css'] });
      return sendHtml(request, reply, page, status);
    }
  };

const ERASED = {
  title: 'Erased',
  body: html`<p class="done" role="status">Everything about this recipient is erased: verifications, messages, factors, and what the guard knew.</p>
<p><a href="/console/verifications">Back to the list</a></p>`,
};

const notThere = () => refuse('not_found', 'There is no verification with this id, or no more.');
