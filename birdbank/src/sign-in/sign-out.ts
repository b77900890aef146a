import type { CustomerVisit } from '../customer.ts';
import { simplePage } from '../pages/problem.ts';
import type { Answer, Visit } from '../visit.ts';
import { SIGN_IN } from './page.ts';

/** `GET /signed-out` */
export const signedOutPage = ({ words }: Visit): Answer => simplePage(200, words.signIn.signedOut, SIGN_IN);

/** `POST /sign-out` */
export function signOut(visit: CustomerVisit): Answer {
  visit.signOut();
  return { redirectTo: '/signed-out' };
}
