import type { Sentences } from './en.ts';
import { accounts } from './nl/accounts.ts';
import { confirm } from './nl/confirm.ts';
import { factors } from './nl/factors.ts';
import { frame } from './nl/frame.ts';
import { notices } from './nl/notices.ts';
import { payments } from './nl/payments.ts';
import { problems } from './nl/problems.ts';
import { security } from './nl/security.ts';
import { signIn } from './nl/sign-in.ts';
import { signUp } from './nl/sign-up.ts';
import { tutorial } from './nl/tutorial.ts';

/** Every sentence of BirdBank in Dutch. */
export const nl: Sentences = {
  frame,
  tutorial,
  problems,
  accounts,
  payments,
  signUp,
  signIn,
  confirm,
  factors,
  security,
  notices,
};
