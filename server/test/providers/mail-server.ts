import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { Scope } from '../support/roost.ts';

export type Received = { readonly from: string; readonly to: readonly string[]; readonly raw: string };
export type MailServer = {
  readonly port: number;
  readonly received: Received[];
  /** Connections that were made. */
  readonly connections: () => number;
};
export type Refusal = { readonly status: number; readonly text: string };

export type MailServerOptions = {
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly isImplicit?: boolean;
  readonly password?: string;
  /** Refuses a recipient. */
  readonly recipient?: (address: string) => Refusal | null;
  /** Refuses a message once all of it is there; waits so long before it answers. */
  readonly message?: () => Refusal | null;
  readonly waitMs?: number;
};

const said = ({ status, text }: Refusal): Error => Object.assign(new Error(text), { responseCode: status });

/** A mail server of somebody else's, which keeps what it takes. */
export async function startMailServer(t: Scope, options: MailServerOptions = {}): Promise<MailServer> {
  const { tls, isImplicit = false, password, recipient, message, waitMs = 0 } = options;
  const received: Received[] = [];
  let connections = 0;
  const settings: SMTPServerOptions = {
    ...(tls === undefined ? { hideSTARTTLS: true } : { ...tls, secure: isImplicit }),
    ...(password === undefined ? { authOptional: true, disabledCommands: ['AUTH'] } : {}),
    allowInsecureAuth: true,
    logger: false,
    disableReverseLookup: true,
    closeTimeout: 100,
    onConnect(_session, done) {
      connections += 1;
      done();
    },
    onAuth(auth, _session, done) {
      if (auth.password === password) done(null, { user: auth.username ?? '' });
      else done(said({ status: 535, text: `5.7.8 no such account ${auth.username}` }));
    },
    onRcptTo(address, _session, done) {
      const refusal = recipient?.(address.address) ?? null;
      done(refusal === null ? undefined : said(refusal));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const refusal = message?.() ?? null;
        const { mailFrom, rcptTo } = session.envelope;
        if (refusal === null) {
          received.push({
            from: mailFrom === false ? '' : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            raw: Buffer.concat(chunks).toString('utf8'),
          });
        }
        setTimeout(() => done(refusal === null ? null : said(refusal)), waitMs);
      });
    },
  };
  const server = new SMTPServer(settings);
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  t.after(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = server.server.address() as AddressInfo;
  return { port, received, connections: () => connections };
}
