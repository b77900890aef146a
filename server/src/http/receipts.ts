import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

export type ReceiptsDeps = {
  /** What came to the address of one message; null when no such provider sends receipts. */
  readonly receive: (address: Address, request: Receipt) => Promise<Answer | null>;
  /** What came to the address that a provider has for all of its messages; null when none has one, or it is not to know. */
  readonly receiveCollected: (provider: string, request: Receipt) => Promise<Answer | null>;
  /** The base of the addresses that providers were given. */
  readonly publicUrl: string | null;
  readonly nowMs: () => number;
};

type Address = { readonly provider: string; readonly message: string; readonly tag: string };
type Receipt = {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
  readonly nowMs: number;
};
type Answer = { readonly status: number; readonly type: string; readonly body: string };

const PATH = '/receipts/:provider/:message/:tag';
const COLLECTED_PATH = '/receipts/:provider';
const EMPTY = Buffer.alloc(0);
const UNKNOWN = '{"errors":[{"code":20,"description":"Not found","parameter":null}]}';

/**
 * The door for providers, who tell what became of a message. Each message has an address of its own; providers that
 * know one address only have one for all.
 */
export async function receiptsPlugin(app: FastifyInstance, deps: ReceiptsDeps): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  const say = (reply: FastifyReply, answered: Answer | null) => {
    reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
    if (answered === null) return reply.status(404).type('application/json').send(UNKNOWN);
    return reply.status(answered.status).type(answered.type).send(answered.body);
  };
  const take = async (request: FastifyRequest<{ Params: Address }>, reply: FastifyReply) =>
    say(reply, await deps.receive(request.params, receiptOf(request, deps)));
  // Providers call these; nobody who reads the reference does.
  app.get<{ Params: Address }>(PATH, { schema: { hide: true } }, take);
  app.post<{ Params: Address }>(PATH, { schema: { hide: true } }, take);
  const takeCollected = async (request: FastifyRequest<{ Params: Address }>, reply: FastifyReply) =>
    say(reply, await deps.receiveCollected(request.params.provider, receiptOf(request, deps)));
  app.get<{ Params: Address }>(COLLECTED_PATH, { schema: { hide: true } }, takeCollected);
  app.post<{ Params: Address }>(COLLECTED_PATH, { schema: { hide: true } }, takeCollected);
}

function receiptOf(request: FastifyRequest, { publicUrl, nowMs }: ReceiptsDeps): Receipt {
  const headers = Object.entries(request.headers).map(
    ([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value] as const,
  );
  return {
    method: request.method,
    // As the provider called it: a proxy in front may have given it to us under another name.
    url: `${publicUrl ?? ''}${request.originalUrl}`,
    headers: Object.fromEntries(headers),
    body: Buffer.isBuffer(request.body) ? request.body : EMPTY,
    nowMs: nowMs(),
  };
}
