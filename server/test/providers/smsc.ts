import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import smpp, { type ForeignPdu, type ForeignSession } from 'smpp';
import type { Scope } from '../support/roost.ts';

/** One submit_sm as the foreign SMSC read it. */
export type Submitted = {
  readonly source: readonly [ton: number, npi: number, address: string];
  readonly destination: readonly [ton: number, npi: number, address: string];
  readonly dataCoding: number;
  readonly esmClass: number;
  readonly registered: number;
  readonly validity: unknown;
  /** The text, decoded by the foreign package. */
  readonly text: string;
  /** The header's last three bytes: reference, parts, part. */
  readonly joiner: readonly number[] | null;
  readonly isPayload: boolean;
};

export type Smsc = {
  readonly port: number;
  readonly submitted: Submitted[];
  readonly sessions: ForeignSession[];
  readonly binds: ForeignPdu[];
  /** Answers the next messages with these statuses, or not at all (null), then with 0 again. */
  readonly answers: (number | null)[];
};

export type SmscOptions = {
  readonly password?: string;
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly ids?: (count: number) => string;
};

/** The `smpp` package as an SMSC: somebody else's reading of the protocol. */
export async function startSmsc(t: Scope, options: SmscOptions = {}): Promise<Smsc> {
  const { password = 'secret', tls = {}, ids = (count) => `id-${count}` } = options;
  const smsc = { submitted: [], sessions: [], binds: [], answers: [] } as {
    [name in 'submitted' | 'sessions' | 'binds' | 'answers']: never[];
  } as unknown as Omit<Smsc, 'port'>;
  const server = smpp.createServer(tls, (session) => {
    smsc.sessions.push(session);
    session.on('error', () => undefined);
    session.on('bind_transceiver', (pdu) => {
      smsc.binds.push(pdu);
      const isRight = pdu.password === password;
      session.send(pdu.response({ command_status: isRight ? 0 : 0x0e, system_id: 'foreign' }));
    });
    session.on('submit_sm', (pdu) => {
      smsc.submitted.push(submittedOf(pdu));
      const status = smsc.answers.length > 0 ? smsc.answers.shift() : 0;
      if (status === null) return;
      session.send(pdu.response({ command_status: status, message_id: ids(smsc.submitted.length) }));
    });
    for (const asked of ['enquire_link', 'unbind']) {
      session.on(asked, (pdu) => session.send(pdu.response()));
    }
  });
  const port = await listening(t, server, () => {
    for (const session of smsc.sessions) session.destroy();
  });
  return { port, ...smsc };
}

/** An SMSC of bare sockets, which does as it likes. */
export async function startHostile(t: Scope, connected: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    connected(socket);
  });
  return listening(t, server, () => {
    for (const socket of sockets) socket.destroy();
  });
}

async function listening(t: Scope, server: Server, end: () => void): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    end();
  });
  return (server.address() as AddressInfo).port;
}

type Body = { readonly udh?: readonly Buffer[]; readonly message?: unknown };

function submittedOf(pdu: ForeignPdu): Submitted {
  const short = pdu.short_message as Body;
  const payload = pdu.message_payload as Body | undefined;
  const isPayload = payload !== undefined;
  const message = isPayload ? payload.message : short.message;
  const [header] = short.udh ?? [];
  return {
    source: [pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr] as [number, number, string],
    destination: [pdu.dest_addr_ton, pdu.dest_addr_npi, pdu.destination_addr] as [number, number, string],
    dataCoding: pdu.data_coding as number,
    esmClass: pdu.esm_class as number,
    registered: pdu.registered_delivery as number,
    validity: pdu.validity_period,
    text: typeof message === 'string' ? message : `not text: ${String(message)}`,
    joiner: header === undefined ? null : [...header.subarray(-3)],
    isPayload,
  };
}
