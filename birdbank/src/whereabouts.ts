import type { Bank } from './bank.ts';
import { networkShown } from './network.ts';
import type { BaseVisit } from './visit.ts';

type Visiting = Pick<BaseVisit, 'place'>;

/** What makes a text message hand its code to our pages alone (WebOTP). */
export const appLine = ({ appHost }: Pick<Bank, 'appHost'>): { readonly appHost?: string } =>
  appHost === null ? {} : { appHost };

/** Where somebody is whom a factor is asked of: wrong answers are counted apart from where this customer usually is. */
export function placeFor(visit: Visiting): { readonly clientIp?: string; readonly device?: string } {
  const device = deviceOf(visit);
  return { ...addressOf(visit), ...(device === null ? {} : { device }) };
}

/** The same, as a verification is told it. */
export function askedFrom(visit: Visiting): { readonly clientIp?: string; readonly deviceToken?: string } {
  const deviceToken = deviceOf(visit);
  return { ...addressOf(visit), ...(deviceToken === null ? {} : { deviceToken }) };
}

const deviceOf = ({ place }: Visiting): string | null => place.device?.toString('base64url') ?? null;

/**
 * Our own machine's address is that of a proxy that nobody told us of, or of a developer, and one of an inner network
 * that of such a proxy where it says so: taken for customers', it would have all of them at one place, known to all. A
 * public address stays whatever the header says, or a stranger could shed it.
 */
function addressOf({ place }: Visiting): { readonly clientIp?: string } {
  const [address = ''] = place.clientIp.split('%');
  const { kind } = networkShown(address);
  if (kind === 'this computer' || kind === 'unknown') return {};
  return kind === 'inside' && place.isOfProxy ? {} : { clientIp: address };
}
