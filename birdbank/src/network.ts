import { BlockList, isIP, isIPv6 } from 'node:net';

/** From where a browser came, as far as its owner needs it to know it again. */
export type Network =
  | { readonly kind: 'this computer' | 'inside' | 'unknown' }
  /** `203.0.113.*` or `2001:db8:1:2:*` */
  | { readonly kind: 'public'; readonly prefix: string };

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');
/** RFC 1918, 3927 and 6598, and their likes of IPv6. */
const INSIDE = new BlockList();
INSIDE.addSubnet('10.0.0.0', 8, 'ipv4');
INSIDE.addSubnet('172.16.0.0', 12, 'ipv4');
INSIDE.addSubnet('192.168.0.0', 16, 'ipv4');
INSIDE.addSubnet('100.64.0.0', 10, 'ipv4');
INSIDE.addSubnet('169.254.0.0', 16, 'ipv4');
INSIDE.addSubnet('fc00::', 7, 'ipv6');
INSIDE.addSubnet('fe80::', 10, 'ipv6');

/** The network of an address, without what identifies one machine in it. */
export function networkShown(address: string): Network {
  const bare = address.split('%')[0] ?? '';
  const family = isIP(bare);
  if (family === 0) return { kind: 'unknown' };
  const type = family === 4 ? 'ipv4' : 'ipv6';
  if (LOOPBACK.check(bare, type)) return { kind: 'this computer' };
  if (INSIDE.check(bare, type)) return { kind: 'inside' };
  const network = networkOf(bare);
  const prefix = network.includes(':') ? `${network}:*` : network.replace(/\d+$/, '*');
  return { kind: 'public', prefix };
}

/** Whom an IPv6 address belongs to has all of its /64. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = address.toLowerCase().split('%')[0]?.split('::') ?? [];
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - groups.length - after.length;
  const all = [...groups, ...Array.from({ length: Math.max(0, zeros) }, () => '0'), ...after];
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
