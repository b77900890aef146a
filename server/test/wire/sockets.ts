import { connect } from 'node:net';

export type Exchange = {
  /** Every byte that came back until the server closed, as Latin-1. */
  readonly heard: string;
  readonly tookMs: number;
  readonly closedBy: 'server' | 'patience';
};

/** Writes bytes to a server as they are, and listens until it closes; `halfClose` says that no more will come. */
export function exchange(
  url: string,
  bytes: string | Uint8Array,
  { patienceMs = 5_000, halfClose = false } = {},
): Promise<Exchange> {
  const startMs = performance.now();
  const { promise, resolve } = Promise.withResolvers<Exchange>();
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', allowHalfOpen: false });
  let heard = '';
  let closedBy: Exchange['closedBy'] = 'server';
  const patience = setTimeout(() => {
    closedBy = 'patience';
    socket.destroy();
  }, patienceMs);
  socket.setEncoding('latin1');
  socket.on('data', (part) => {
    heard += part;
  });
  socket.on('error', () => {}); // a reset is an ending like any other; 'close' follows
  socket.on('close', () => {
    clearTimeout(patience);
    resolve({ heard, tookMs: performance.now() - startMs, closedBy });
  });
  if (halfClose) socket.end(bytes);
  else socket.write(bytes);
  return promise;
}

/** The status, headers (lower case) and body of the first answer in what was heard. */
export function firstAnswer(heard: string): {
  status: number;
  headers: { [name: string]: string };
  text: string;
} {
  const [head = '', ...rest] = heard.split('\r\n\r\n');
  const [line = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(
    lines.map((each) => [each.slice(0, each.indexOf(':')).toLowerCase(), each.slice(each.indexOf(':') + 2)]),
  );
  const text = rest.join('\r\n\r\n').slice(0, Number(headers['content-length'] ?? 0));
  return { status: Number(line.split(' ')[1] ?? 0), headers, text };
}
