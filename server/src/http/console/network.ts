import { BlockList, isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { readNetwork } from '../../domain/whereabouts.ts';

const INSIDE = new BlockList();
for (const [address, bits] of [
  ...([
    ['127.0.0.0', 8],
    ['10.0.0.0', 8],
  ] as const),
  ...([
    ['172.16.0.0', 12],
    ['192.168.0.0', 16],
    ['100.64.0.0', 10],
  ] as const),
]) {
  INSIDE.addSubnet(address, bits, 'ipv4');
}
INSIDE.addAddress('::1', 'ipv6');
INSIDE.addSubnet('fc00::', 7, 'ipv6');

/**
 * The network that wrong passwords of a request are counted on. Of what comes from within the house it is what the
 * proxy there says, which adds the last address itself; or else strangers behind it would keep everybody waiting.
 */
export function networkOf({ ip, headers }: FastifyRequest): string {
  const isInside = isIP(ip) !== 0 && INSIDE.check(ip, isIP(ip) === 4 ? 'ipv4' : 'ipv6');
  const last = isInside ? [headers['x-forwarded-for'] ?? ''].flat().join(',').split(',').at(-1) : undefined;
  return readNetwork(last?.trim() ?? '') ?? readNetwork(ip) ?? ip;
}
