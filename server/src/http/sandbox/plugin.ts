import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Failure } from '../../kernel/failure.ts';
import { html } from '../../kernel/html.ts';
import { opensTo } from '../key-scopes.ts';
import { framed, originOf, type Page, sendHtml } from '../page.ts';
import { changesOf } from './changes.ts';
import { phoneStreams } from './events.ts';
import type { SandboxDeps } from './inbox.ts';
import { keyed, readerOf } from './keyed.ts';
import { messageList, NOT_SERVED, sendErrors } from './messages.ts';
import { type Phone, phonePage } from './phone.ts';
import { postRoutes } from './posts.ts';
import { listMessages } from './schemas.ts';

const hidden = { schema: { hide: true } };
const MOST_SHOWN = 300;

/** The virtual phone at `/sandbox`, and the same messages as JSON at `/sandbox/messages`. */
export async function sandboxPlugin(app: FastifyInstance, deps: SandboxDeps): Promise<void> {
  const { assets, inbox } = deps;
  const changes = changesOf((listener) => inbox.watch(listener));
  const streams = phoneStreams(() => shownBy(deps), changes);
  const messages = messageList((query) => inbox.list(query), changes);
  // Schemas describe; the reader of the query decides, since it must name every problem at once.
  app.setValidatorCompiler(() => () => true);
  app.addHook('preClose', async () => {
    streams.close();
    messages.close();
  });

  const page = async (request: FastifyRequest, reply: FastifyReply) => {
    if (!deps.allowed(request))
      return sendHtml(request, reply, framed(assets, switchedOffPage(request)), 404);
    const phone = await readPhone(deps, request);
    return sendHtml(request, reply, framed(assets, phonePage(phone)));
  };
  app.get('/sandbox', hidden, page);

  // What the page's script puts in place of what is there: the same <main>, without the frame.
  app.get('/sandbox/fragment', hidden, async (request, reply) => {
    if (!deps.allowed(request)) return sendErrors(request, reply, 404, [NOT_SERVED]);
    return sendHtml(request, reply, phonePage(await readPhone(deps, request)).main);
  });

  app.get('/sandbox/events', { ...hidden, exposeHeadRoute: false }, async (request, reply) => {
    if (!deps.allowed(request)) return sendErrors(request, reply, 404, [NOT_SERVED]);
    return streams.open(request, reply);
  });

  const onRequest = keyed(app, deps);
  const list = { schema: listMessages, ...opensTo('sandbox'), onRequest };
  app.get('/sandbox/messages', list, (request, reply) => messages.answer(request, reply, readerOf(request)));

  postRoutes(app, deps, onRequest);
}

/** All that may change on the phone, to be compared with what it was. */
async function shownBy({ inbox, faults }: SandboxDeps): Promise<string> {
  const [{ messages }, inForce] = await Promise.all([
    inbox.list({ scope: null, limit: MOST_SHOWN }),
    faults.list(),
  ]);
  return [...messages, ...inForce].map((each) => Object.values(each).join('\t')).join('\n');
}

/** What the phone shows: all conversations, and of the chosen one its messages. */
async function readPhone({ inbox, faults }: SandboxDeps, request: FastifyRequest): Promise<Phone> {
  const query = request.query as Record<string, unknown>;
  const [{ messages, nowMs }, inForce] = await Promise.all([
    inbox.list({ scope: null, limit: MOST_SHOWN }),
    faults.list(),
  ]);
  const phone: Phone = {
    ...{ messages, nowMs, faults: inForce, origin: originOf(request), isReadable: true },
    chosen: textOf(query.recipient),
    messageId: textOf(query.message),
  };
  if (phone.chosen === null || messages.some(({ recipient }) => recipient === phone.chosen)) return phone;
  return findChosen(inbox, phone, phone.chosen);
}

/** Somebody typed a recipient in a spelling of their own, or one whose messages many others have followed. */
async function findChosen(inbox: SandboxDeps['inbox'], phone: Phone, typed: string): Promise<Phone> {
  try {
    const found = await inbox.list({ scope: null, recipientTyped: typed, limit: MOST_SHOWN });
    const known = new Set(phone.messages.map(({ id }) => id));
    const added = found.messages.filter(({ id }) => !known.has(id));
    return {
      ...phone,
      messages: [...added, ...phone.messages],
      chosen: found.messages.at(-1)?.recipient ?? typed,
    };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { ...phone, isReadable: false };
  }
}

const textOf = (value: unknown): string | null =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : null;

function switchedOffPage(request: FastifyRequest): Page {
  const main = html`<main id="main" class="home" tabindex="-1">
<h1>The sandbox phone is not served here</h1>
<p>It shows every code that the sandbox carries, so Roost serves it only to the machine that it runs on, asked for as <code>localhost</code>, with no proxy in between.</p>
<p>To serve it at <code>${originOf(request)}</code> too, start Roost with <code>ROOST_SANDBOX=on</code>. Then everybody who reaches this address can read those codes.</p>
</main>`;
  return { title: 'Not served here · Roost', main };
}
