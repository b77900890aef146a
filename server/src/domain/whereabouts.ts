import type { Problem } from '../kernel/failure.ts';

/** How long a place or device at which a user succeeded counts as known. */
export const KNOWN_FOR_MS = 30 * 86_400_000;

/** From where an answer came, as the customer's service saw it. */
export type Whereabouts = {
  /** The network of the user's address: see `readNetwork`. */
  readonly network: string | null;
  /** What the customer's service calls the user's device, such as the value of a cookie. */
  readonly device: string | null;
};

/** The caller said nothing of it. */
export const NOWHERE: Whereabouts = { network: null, device: null };

const MOST_DEVICE = 255;

/** Reads `clientIp` and `deviceToken`, by which a caller tells from where its user asks; both may be left out. */
export function readWhereabouts(given: ReadonlyMap<string, unknown>): Whereabouts | Problem {
  const address = given.get('clientip');
  const device = given.get('devicetoken');
  if (address === undefined && device === undefined) return NOWHERE;
  const isSaid = address !== undefined && address !== null && address !== '';
  const network = typeof address === 'string' ? readNetwork(address.trim()) : null;
  if (isSaid && network === null) {
    return {
      code: 'invalid_parameter',
      message: 'clientIp must be an IPv4 or IPv6 address',
      parameter: 'clientIp',
    };
  }
  if (device === undefined || device === null || device === '') return { network, device: null };
  if (typeof device === 'string' && device.length <= MOST_DEVICE) return { network, device };
  const message = `deviceToken must be text of at most ${MOST_DEVICE} characters`;
  return { code: 'invalid_parameter', message, parameter: 'deviceToken' };
}

/** A place or a device where a user has succeeded. */
export type Haunt = {
  /** Keyed hash of user and place (32 hexadecimal characters). */
  readonly hauntKey: string;
  readonly projectId: string;
  readonly mode: 'live' | 'test';
  readonly userKey: string;
  readonly lastSuccessAtMs: number;
};

export const isKnown = (haunt: Haunt | null, nowMs: number): boolean =>
  haunt !== null && nowMs < haunt.lastSuccessAtMs + KNOWN_FOR_MS;

const V4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;

/**
 * The network that an address belongs to, in its one spelling: an IPv4 address itself, of an IPv6 address the
 * first 64 bits, which one household or machine has whole. Null when it is no address.
 */
export function readNetwork(address: string): string | null {
  if (V4.test(address)) return address.split('.').map(Number).join('.');
  if (!/^[0-9A-Fa-f:.]{2,45}$/.test(address) || !URL.canParse(`http://[${address}]/`)) return null;
  const [head = '', tail] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const words = [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
  if (words.slice(0, 6).join(':') !== '0:0:0:0:0:ffff') return `${words.slice(0, 4).join(':')}::/64`;
  const low = words.slice(6).map((word) => Number.parseInt(word, 16));
  return low.flatMap((word) => [word >> 8, word & 0xff]).join('.');
}
