/** What an operator may do in the console. */
export const ROLES = ['owner', 'operator', 'support', 'reader'] as const;
export type Role = (typeof ROLES)[number];

export const ACTS = [
  'view',
  /** Whole recipients instead of masked ones; each look is written down. */
  'unmask',
  /** Sending a code again, ending a verification. */
  'handle',
  'erase',
  'keys',
  'providers',
  'guard',
  'webhooks',
  'templates',
  /** Taking a factor away from a user of the customer's, or ending their waits. */
  'factors',
  'tokens',
  'audit',
  'operators',
] as const;
export type Act = (typeof ACTS)[number];

const MAY: { readonly [role in Role]: readonly Act[] } = {
  owner: ACTS,
  operator: ACTS.filter((act) => act !== 'operators'),
  support: ['view', 'unmask', 'handle'],
  reader: ['view'],
};

export const may = (role: Role, act: Act): boolean => MAY[role].includes(act);

/** Operators are users of this project, which nobody else has keys or pages of: there their second factors are. */
export const STAFF_PROJECT = 'roost-console';
export const STAFF = { projectId: STAFF_PROJECT, mode: 'live' } as const;

/**
 * Whether what belongs to a project is shown to who asked for `asked`, null for all. Operators' own codes are no traffic
 * of customers': in figures they would be a conversion that nobody had. Who names their project finds them.
 */
export const isShownTo = (projectId: string, asked: string | null): boolean =>
  projectId !== STAFF_PROJECT || asked === STAFF_PROJECT;

/**
 * The user of that project to whom an operator's numbers and mailboxes belong, to which tests are sent. It is another
 * one than the operator, so what lets somebody in never comes upon them: a code by SMS opens no console.
 */
export const recipientsUser = (operatorId: string): string => `${operatorId} recipients`;

/** A person who may sign in to the console. Their second factors are factors of a user with the same id. */
export type Operator = {
  /** 32 hexadecimal characters. */
  readonly id: string;
  /** What they sign in with, in small letters. */
  readonly name: string;
  readonly role: Role;
  /** As `app/operators/passwords.ts` writes it; null for who signs in by links alone. */
  readonly password: string | null;
  readonly createdAtMs: number;
  readonly disabledAtMs: number | null;
};

/** Letters, digits, `.`, `_`, `-` and `@`: an e-mail address is a fine name. */
const NAME = /^[a-z0-9][a-z0-9._@+-]{1,63}$/;

/** A name as it is kept; null when it cannot be one. */
export function readOperatorName(typed: string): string | null {
  const name = typed.trim().toLowerCase();
  return NAME.test(name) ? name : null;
}

export const PASSWORD = { least: 12, most: 256 } as const;

/** What is wrong with a password, in one sentence; null when it may be used (NIST SP 800-63B, 3.1.1.2). */
export function passwordProblem(password: string, name: string): string | null {
  const length = [...password].length;
  if (length < PASSWORD.least)
    return `Use at least ${PASSWORD.least} characters. A few words in a row are good.`;
  if (length > PASSWORD.most) return `Use at most ${PASSWORD.most} characters.`;
  if (new Set(password.toLowerCase()).size < 5) return 'Use more different characters.';
  if (password.toLowerCase().includes(name) || /roost|password|123456|qwerty/i.test(password)) {
    return 'This is among the first that somebody would try. Choose another one.';
  }
  return null;
}

/** One sign-in. A half session knows the password alone, and opens nothing but the second step. */
export type OperatorSession = {
  /** SHA-256 of the id that only the browser holds (64 hexadecimal characters). */
  readonly digest: string;
  readonly operatorId: string;
  readonly stage: 'half' | 'whole';
  readonly createdAtMs: number;
  readonly seenAtMs: number;
  /** When a factor was last shown; dangerous acts want one of the last minutes. */
  readonly provedAtMs: number | null;
};

const MINUTE_MS = 60_000;
const IDLE_MS = 15 * MINUTE_MS;
const WHOLE_MS = 12 * 60 * MINUTE_MS;
const HALF_MS = 10 * MINUTE_MS;
const FRESH_MS = 5 * MINUTE_MS;

/** When a session ends, if it is not used again. */
export function endsAtMs({ stage, createdAtMs, seenAtMs }: OperatorSession): number {
  if (stage === 'half') return createdAtMs + HALF_MS;
  return Math.min(seenAtMs + IDLE_MS, createdAtMs + WHOLE_MS);
}

export const isFresh = ({ provedAtMs }: OperatorSession, nowMs: number): boolean =>
  provedAtMs !== null && nowMs < provedAtMs + FRESH_MS;

/** A link that works once: for the first operator, for somebody who was invited, to sign in on one's own machine. */
export type OperatorLink = {
  /** SHA-256 of its secret (64 hexadecimal characters). */
  readonly digest: string;
  readonly purpose: 'first' | 'invite' | 'sign-in';
  readonly role: Role;
  /** Who invited: the link works only while they may; null when it was made on the server itself. */
  readonly createdBy: string | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly usedAtMs: number | null;
};
