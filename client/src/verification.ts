import { dateIn } from './date.ts';
import { RoostError } from './errors.ts';
import type { Answer } from './transport.ts';

/** `deleted` is not among them: what is deleted is answered as `notFound`. */
export type Status = 'sent' | 'verified' | 'failed' | 'expired';

type About = {
  /** 32 lower-case hexadecimal characters. */
  readonly id: string;
  readonly href: string;
  readonly originator: string;
  readonly reference: string | null;
  readonly messages: { readonly id: string; readonly href: string };
  readonly status: Status;
  readonly createdDatetime: Date;
  readonly validUntilDatetime: Date;
};
export type PhoneVerification = About & {
  readonly type: 'sms' | 'flash' | 'tts' | 'whatsapp';
  /** E.164 with its plus sign, such as `+31612345678`. */
  readonly recipient: string;
};
export type EmailVerification = About & {
  readonly type: 'email';
  /** The bare e-mail address. */
  readonly recipient: string;
};
/** One attempt to prove that somebody holds a phone number or a mailbox. */
export type Verification = PhoneVerification | EmailVerification;

/** A verification that was just created. */
export type Created = Verification & {
  /** The code: only when `returnToken` was asked for with a test key, otherwise null. */
  readonly token: string | null;
  /** Whether nothing was sent: the code waits on the sandbox phone. */
  readonly sandbox: boolean;
};

const STATUSES: readonly unknown[] = ['sent', 'verified', 'failed', 'expired'] satisfies Status[];
const PHONE_TYPES: readonly unknown[] = [
  ...(['sms', 'flash', 'tts', 'whatsapp'] satisfies PhoneVerification['type'][]),
];

/** The verification in an answer. @throws RoostError `unexpected` when there is none */
export function readVerification({ body, headers }: Answer): Verification {
  const found = verificationIn(body);
  if (found !== null) return found;
  throw new RoostError('unexpected', 'The answer holds no verification', {
    requestId: headers.get('request-id'),
  });
}

/** The answer to a check, which proves something only if it says so: a 2xx alone is no proof. */
export function readVerified(answer: Answer, id: string): Verification {
  const verification = readVerification(answer);
  if (verification.id === id && verification.status === 'verified') return verification;
  throw new RoostError('unexpected', `The check was answered with the status ${verification.status}`, {
    requestId: answer.headers.get('request-id'),
  });
}

export function readCreated(answer: Answer): Created {
  const verification = readVerification(answer);
  const { token } = answer.body as { token?: unknown };
  return {
    ...verification,
    token: typeof token === 'string' ? token : null,
    sandbox: answer.headers.get('roost-sandbox') === 'true',
  };
}

function verificationIn(body: unknown): Verification | null {
  if (typeof body !== 'object' || body === null) return null;
  const { id, href, recipient, originator, type, reference, messages, status, ...dates } = body as Record<
    string,
    unknown
  >;
  const createdDatetime = dateIn(dates.createdDatetime);
  const validUntilDatetime = dateIn(dates.validUntilDatetime);
  const links = messagesIn(messages);
  if (typeof id !== 'string' || typeof href !== 'string' || links === null) return null;
  if (createdDatetime === null || validUntilDatetime === null || !isStatus(status)) return null;
  const about: About = {
    ...{ id, href, status, createdDatetime, validUntilDatetime, messages: links },
    originator: String(originator ?? ''),
    reference: typeof reference === 'string' ? reference : null,
  };
  if (type === 'email') return typeof recipient === 'string' ? { ...about, type, recipient } : null;
  const isNumber = typeof recipient === 'number' && Number.isSafeInteger(recipient) && recipient > 0;
  return isNumber && isPhoneType(type) ? { ...about, type, recipient: `+${recipient}` } : null;
}

const isStatus = (value: unknown): value is Status => STATUSES.includes(value);
const isPhoneType = (value: unknown): value is PhoneVerification['type'] => PHONE_TYPES.includes(value);

function messagesIn(value: unknown): About['messages'] | null {
  if (typeof value !== 'object' || value === null) return null;
  const { id, href } = value as Record<string, unknown>;
  return typeof id === 'string' && typeof href === 'string' ? { id, href } : null;
}
