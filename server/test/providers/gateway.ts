import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** A request as a gateway got it, its body whole. */
export type Taken = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
};

export type Spoken = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text is sent as it is, anything else as JSON. */
  readonly body?: unknown;
};

/** What a gateway does with a request: an answer, or whatever it likes with the connection. */
export type Behaviour = (taken: Taken, response: ServerResponse) => Spoken | undefined;

export type LoopbackGateway = {
  readonly url: string;
  readonly taken: Taken[];
  /** What it does from now on. */
  behave(behaviour: Behaviour): void;
};

/** An HTTP gateway on loopback that keeps what it was sent. */
export async function startGateway(t: TestContext, behaviour: Behaviour): Promise<LoopbackGateway> {
  let behave = behaviour;
  const taken: Taken[] = [];
  const faults: unknown[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const answer = (whole: Taken) => {
      taken.push(whole);
      const spoken = behave(whole, response);
      if (spoken === undefined) return;
      const isText = typeof spoken.body === 'string' || spoken.body === undefined;
      const type = isText ? 'text/plain' : 'application/json';
      response.writeHead(spoken.status, { 'content-type': type, ...spoken.headers });
      response.end(isText ? spoken.body : JSON.stringify(spoken.body));
    };
    read(request)
      .then(answer)
      .catch((error: unknown) => {
        faults.push(error);
        response.destroy();
      });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
    // A call that the vendor's documents do not allow fails the test, whatever came of it.
    if (faults.length > 0) throw faults[0];
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    taken,
    behave(next) {
      behave = next;
    },
  };
}

async function read(request: IncomingMessage): Promise<Taken> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const url = new URL(request.url ?? '/', 'http://gateway');
  return {
    method: request.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers as Taken['headers'],
    body: Buffer.concat(parts).toString('utf8'),
  };
}
