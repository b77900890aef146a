import net from 'node:net';

/** What came back: `status` 0 when the connection ended first. `text` holds head and body, as latin1. */
export type OnAnswer = (status: number, text: string, bodyStart: number) => void;

// One buffer serves every socket of the process: the callback copies what it needs before it returns.
const shared = Buffer.allocUnsafe(256 * 1024);

/**
 * One keep-alive HTTP/1.1 connection with at most one request in flight. It reads only what a measurement
 * needs (status, length, raw text), so that one core of driver can outrun a server.
 */
export class Connection {
  readonly #socket: net.Socket;
  #onAnswer: OnAnswer | null = null;
  #partial = '';
  #ended = false;
  /** Resolves to true once connected, to false when the connection was refused. */
  readonly connected: Promise<boolean>;

  constructor(host: string, port: number) {
    this.#socket = net.connect({
      host,
      port,
      noDelay: true,
      onread: {
        buffer: shared,
        callback: (size, buffer) => {
          this.#take((buffer as Buffer).toString('latin1', 0, size));
          return true;
        },
      },
    });
    this.connected = new Promise((resolve) => {
      this.#socket.once('connect', () => resolve(true));
      this.#socket.once('close', () => resolve(false));
    });
    this.#socket.on('error', () => {}); // 'close' follows and tells the caller
    this.#socket.on('close', () => this.#end());
  }

  get usable(): boolean {
    return !this.#ended && this.#socket.writable;
  }

  /** Sends `request` (latin1, complete with head and body). The next call may come only after the answer. */
  send(request: string, onAnswer: OnAnswer): void {
    this.#onAnswer = onAnswer;
    if (this.#ended) {
      this.#answer(0, '', 0);
      return;
    }
    this.#socket.write(request, 'latin1');
  }

  /** Cuts the connection at once; a waiting request is answered with status 0. */
  destroy(): void {
    this.#socket.destroy();
  }

  #end(): void {
    this.#ended = true;
    if (this.#onAnswer !== null) this.#answer(0, '', 0);
  }

  #take(chunk: string): void {
    const text = this.#partial === '' ? chunk : this.#partial + chunk;
    const headEnd = text.indexOf('\r\n\r\n');
    if (headEnd < 0 || !isComplete(text, headEnd)) {
      this.#partial = text;
      return;
    }
    this.#partial = '';
    this.#answer(statusOf(text), text, headEnd + 4);
  }

  #answer(status: number, text: string, bodyStart: number): void {
    const onAnswer = this.#onAnswer;
    this.#onAnswer = null;
    onAnswer?.(status, text, bodyStart);
  }
}

/** "HTTP/1.1 201 Created": the three digits after the ninth character. */
function statusOf(text: string): number {
  return (text.charCodeAt(9) - 48) * 100 + (text.charCodeAt(10) - 48) * 10 + (text.charCodeAt(11) - 48);
}

function isComplete(text: string, headEnd: number): boolean {
  const length = contentLength(text, headEnd);
  if (length >= 0) return text.length >= headEnd + 4 + length;
  const status = statusOf(text);
  if (status === 204 || status === 304 || status < 200) return true;
  // Without a length the answer is chunked: it ends with the empty chunk.
  return text.endsWith('\r\n0\r\n\r\n');
}

function contentLength(text: string, headEnd: number): number {
  let at = text.indexOf('ontent-length: ');
  if (at < 0 || at > headEnd) at = text.indexOf('ontent-Length: ');
  if (at < 0 || at > headEnd) return -1;
  let length = 0;
  for (let i = at + 15; ; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return length;
    length = length * 10 + digit;
  }
}
