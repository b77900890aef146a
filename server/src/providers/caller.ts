import { Agent, type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps, Agent as TlsAgent } from 'node:https';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { stopwatchMs } from '../kernel/clock.ts';

export type Call = {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** What an HTTP call came to. Reasons are our own words: what the other side wrote is in `body` alone. */
export type Reply =
  | {
      readonly kind: 'answer';
      readonly status: number;
      /** Names in lower case. */
      readonly headers: Readonly<Record<string, string | string[] | undefined>>;
      /** null when it was longer than 64 KiB. */
      readonly body: string | null;
    }
  /** Nothing of the request left: no connection came about. */
  | { readonly kind: 'unsent'; readonly reason: string }
  /** Nothing left, and trying again soon will not help: the other side is not who the address says. */
  | { readonly kind: 'untrusted'; readonly reason: string }
  /** It left, wholly or in part, and there is no whole answer. */
  | { readonly kind: 'unknown'; readonly reason: string };

export interface Caller {
  /**
   * Makes one call, for at most `patienceMs` and until `signal` fires. Never throws. Follows no redirect, always
   * checks certificates, reads no more than 64 KiB.
   */
  call(call: Call, patienceMs: number, signal: AbortSignal): Promise<Reply>;
  /** Lets go of the connections, once the calls under way have ended or `signal` fires. */
  close(signal: AbortSignal): Promise<void>;
}

const MOST_BODY_BYTES = 65_536;
/** A gateway that cannot be reached must leave time for another route. */
const CONNECT_MS = 4_000;
/** Shorter than gateways and their load balancers keep an idle connection, so that we seldom write into a closed one. */
const IDLE_MS = 4_000;

/**
 * HTTP connections of one provider, kept alive between calls. It is node:http and not `fetch`, since that does not
 * tell whether a connection stood, and so whether a message may have gone out; and since no variable of the
 * environment can turn off its certificate checks or put a proxy in between.
 */
export function createCaller(connections = 256): Caller {
  const shared = { keepAlive: true, maxSockets: connections, maxFreeSockets: connections, timeout: IDLE_MS };
  const plain = new Agent(shared);
  const secured = new TlsAgent({ ...shared, rejectUnauthorized: true, minVersion: 'TLSv1.2' });
  const underWay = new Set<Promise<Reply>>();
  return {
    call(call, patienceMs, signal) {
      const agent = call.url.startsWith('https:') ? secured : plain;
      const reply = callOnce(call, agent, patienceMs, signal);
      underWay.add(reply);
      return reply.finally(() => underWay.delete(reply));
    },
    async close(signal) {
      const told = new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener('abort', () => resolve(), { once: true });
      });
      await Promise.race([Promise.all(underWay), told]);
      plain.destroy();
      secured.destroy();
    },
  };
}

type Progress = { isBegun: boolean; stopped: 'time' | 'signal' | 'connect' | null };

function callOnce(call: Call, agent: Agent, patienceMs: number, signal: AbortSignal): Promise<Reply> {
  if (signal.aborted || patienceMs <= 0) {
    return Promise.resolve({ kind: 'unsent', reason: 'there was no time left to call' });
  }
  return new Promise((resolve) => {
    const progress: Progress = { isBegun: false, stopped: null };
    let made: ClientRequest;
    try {
      made = requestOf(call, agent);
    } catch {
      resolve({ kind: 'untrusted', reason: 'the request cannot be written as HTTP' });
      return;
    }
    const stop = (why: Progress['stopped']) => () => {
      progress.stopped ??= why;
      made.destroy();
    };
    const endsAtMs = stopwatchMs() + patienceMs;
    const patience = setTimeout(stop('time'), patienceMs);
    const onSignal = stop('signal');
    signal.addEventListener('abort', onSignal, { once: true });
    let connecting: NodeJS.Timeout | undefined;
    const settle = (reply: Reply) => {
      clearTimeout(patience);
      clearTimeout(connecting);
      signal.removeEventListener('abort', onSignal);
      resolve(reply);
    };
    // A connection may come free or about at the last moment, before the timer has its turn: asked for just before
    // anything is written.
    const begin = () => {
      clearTimeout(connecting);
      if (stopwatchMs() >= endsAtMs) stop('time')();
      else progress.isBegun = true;
    };
    made.once('socket', (socket) => {
      if (isOpen(socket)) {
        begin();
        return;
      }
      connecting = setTimeout(stop('connect'), CONNECT_MS);
      socket.once(call.url.startsWith('https:') ? 'secureConnect' : 'connect', begin);
    });
    made.once('response', (answer) => readAnswer(answer, progress, settle));
    made.on('error', (error: NodeJS.ErrnoException) => settle(failed(progress, error.code ?? '')));
    made.once('close', () => settle(failed(progress, 'CLOSED')));
    made.end(call.body);
  });
}

/** One that was used before, also when it was passed on without ever being free, which `reusedSocket` does not tell. */
const isOpen = (socket: Socket): boolean =>
  !socket.connecting && (!(socket instanceof TLSSocket) || socket.getProtocol() !== null);

function requestOf(call: Call, agent: Agent): ClientRequest {
  const { method, body } = call;
  const headers: Record<string, string | number> = { 'accept-encoding': 'identity', ...call.headers };
  if (body !== undefined) headers['content-length'] = Buffer.byteLength(body);
  const request = call.url.startsWith('https:') ? requestHttps : requestHttp;
  return request(call.url, { method, agent, headers });
}

function readAnswer(answer: IncomingMessage, progress: Progress, settle: (reply: Reply) => void): void {
  const parts: Buffer[] = [];
  let bytes = 0;
  const done = (body: string | null) =>
    settle({ kind: 'answer', status: answer.statusCode ?? 0, headers: answer.headers, body });
  answer.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes <= MOST_BODY_BYTES) parts.push(part);
    else {
      done(null);
      answer.destroy();
    }
  });
  answer.once('end', () => {
    if (answer.complete) done(Buffer.concat(parts).toString('utf8'));
    else settle(failed(progress, 'CLOSED'));
  });
  answer.once('error', () => settle(failed(progress, 'CLOSED')));
  answer.once('aborted', () => settle(failed(progress, 'CLOSED')));
}

const CERTIFICATE =
  /^(CERT_|ERR_TLS_CERT|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|INVALID_CA|EPROTO)/;

function failed({ isBegun, stopped }: Progress, code: string): Reply {
  if (isBegun) {
    const reason = stopped === null ? 'the connection broke before the whole answer' : 'no answer in time';
    return { kind: 'unknown', reason };
  }
  if (CERTIFICATE.test(code)) {
    return { kind: 'untrusted', reason: 'the certificate of the gateway is not trusted for its address' };
  }
  if (stopped !== null) return { kind: 'unsent', reason: 'no connection in time' };
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return { kind: 'unsent', reason: 'the name of the gateway is not known to the DNS' };
  }
  return { kind: 'unsent', reason: 'the gateway takes no connection' };
}
