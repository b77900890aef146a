import {
  type ApprovedChallenge,
  type Challenge,
  type Factor,
  type FactorKind,
  type OpenChallenge,
  RoostError,
  type Transaction,
} from '@roost/client';
import type { Assertion } from '@roost/client/browser';
import { AUDIENCE, type Bank } from '../bank.ts';
import { resendWaitMs } from '../resend-wait.ts';
import type { Problem } from '../session-data.ts';
import { readTypedCode } from '../typed-code.ts';
import type { BaseVisit } from '../visit.ts';
import { appLine, placeFor } from '../whereabouts.ts';
import type { Asked, AskedFactor } from './asked.ts';
import { refusalsOf } from './refusals.ts';

/** What somebody is asked to confirm, whoever they are to us by now. */
export type Wanted = {
  readonly customerId: string;
  /** As Roost is told it. */
  readonly purpose: string;
  readonly reference: string;
  readonly transaction: Transaction | null;
  /** Kinds of factor that may confirm it; null for all. */
  readonly kinds: readonly FactorKind[] | null;
  /** A factor that may not; null when all may. */
  readonly exceptFactor: string | null;
};
export type Opened =
  | { readonly kind: 'asked'; readonly asked: Asked; readonly problems: readonly Problem[] }
  /** They have nothing to confirm it with. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'failed'; readonly problems: readonly Problem[] };

const VALID_SECONDS = 600;
const MOST_SENT = 3;

/** Opens a challenge at Roost, and sends a code where the factor that is asked for first needs one. */
export async function openChallenge(bank: Bank, visit: BaseVisit, wanted: Wanted): Promise<Opened> {
  try {
    const challenge = await create(bank, wanted);
    const factors = challenge.factors.filter(({ id }) => id !== wanted.exceptFactor).toSorted(byLastUse);
    const [first] = factors;
    if (first === undefined) return { kind: 'nothing' };
    const asked: Asked = {
      ...{ challenge: challenge.id, purpose: wanted.purpose, reference: wanted.reference },
      ...{ factors: factors.map(askedFactor), chosen: first.id },
      ...{ question: challenge.question, publicKey: challenge.publicKey },
      ...{ expiresAtMs: challenge.expiresAt.getTime(), attemptsLeft: null, isOutcomeUnknown: false },
      sent: null,
    };
    return { kind: 'asked', ...(await chooseFactor(bank, visit, asked, first.id)) };
  } catch (error) {
    if (error instanceof RoostError && error.reason === 'invalid_parameter' && isAboutUser(error))
      return { kind: 'nothing' };
    return { kind: 'failed', problems: refusalsOf(bank, visit.words, error) };
  }
}

const isAboutUser = ({ errors }: RoostError): boolean => errors[0]?.parameter === 'user';

function create(bank: Bank, { customerId, purpose, transaction, kinds }: Wanted): Promise<OpenChallenge> {
  const about = { user: customerId, purpose, audience: AUDIENCE, validSeconds: VALID_SECONDS };
  if (transaction !== null) return bank.roost.challenges.create({ ...about, transaction });
  return bank.roost.challenges.create({ ...about, ...(kinds === null ? {} : { factors: kinds }) });
}

/** The one used last comes first; recovery codes are the last way. */
function byLastUse(a: Factor, b: Factor): number {
  const isLast = Number(a.kind === 'recovery') - Number(b.kind === 'recovery');
  return isLast || usedAt(b) - usedAt(a);
}
const usedAt = ({ lastUsedAt, createdAt }: Factor): number => (lastUsedAt ?? createdAt).getTime();

const askedFactor = (factor: Factor): AskedFactor => ({
  ...{ id: factor.id, kind: factor.kind, name: factor.name },
  recipient: 'recipient' in factor ? factor.recipient : null,
});

export const chosenOf = ({ factors, chosen }: Asked): AskedFactor | undefined =>
  factors.find(({ id }) => id === chosen);

export type Step = { readonly asked: Asked; readonly problems: readonly Problem[] };

/** Asks for another of the factors; a code is sent where it needs one that was not sent just now. */
export async function chooseFactor(bank: Bank, visit: BaseVisit, asked: Asked, id: string): Promise<Step> {
  const factor = asked.factors.find((each) => each.id === id);
  if (factor === undefined) return { asked, problems: [] };
  const chosen = { ...asked, chosen: id };
  if (!isSent(factor) || asked.sent?.factorId === id) return { asked: chosen, problems: [] };
  return sendAnother(bank, visit, chosen);
}

export const isSent = ({ kind }: AskedFactor): boolean =>
  kind === 'sms' || kind === 'tts' || kind === 'email' || kind === 'whatsapp';

/** When another code may be sent for this; null when no more may. */
export function sendFromMs({ sent }: Asked): number | null {
  if (sent === null) return 0;
  return sent.times >= MOST_SENT ? null : sent.atMs + resendWaitMs(sent.times);
}

/** Sends a code to the chosen factor. Codes that were sent before stay good. */
export async function sendAnother(bank: Bank, visit: BaseVisit, asked: Asked): Promise<Step> {
  try {
    const template = templateFor(visit, asked);
    const { expiresAt } = await bank.roost.challenges.send(asked.challenge, {
      ...{ factor: asked.chosen, originator: 'BirdBank', template, ...placeFor(visit) },
      // What is approved is to be read: no browser fills that code in.
      ...(template.includes('%transaction') ? {} : appLine(bank)),
    });
    const sent = {
      ...{ factorId: asked.chosen, atMs: visit.nowMs, times: (asked.sent?.times ?? 0) + 1 },
      expiresAtMs: expiresAt.getTime(),
    };
    return { asked: { ...asked, sent }, problems: [] };
  } catch (error) {
    return { asked, problems: refusalsOf(bank, visit.words, error) };
  }
}

function templateFor({ words }: BaseVisit, { purpose }: Asked): string {
  const { messages } = words.confirm;
  const own: { readonly [purpose: string]: string } = messages;
  return Object.hasOwn(messages, purpose) ? (own[purpose] ?? messages.other) : messages.other;
}

export type Answered =
  | { readonly kind: 'approved'; readonly challenge: ApprovedChallenge }
  | ({ readonly kind: 'again' } & Step)
  /** No code can be right any more. */
  | { readonly kind: 'over'; readonly problems: readonly Problem[] };

/** Judges what was typed. A challenge that was answered for somebody else, or something else, is none. */
export async function answerChallenge(
  bank: Bank,
  visit: BaseVisit,
  asked: Asked,
  about: { readonly customerId: string; readonly transaction: Transaction | null },
): Promise<Answered> {
  const shown = shownIn(visit, asked);
  if ('text' in shown) return { kind: 'again', asked, problems: [shown] };
  try {
    const challenge = await bank.roost.challenges.check(asked.challenge, {
      ...{ ...shown, ...placeFor(visit) },
      ...(about.transaction === null ? {} : { transaction: about.transaction }),
    });
    return approvedFor(visit, challenge, asked, about.customerId);
  } catch (error) {
    return afterFailure(bank, visit, asked, about.customerId, error);
  }
}

/** The code that was typed, or what the browser was given by a passkey; or what is wrong with it. */
function shownIn(
  visit: BaseVisit,
  asked: Asked,
): { readonly factor: string; readonly code: string } | { readonly credential: Assertion } | Problem {
  const { confirm } = visit.words;
  if (chosenOf(asked)?.kind === 'webauthn') {
    const credential = readCredential<Assertion>(visit.secretField('credential'));
    return credential === null ? { text: confirm.passkeyFailed, field: null } : { credential };
  }
  const code = readTypedCode(visit.field('code'));
  return code === '' ? { text: confirm.empty, field: 'code' } : { factor: asked.chosen, code };
}

/** What a script put into a hidden field. Roost judges what is in it; here it only has to be an object. */
export function readCredential<Credential extends object>(json: string): Credential | null {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && 'response' in value ? (value as Credential) : null;
  } catch {
    return null;
  }
}

/** Roost's answer is held to what was asked, to the letter. */
function approvedFor(
  { words }: BaseVisit,
  challenge: ApprovedChallenge,
  asked: Asked,
  customerId: string,
): Answered {
  const isOurs =
    challenge.id === asked.challenge && challenge.user === customerId && challenge.purpose === asked.purpose;
  if (!isOurs) throw new Error('Roost approved another challenge than the one that was asked');
  // A browser offers every passkey of its owner, also the one that is about to be changed.
  const isOffered = asked.factors.some(({ id }) => id === challenge.approvedBy.factor);
  if (!isOffered) return { kind: 'over', problems: [{ text: words.confirm.notThatOne, field: null }] };
  return { kind: 'approved', challenge };
}

async function afterFailure(
  bank: Bank,
  visit: BaseVisit,
  asked: Asked,
  customerId: string,
  error: unknown,
): Promise<Answered> {
  const problems = refusalsOf(bank, visit.words, error);
  if (!(error instanceof RoostError)) throw error;
  if (error.kind !== 'refused' && error.reason === null) {
    return { kind: 'again', asked: { ...asked, isOutcomeUnknown: true }, problems };
  }
  if (error.reason === 'wrong_code') {
    const { attemptsLeft } = error;
    return attemptsLeft === 0
      ? { kind: 'over', problems }
      : { kind: 'again', asked: { ...asked, attemptsLeft }, problems };
  }
  if (error.reason === 'malformed_code' || error.kind === 'unavailable')
    return { kind: 'again', asked, problems };
  const now = await read(bank, asked.challenge);
  // An earlier check that got no answer may have been right. Only this session could have sent it.
  if (now?.state === 'approved' && asked.isOutcomeUnknown) return approvedFor(visit, now, asked, customerId);
  return now?.state === 'open' ? { kind: 'again', asked, problems } : { kind: 'over', problems };
}

async function read({ roost }: Bank, id: string): Promise<Challenge | null> {
  try {
    return await roost.challenges.read(id);
  } catch {
    return null;
  }
}

/** Takes a challenge back that is not wanted any more. It would also end by itself. */
export async function forgetChallenge({ roost }: Bank, { challenge }: Asked): Promise<void> {
  await roost.challenges.cancel(challenge).catch(() => {});
}
