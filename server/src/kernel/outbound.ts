import { lookup as dnsLookup } from 'node:dns';
import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { promisify } from 'node:util';
import { stopwatchMs } from './clock.ts';

/**
 * How far requests to addresses that others chose may reach. `public` is the world alone, by https. `loopback` adds
 * this machine and `private` also the networks around it, both by http too: for trying things out, and for receivers
 * inside of the house. Nothing reaches link-local addresses, where clouds keep their secrets.
 */
export const REACHES = ['public', 'loopback', 'private'] as const;
export type Reach = (typeof REACHES)[number];

export type OutboundRequest = {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: { readonly [name: string]: string };
  readonly body: string | null;
  /** All of it: name, connection, answer. */
  readonly timeoutMs: number;
};

export type OutboundAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly tookMs: number }
  /** No connection was opened. */
  | { readonly kind: 'refused'; readonly reason: string; readonly tookMs: number }
  | { readonly kind: 'failed'; readonly reason: string; readonly tookMs: number };

export type Outbound = {
  /** What is wrong with an address, in a sentence that says what would be right; null when it may be asked. */
  problemOf(url: string): Promise<string | null>;
  /** Sends one request and follows no redirect. Never throws. */
  send(request: OutboundRequest): Promise<OutboundAnswer>;
  close(): void;
};

type Address = { readonly address: string; readonly family: number };
/** Every address that a name has. */
export type Resolve = (host: string) => Promise<readonly Address[]>;

export const MOST_URL = 2_048;
const MOST_ANSWER_BYTES = 65_536;
const MOST_HEADER_BYTES = 16_384;
const MOST_SOCKETS_A_HOST = 16;
const USUAL_PORTS = ['', '443', '8443'];

type Network = readonly [address: string, bits: number, family: 'ipv4' | 'ipv6'];
const LOOPBACK: readonly Network[] = [
  ['127.0.0.0', 8, 'ipv4'],
  ['::1', 128, 'ipv6'],
];
const PRIVATE: readonly Network[] = [
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['fc00::', 7, 'ipv6'],
];
/** What is not the public network (IANA's special-purpose registries; those that hold other addresses within too). */
const NEVER: readonly Network[] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.0.2.0', 24, 'ipv4'],
  ['192.88.99.0', 24, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['198.51.100.0', 24, 'ipv4'],
  ['203.0.113.0', 24, 'ipv4'],
  ['224.0.0.0', 4, 'ipv4'],
  ['240.0.0.0', 4, 'ipv4'],
  ['::', 96, 'ipv6'],
  ['::ffff:0:0', 96, 'ipv6'],
  ['::ffff:0:0:0', 96, 'ipv6'],
  ['64:ff9b::', 96, 'ipv6'],
  ['64:ff9b:1::', 48, 'ipv6'],
  ['100::', 64, 'ipv6'],
  ['2001::', 23, 'ipv6'],
  ['2001:db8::', 32, 'ipv6'],
  ['2002::', 16, 'ipv6'],
  ['3fff::', 20, 'ipv6'],
  ['5f00::', 16, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['fec0::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
];

/** Requests to addresses that strangers chose. The address that was checked is the one that is connected to. */
export function createOutbound({
  reach,
  resolve = resolveName,
}: {
  readonly reach: Reach;
  readonly resolve?: Resolve;
}): Outbound {
  const mayReach = reachable(reach);
  /** @throws Unreachable */
  const addressesOf = async (host: string): Promise<readonly Address[]> => {
    const family = isIP(host);
    const found = family === 0 ? await resolve(host) : [{ address: host, family }];
    if (found.length === 0) throw new Unreachable('its name has no address');
    if (!found.every(({ address }) => mayReach(address))) throw new Unreachable(NOT_PUBLIC[reach]);
    return found;
  };
  // Called by each new connection: what it is given it connects to, and nothing asks for the name again.
  const lookup: LookupFunction = (host, options, done) => {
    addressesOf(host).then(
      (found) => {
        const wanted = options.family === 4 || options.family === 6 ? options.family : null;
        const fit = found.filter(({ family }) => wanted === null || family === wanted);
        const [first] = fit;
        if (first === undefined) done(new Unreachable('its name has no address'), []);
        else if (options.all === true) done(null, [...fit]);
        else done(null, first.address, first.family);
      },
      (error: Error) => done(error, []),
    );
  };
  const common = { keepAlive: true, maxSockets: MOST_SOCKETS_A_HOST, timeout: 30_000 };
  const agents = { 'http:': new HttpAgent(common), 'https:': new HttpsAgent(common) };
  return {
    async problemOf(text) {
      const url = readUrl(text, reach);
      if (typeof url === 'string') return url;
      try {
        await addressesOf(hostOf(url));
        return null;
      } catch (error) {
        return `the address cannot be used: ${reasonOf(error)}`;
      }
    },
    async send(wanted) {
      const sinceMs = stopwatchMs();
      const tookMs = () => Math.round(stopwatchMs() - sinceMs);
      const url = readUrl(wanted.url, reach);
      if (typeof url === 'string') return { kind: 'refused', reason: url, tookMs: tookMs() };
      try {
        // A host that is an address is looked up by nobody, so it is checked here.
        if (isIP(hostOf(url)) !== 0) await addressesOf(hostOf(url));
        const agent = agents[url.protocol === 'http:' ? 'http:' : 'https:'];
        const status = await exchange(url, wanted, { agent, lookup }, mayReach);
        return { kind: 'answered', status, tookMs: tookMs() };
      } catch (error) {
        const kind = error instanceof Unreachable ? 'refused' : 'failed';
        return { kind, reason: reasonOf(error), tookMs: tookMs() };
      }
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

/** The address is none that may be connected to. */
class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

const NOT_PUBLIC = {
  public: 'it leads into a network that is not public',
  loopback: 'it leads into a network that is neither public nor this machine',
  private: 'it leads to an address that nothing may be sent to',
} as const satisfies Record<Reach, string>;

/** The address, or what is wrong with it. */
function readUrl(text: string, reach: Reach): URL | string {
  if (text.length > MOST_URL) return `the address is longer than ${MOST_URL} characters`;
  if (!URL.canParse(text)) return 'the address must be one such as https://example.com/hooks';
  const url = new URL(text);
  if (url.protocol !== 'https:' && (reach === 'public' || url.protocol !== 'http:'))
    return 'the address must begin with https://';
  if (url.username !== '' || url.password !== '') return 'the address must hold no user name or password';
  if (hostOf(url) === '') return 'the address must name a host';
  if (reach === 'public' && !USUAL_PORTS.includes(url.port)) return 'the port must be 443 or 8443';
  return url;
}

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

function reachable(reach: Reach): (address: string) => boolean {
  const blocked = [
    ...NEVER,
    ...(reach === 'private' ? [] : PRIVATE),
    ...(reach === 'public' ? LOOPBACK : []),
  ];
  // A list for each family: in a common one the network of mapped addresses would hold every address of IPv4.
  const [blocked4, blocked6] = [blockList(blocked, 'ipv4'), blockList(blocked, 'ipv6')];
  return (address) => {
    const family = isIP(address);
    if (family === 4) return !blocked4.check(address, 'ipv4');
    // The loopback of IPv6 lies within a network that is never reached.
    if (address === '::1') return reach !== 'public';
    return family === 6 && !blocked6.check(address, 'ipv6');
  };
}

function blockList(networks: readonly Network[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const [address, bits, kind] of networks) {
    if (kind === family) list.addSubnet(address, bits, kind);
  }
  return list;
}

type Through = { readonly agent: HttpAgent | HttpsAgent; readonly lookup: LookupFunction };

/** The status of the answer. Its body is read and forgotten, up to a bound, so that the connection can serve again. */
function exchange(
  url: URL,
  { method, headers, body, timeoutMs }: OutboundRequest,
  through: Through,
  mayReach: (address: string) => boolean,
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const start = url.protocol === 'http:' ? httpRequest : httpsRequest;
  const length = body === null ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const options = {
    method,
    headers: { ...headers, ...length },
    maxHeaderSize: MOST_HEADER_BYTES,
    ...through,
  };
  const asked: ClientRequest = start(url, options, (answer) => drain(answer, asked, resolve));
  const late = setTimeout(
    () => asked.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)),
    timeoutMs,
  );
  asked.on('socket', (socket) => {
    const check = () => {
      const address = socket.remoteAddress;
      if (address !== undefined && !mayReach(address)) asked.destroy(new Unreachable(NOT_PUBLIC.private));
    };
    if (socket.connecting) socket.once('connect', check);
    else check();
  });
  asked.on('error', reject);
  asked.on('close', () => {
    clearTimeout(late);
    reject(new Error('the connection was closed before an answer'));
  });
  asked.end(body ?? undefined);
  return promise;
}

function drain(answer: IncomingMessage, asked: ClientRequest, done: (status: number) => void): void {
  const status = answer.statusCode ?? 0;
  let bytes = 0;
  answer.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes <= MOST_ANSWER_BYTES) return;
    done(status);
    asked.destroy();
  });
  answer.on('end', () => done(status));
  answer.on('error', () => {});
}

const dns = promisify(dnsLookup);

const resolveName: Resolve = async (host) => {
  try {
    return await dns(host, { all: true, verbatim: true });
  } catch {
    throw new Unreachable('its name has no address');
  }
};

/** Why it failed, without anything of what was there: a caller must not learn about networks in this way. */
function reasonOf(error: unknown): string {
  if (error instanceof Unreachable) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  if (message.startsWith('no answer within') || message.startsWith('the connection was closed'))
    return message;
  if (code === 'ECONNREFUSED') return 'the connection was refused';
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'the connection was reset';
  if (code !== undefined && /CERT|SSL|TLS|SELF_SIGNED|ALTNAME/.test(code))
    return 'its certificate is not good';
  if (code?.startsWith('HPE_') === true) return 'the answer is not HTTP';
  return 'the connection failed';
}
