import { readNetwork, type Whereabouts } from '../../domain/whereabouts.ts';
import { refuse } from '../../kernel/failure.ts';

/** From where a user asks or answers, as the caller tells it. */
export type Place = { readonly clientIp?: string; readonly device?: string };

/** @throws Failure `invalid_parameter` when the address is none */
export function readPlace({ clientIp, device = '' }: Place): Whereabouts {
  const network = clientIp === undefined ? null : readNetwork(clientIp);
  if (clientIp !== undefined && network === null) {
    throw refuse('invalid_parameter', 'clientIp must be an IPv4 or IPv6 address', 'clientIp');
  }
  return { network, device: device === '' ? null : device };
}
