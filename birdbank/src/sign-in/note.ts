import type { AuthBank } from '../auth.ts';
import type { Visit } from '../visit.ts';

/** Writes a sign-in into the account's history, and notes it when it is the first in this browser. */
export function noteSignIn(
  { devices, events }: AuthBank,
  { place }: Pick<Visit, 'place'>,
  customerId: string,
  factor: string | null,
): void {
  const isNew = !devices.isKnown(customerId, place.device);
  events.add(customerId, {
    ...{ kind: isNew ? 'signed-in-new-device' : 'signed-in', factor, device: place.label },
  });
}
