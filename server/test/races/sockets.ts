import { connect, type Socket } from 'node:net';
import { type Scope, type StartedRoost, TEST_KEY } from '../support/roost.ts';

export type Heard = {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly text: string;
};

/** A connection that is open before it is needed, so that a race begins in the server. */
export type Line = {
  readonly socket: Socket;
  ask(method: string, path: string, json?: object): Promise<Heard>;
};

/** Opens many connections to one Roost. */
export async function openLines(t: Scope, roost: StartedRoost, count: number): Promise<readonly Line[]> {
  const port = Number(new URL(roost.url).port);
  const lines = await Promise.all(Array.from({ length: count }, () => openLine(port)));
  t.after(() => {
    for (const { socket } of lines) socket.destroy();
  });
  return lines;
}

export function requestBytes(method: string, path: string, json?: object, key = TEST_KEY): string {
  const body = json === undefined ? '' : JSON.stringify(json);
  const type = json === undefined ? '' : 'Content-Type: application/json\r\n';
  return (
    `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: AccessKey ${key}\r\n${type}` +
    `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}

async function openLine(port: number): Promise<Line> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const opened = Promise.withResolvers<void>();
  socket.once('connect', () => opened.resolve());
  socket.once('error', opened.reject);
  await opened.promise;
  let waiting: PromiseWithResolvers<Heard> | null = null;
  let buffered = '';
  socket.setEncoding('utf8');
  socket.on('data', (part) => {
    buffered += part;
    const heard = readAnswer(buffered);
    if (heard === null) return;
    buffered = '';
    waiting?.resolve(heard);
  });
  socket.on('close', () => waiting?.reject(new Error('the server closed the connection')));
  return {
    socket,
    ask(method, path, json) {
      waiting = Promise.withResolvers<Heard>();
      socket.write(requestBytes(method, path, json));
      return waiting.promise;
    },
  };
}

/** The answer once all of it has come. */
function readAnswer(text: string): Heard | null {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return null;
  const [status = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  );
  const body = text.slice(end + 4);
  if (Buffer.byteLength(body) < Number(headers['content-length'] ?? 0)) return null;
  return { status: Number(status.split(' ')[1]), headers, text: body };
}

/** A guess that was judged: it was right, or it says how many are left. */
export const judged = ({ status, headers }: Heard): boolean =>
  status === 200 || headers['roost-attempts-left'] !== undefined;
