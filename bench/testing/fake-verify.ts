import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as later } from 'node:timers/promises';

/** What a broken server would do, to see that the harnesses notice. */
export type Fault =
  | 'none'
  /** Forgets the newest acknowledged verifications in a crash. */
  | 'forgets'
  /** A verified one is open again after a crash. */
  | 'revives'
  /** Judged guesses are given back in a crash. */
  | 'gives-back'
  /** Messages of the newest are never handed over. */
  | 'drops'
  /** Reads, decides and writes apart, so that parallel guesses do not see one another. */
  | 'races';

type Row = {
  id: string;
  token: string;
  recipient: string;
  messageId: string;
  status: 'sent' | 'verified' | 'failed';
  left: number;
  attempts: number;
};

/** A Verify server in memory, right in all that the harnesses look at, but for the fault it is given. */
export class FakeVerify {
  readonly #rows = new Map<string, Row>();
  readonly #fault: Fault;
  readonly #server: http.Server;
  #down = false;
  #url = '';

  constructor(fault: Fault) {
    this.#fault = fault;
    this.#server = http.createServer((request, response) => void this.#answer(request, response));
  }

  get url(): string {
    return this.#url;
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Cuts every connection and takes no more, as a process that was killed. */
  crash(): void {
    this.#down = true;
    this.#server.closeAllConnections();
    const rows = [...this.#rows.values()];
    for (const row of rows.slice(-5)) if (this.#fault === 'forgets') this.#rows.delete(row.id);
    for (const row of rows) {
      if (this.#fault === 'revives' && row.status === 'verified') row.status = 'sent';
      if (this.#fault === 'gives-back' && row.status === 'sent') row.left = row.attempts;
    }
  }

  restart(): void {
    this.#down = false;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (this.#down) return void response.destroy();
    const url = new URL(request.url ?? '', 'http://fake');
    if (url.pathname === '/sandbox/messages') return this.#messages(url, response);
    const body = Buffer.concat(chunks).toString();
    if (request.method === 'POST' && url.pathname === '/verify') return this.#create(body, response);
    const row = this.#rows.get(url.pathname.split('/')[2] ?? '');
    if (row === undefined) return send(response, 404, problem('Verify object could not be found'));
    if (request.method === 'DELETE') {
      this.#rows.delete(row.id);
      return send(response, 204, null);
    }
    const inBody = body === '' ? null : (JSON.parse(body) as { token: string }).token;
    const token = inBody ?? url.searchParams.get('token');
    return token === null ? send(response, 200, row) : this.#check(row, token, response);
  }

  #create(body: string, response: http.ServerResponse): void {
    const { recipient, maxAttempts } = JSON.parse(body) as { recipient: string; maxAttempts: number };
    const row: Row = {
      id: randomBytes(16).toString('hex'),
      token: String(randomInt(1_000_000)).padStart(6, '0'),
      recipient,
      messageId: randomBytes(16).toString('hex'),
      status: 'sent',
      left: maxAttempts,
      attempts: maxAttempts,
    };
    this.#rows.set(row.id, row);
    send(response, 201, { ...row, messages: { href: `http://fake/messages/${row.messageId}` } });
  }

  async #check(row: Row, token: string, response: http.ServerResponse): Promise<void> {
    const { status, left } = row;
    if (this.#fault === 'races') await later();
    if (status !== 'sent') return send(response, 422, problem('The token has already been processed.'));
    if (token === row.token) {
      row.status = 'verified';
      return send(response, 200, row);
    }
    row.left = left - 1;
    if (row.left === 0) row.status = 'failed';
    response.setHeader('Roost-Attempts-Left', row.left);
    send(response, 422, problem('The token is invalid.'));
  }

  #messages(url: URL, response: http.ServerResponse): void {
    const recipient = url.searchParams.get('recipient');
    const rows = [...this.#rows.values()].filter((row) => row.recipient === recipient);
    const messages = rows.map((row) => ({ id: row.messageId, token: row.token }));
    send(response, 200, { messages: this.#fault === 'drops' ? [] : messages });
  }
}

const problem = (description: string) => ({ errors: [{ code: 10, description, parameter: null }] });

function send(response: http.ServerResponse, status: number, body: object | null): void {
  const text = body === null ? '' : JSON.stringify(body);
  response.writeHead(status, body === null ? {} : { 'Content-Length': text.length });
  response.end(text);
}
