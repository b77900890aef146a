import type { AuthBank } from '../auth.ts';
import type { CustomerVisit } from '../customer.ts';
import { leaveFlash } from '../pages/parts.ts';
import { simplePage } from '../pages/problem.ts';
import { SECURITY } from '../security/fresh.ts';
import type { Answer, Visit } from '../visit.ts';
import { SIGN_IN } from './page.ts';

/** `GET /signed-out` */
export const signedOutPage = ({ words }: Visit): Answer => simplePage(200, words.signIn.signedOut, SIGN_IN);

/** `POST /sign-out` */
export function signOut(visit: CustomerVisit): Answer {
  visit.signOut();
  return { redirectTo: '/signed-out' };
}

/** `POST /sign-out-everywhere`: every session of this customer, this one too, and no device is trusted any more. */
export function signOutEverywhere({ events, devices }: AuthBank, visit: CustomerVisit): Answer {
  devices.distrustAll(visit.customer.id);
  events.add(visit.customer.id, { kind: 'signed-out-everywhere', factor: null, device: visit.place.label });
  visit.endOthers();
  visit.signOut();
  return { redirectTo: '/signed-out' };
}

/** `POST /security/devices/{id}/forget` */
export function forgetDevice({ events, devices }: AuthBank, visit: CustomerVisit): Answer {
  devices.forget(visit.customer.id, visit.params.id ?? '');
  events.add(visit.customer.id, { kind: 'device-forgotten', factor: null, device: visit.place.label });
  leaveFlash(visit, SECURITY, { notice: visit.words.security.forgotten });
  return { redirectTo: SECURITY };
}
