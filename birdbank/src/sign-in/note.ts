import type { AuthBank } from '../auth.ts';
import { tellCustomer } from '../tell-customer.ts';
import type { Visit } from '../visit.ts';

/** Writes a sign-in into the account's history, and tells its owner when it is the first in this browser. */
export function noteSignIn(
  bank: AuthBank,
  { place, words }: Pick<Visit, 'place' | 'words'>,
  customerId: string,
  /** By which they showed who they are; null where the password was enough. */
  by: { readonly factor: string; readonly kind: string } | null,
): void {
  const isNew = !bank.devices.isKnown(customerId, place.device);
  // Of what strangers do its owner hears in the language in which they themselves signed in before.
  if (isNew) tellCustomer(bank, customerId, ({ notices }) => notices.newDevice(place.label));
  else bank.customers.setLanguage(customerId, words.language);
  bank.events.add(customerId, {
    ...{ kind: isNew ? 'signed-in-new-device' : 'signed-in', factor: by?.kind ?? null, device: place.label },
  });
  if (by !== null) bank.events.used(customerId, by.factor, place.label);
}
