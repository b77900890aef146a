import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import type { Scope } from './postgres-support.ts';

/** Of a server that exists in tests alone. */
export const CERTIFICATE_FILE = fileURLToPath(new URL('localhost.pem', import.meta.url));
const KEY_FILE = fileURLToPath(new URL('localhost.key.pem', import.meta.url));

/** A database behind TLS, which this ends: it speaks the protocol's own way of asking for it. */
export async function startTls(t: Scope, databaseUrl: string): Promise<string> {
  const target = new URL(databaseUrl);
  const cert = readFileSync(CERTIFICATE_FILE);
  const key = readFileSync(KEY_FILE);
  const open = new Set<Socket>();
  const server = createServer({ noDelay: true }, (near) => {
    open.add(near);
    near.once('data', () => {
      near.write('S');
      const secure = new TLSSocket(near, { isServer: true, cert, key });
      const far = connect({ port: Number(target.port), host: target.hostname, noDelay: true });
      secure.pipe(far).pipe(secure);
      for (const socket of [near, secure, far]) {
        socket
          .on('error', () => {})
          .on('close', () => {
            near.destroy();
            far.destroy();
          });
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of open) socket.destroy();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  return url.href;
}
