import { accounts } from './en/accounts.ts';
import { confirm } from './en/confirm.ts';
import { factors } from './en/factors.ts';
import { frame } from './en/frame.ts';
import { notices } from './en/notices.ts';
import { payments } from './en/payments.ts';
import { problems } from './en/problems.ts';
import { security } from './en/security.ts';
import { signIn } from './en/sign-in.ts';
import { signUp } from './en/sign-up.ts';
import { tutorial } from './en/tutorial.ts';

/** Every sentence of BirdBank in English: the list that other languages are held to. */
export const en = {
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

export type Sentences = typeof en;
