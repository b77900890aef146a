import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Scope } from './postgres-support.ts';

/** What becomes of some bytes on their way to the database, or back. */
export type Fate = 'pass' | 'cut' | 'pass-then-cut-before-answer';
export type Proxy = {
  /** The address of the database, by way of the proxy. */
  readonly url: string;
  /** Asked about all that goes to the database. */
  judge: (sent: Buffer) => Fate;
  /** Ends all connections, and refuses new ones until `mend`. */
  breakDown(): void;
  mend(): void;
  /** Connections made so far. */
  made(): number;
};

/** A wire between a node and its database that can be cut at the worst moment. */
export async function startProxy(t: Scope, databaseUrl: string): Promise<Proxy> {
  const target = new URL(databaseUrl);
  const open = new Set<Socket>();
  let isBroken = false;
  let made = 0;
  const server = createServer({ noDelay: true }, (near) => {
    if (isBroken) return void near.destroy();
    made += 1;
    const far = connect({ port: Number(target.port), host: target.hostname, noDelay: true });
    let isDeaf = false;
    const cut = () => {
      near.destroy();
      far.destroy();
    };
    near.on('data', (sent) => {
      const fate = proxy.judge(sent);
      if (fate === 'cut') return cut();
      isDeaf ||= fate === 'pass-then-cut-before-answer';
      far.write(sent);
    });
    far.on('data', (answer) => (isDeaf ? cut() : near.write(answer)));
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', cut).on('close', () => {
        open.delete(socket);
        cut();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const breakDown = () => {
    isBroken = true;
    for (const socket of open) socket.destroy();
  };
  t.after(() => {
    breakDown();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  const proxy: Proxy = {
    ...{ url: url.href, judge: () => 'pass', breakDown, made: () => made },
    mend() {
      isBroken = false;
    },
  };
  return proxy;
}

/** Asks to commit are sent as plain text. */
export const asksToCommit = (sent: Buffer): boolean => sent.includes('COMMIT\0');
