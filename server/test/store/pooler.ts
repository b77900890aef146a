import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Scope } from './postgres-support.ts';

/**
 * A pooler in transaction mode, as small as it can be: a client has a session of the server for one transaction, then
 * most likely another one. Nothing that a session knows beyond a transaction can be relied upon behind it. It does
 * not look after prepared statements, as older poolers do not.
 */
export async function startPooler(t: Scope, databaseUrl: string, size: number): Promise<string> {
  const sessions = await Promise.all(Array.from({ length: size }, () => openSession(new URL(databaseUrl))));
  const idle = [...sessions];
  const queue: ((session: Session) => void)[] = [];
  const giveBack = (session: Session) => {
    session.client = null;
    const next = queue.shift();
    if (next === undefined) idle.push(session);
    else next(session);
  };
  const clients = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    clients.add(socket);
    serve(socket, (take) => {
      const session = idle.shift();
      if (session === undefined) queue.push(take);
      else take(session);
    });
  });
  for (const session of sessions) session.giveBack = () => giveBack(session);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of [...clients, ...sessions.map((session) => session.socket)]) socket.destroy();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  return url.href;
}

type Session = {
  readonly socket: Socket;
  /** What the server told about itself at the start. */
  readonly greeting: Buffer;
  client: Socket | null;
  /** Answers to wait for before the session may go to somebody else. */
  awaited: number;
  giveBack: () => void;
};

/** Message types of the protocol: those that ask for a ReadyForQuery, that message itself, and goodbye. */
const ASKING = new Set(['Q', 'S'].map((type) => type.charCodeAt(0)));
const READY = 'Z'.charCodeAt(0);
const BYE = 'X'.charCodeAt(0);
const IDLE = 'I'.charCodeAt(0);
const SSL_REQUEST = 80_877_103;

function serve(client: Socket, take: (taken: (session: Session) => void) => void): void {
  let session: Session | null = null;
  let isAsked = false;
  let isGreeted = false;
  let waiting: Buffer[] = [];
  const send = (messages: readonly Buffer[], to: Session) => {
    for (const message of messages) {
      if (ASKING.has(message[0] ?? 0)) to.awaited += 1;
      to.socket.write(message);
    }
  };
  const frames = messagesOf((message) => {
    if (message[0] === BYE) return void client.destroy();
    // It keeps the session as long as something is to be answered.
    if (session !== null && session.client === client) return send([message], session);
    waiting.push(message);
    if (isAsked) return;
    isAsked = true;
    take((taken) => {
      isAsked = false;
      session = taken;
      taken.client = client;
      send(waiting, taken);
      waiting = [];
      if (taken.awaited === 0 && client.destroyed) taken.giveBack();
    });
  });
  client.on('error', () => client.destroy());
  client.on('data', (data) => {
    if (isGreeted) return frames(data);
    if (data.readInt32BE(4) === SSL_REQUEST) return void client.write('N');
    isGreeted = true;
    take((taken) => {
      client.write(taken.greeting);
      taken.giveBack();
    });
  });
}

async function openSession({ hostname, port, username, pathname }: URL): Promise<Session> {
  const socket = connect({ port: Number(port), host: hostname, noDelay: true });
  const words = ['user', username, 'database', decodeURIComponent(pathname.slice(1)), '', ''].join('\0');
  const startup = Buffer.alloc(8 + Buffer.byteLength(words));
  startup.writeInt32BE(startup.length, 0);
  startup.writeInt32BE(3 << 16, 4);
  startup.write(words, 8);
  socket.write(startup);
  const greeting: Buffer[] = [];
  return new Promise((resolve, reject) => {
    const session: Session = {
      socket,
      greeting: Buffer.alloc(0),
      client: null,
      awaited: 0,
      giveBack: () => {},
    };
    let isReady = false;
    const frames = messagesOf((message) => {
      if (isReady) return answer(session, message);
      greeting.push(message);
      isReady = message[0] === READY;
      if (isReady) resolve(Object.assign(session, { greeting: Buffer.concat(greeting) }));
    });
    socket.on('data', frames).on('error', reject);
  });
}

function answer(session: Session, message: Buffer): void {
  session.client?.write(message);
  if (message[0] !== READY) return;
  session.awaited -= 1;
  if (session.awaited === 0 && message[5] === IDLE) session.giveBack();
}

/** Cuts a stream into messages: a type, a length that counts itself, content. */
function messagesOf(take: (message: Buffer) => void): (data: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (data) => {
    rest = Buffer.concat([rest, data]);
    while (rest.length >= 5) {
      const length = 1 + rest.readInt32BE(1);
      if (rest.length < length) return;
      take(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
  };
}
