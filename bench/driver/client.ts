import { Connection } from './connection.ts';

/**
 * What a caller knows afterwards. `unsent`: no connection, so the server cannot have seen it. `unknown`: it
 * was sent and no answer came, so it may or may not have happened.
 */
export type Reply =
  | { readonly kind: 'answered'; readonly status: number; readonly head: string; readonly body: string }
  | { readonly kind: 'unsent' }
  | { readonly kind: 'unknown' };

/** One caller: sends one request at a time over one keep-alive connection, connecting again when it broke. */
export class Client {
  readonly #host: string;
  readonly #port: number;
  readonly #head: string;
  readonly #timeoutMs: number;
  #connection: Connection | null = null;

  constructor(baseUrl: string, accessKey: string, timeoutMs = 10_000) {
    const url = new URL(baseUrl);
    this.#host = url.hostname;
    this.#port = Number(url.port || 80);
    this.#head = `Host: ${url.host}\r\nAuthorization: AccessKey ${accessKey}\r\n`;
    this.#timeoutMs = timeoutMs;
  }

  /** `body` is sent as JSON. `hangUp` cuts the connection as soon as the request is on its way. */
  async request(method: string, path: string, body?: object, hangUp = false): Promise<Reply> {
    const connection = await this.#connect();
    if (connection === null) return { kind: 'unsent' };
    return new Promise((resolve) => {
      const timer = setTimeout(() => connection.destroy(), this.#timeoutMs);
      connection.send(requestText(method, path, this.#head, body), (status, text, bodyStart) => {
        clearTimeout(timer);
        if (status === 0) resolve({ kind: 'unknown' });
        else {
          const head = text.slice(0, bodyStart);
          resolve({ kind: 'answered', status, head, body: text.slice(bodyStart) });
        }
      });
      // A moment later, so that the bytes leave before the connection does.
      if (hangUp) setImmediate(() => connection.destroy());
    });
  }

  close(): void {
    this.#connection?.destroy();
    this.#connection = null;
  }

  async #connect(): Promise<Connection | null> {
    if (this.#connection?.usable === true) return this.#connection;
    const connection = new Connection(this.#host, this.#port);
    if (!(await connection.connected)) return null;
    this.#connection = connection;
    return connection;
  }
}

/** The bytes of one HTTP/1.1 request. `head` holds complete header lines. ASCII bodies only. */
export function requestText(method: string, path: string, head: string, body?: object): string {
  if (body === undefined) return `${method} ${path} HTTP/1.1\r\n${head}\r\n`;
  const json = JSON.stringify(body);
  return `${method} ${path} HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: ${json.length}\r\n\r\n${json}`;
}

/** The value of one header of an answer's head, or null. */
export function header(head: string, name: string): string | null {
  const at = head.toLowerCase().indexOf(`\r\n${name.toLowerCase()}:`);
  if (at < 0) return null;
  const from = at + name.length + 3;
  return head.slice(from, head.indexOf('\r\n', from)).trim();
}
