import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { Roost } from '../src/index.ts';

export const KEY = 'test_ABCDEFGHIJKLMNOPQRSTUVWXY';
export type Heard = { method: string; url: string; headers: IncomingMessage['headers']; body: string };

/** A bare server on loopback that misbehaves as told, and remembers what it was asked. */
export async function startStub(
  t: TestContext,
  answer: (response: ServerResponse, heard: Heard) => void,
): Promise<{ roost: Roost; url: string; heard: Heard[] }> {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const one = { method, url, headers, body };
      heard.push(one);
      answer(response, one);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { roost: new Roost({ url, accessKey: KEY, timeoutMs: 30_000 }), url, heard };
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', 'request-id': 'req-1', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

export const ID = '0a1b2c3d4e5f60718293a4b5c6d7e8f9';

/** A Verify object as the wire contract gives it. */
export const verifyObject = (more: object = {}): object => ({
  id: ID,
  href: `http://localhost/verify/${ID}`,
  recipient: 31612345678,
  originator: 'Code',
  type: 'sms',
  reference: null,
  messages: { id: '1111222233334444555566667777888a', href: 'http://localhost/messages/1111' },
  status: 'sent',
  createdDatetime: '2024-01-02T03:04:05+00:00',
  validUntilDatetime: '2024-01-02T03:09:05+00:00',
  ...more,
});

export const wrongToken = {
  errors: [{ code: 10, description: 'The token is invalid.', parameter: 'token' }],
};
