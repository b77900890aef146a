import type { FastifyReply } from 'fastify';
import { Compile } from 'typebox/compile';
import { checkChallenge, createChallenge, readChallenge } from '../../app/factors/challenge.ts';
import { enrolFactor } from '../../app/factors/enrol.ts';
import { confirmFactor, listFactors, removeFactor } from '../../app/factors/keep.ts';
import { whereaboutsOf } from '../../app/operators/devices.ts';
import { noteCopiedKey } from '../../app/operators/passkeys.ts';
import type { SignedIn } from '../../app/operators/sessions.ts';
import type { AssertionAnswer, RegistrationAnswer } from '../../domain/factor/webauthn-ceremony.ts';
import type { CreationOptions, RequestOptions } from '../../domain/factor/webauthn-options.ts';
import { type Operator, STAFF } from '../../domain/operator.ts';
import { Failure, refuse } from '../../kernel/failure.ts';
import { type Html, html } from '../../kernel/html.ts';
import { isId } from '../../kernel/ids.ts';
import { readJson } from '../json.ts';
import { Assertion, Registration } from '../passkey-schemas.ts';
import type { ConsoleDeps } from './deps.ts';
import type { ConsoleForm } from './visit.ts';

/** What a passkey may be used for at the console: an answer for one is worth nothing for another. */
export type PasskeyUse = 'sign-in' | 'second' | 'fresh';
/** What the page's module gives to the browser, and the id that goes with the answer. */
export type Asked<Options> = { readonly id: string; readonly publicKey: Options };
/** The session that asks, or, before there is one, what its browser alone holds. */
type Asker = { readonly session: string; readonly device: string | null };

const LASTS_SECONDS = 300;

/**
 * Asks for a passkey of an operator; of anybody, who is verified by it then, where `operator` is null.
 * @throws Failure `invalid_parameter` when the operator has none
 */
export async function askForPasskey(
  deps: ConsoleDeps,
  use: PasskeyUse,
  { operator, session }: { readonly operator: Operator | null; readonly session: string },
): Promise<Asked<RequestOptions>> {
  const { challenge, publicKey } = await createChallenge(deps.challenge, STAFF, {
    ...{ user: operator?.id ?? null, purpose: `console ${use}`, audience: 'roost-console', session },
    ...{ kinds: ['webauthn'], validSeconds: LASTS_SECONDS, transaction: null, userVerification: null },
  });
  if (publicKey === null) throw new Error('a passkey was asked for');
  return { id: challenge.id, publicKey };
}

/**
 * Takes the answer of a passkey; says whose it is. Answers of one whose counter went back are written down.
 * @throws Failure as `consume` does
 */
export async function usePasskey(
  deps: ConsoleDeps,
  use: PasskeyUse,
  { session, device }: Asker,
  { challenge = '', credential = '' }: ConsoleForm,
): Promise<string> {
  const answer = parsed(credential);
  if (!isAssertion.Check(answer) || !isId(challenge)) throw unreadable();
  const key = { ...STAFF, id: challenge };
  const asked = await readChallenge(deps.challenge, key);
  if (asked.challenge.purpose !== `console ${use}`) throw unreadable();
  try {
    const { user } = await checkChallenge(deps.challenge, key, {
      ...{ factorId: null, session, whereabouts: whereaboutsOf(device), transaction: null, typed: '' },
      credential: answer as AssertionAnswer,
    });
    return user ?? '';
  } catch (error) {
    if (error instanceof Failure) await noteCopiedKey(deps.signIn, error);
    throw error;
  }
}

/** Begins to enrol a passkey; one that was begun before, and never finished, is given up. */
export async function beginPasskey(
  deps: ConsoleDeps,
  { operator, session }: SignedIn,
  name: string,
): Promise<Asked<CreationOptions>> {
  for (const { factor } of await listFactors(deps.staff, STAFF, operator.id)) {
    if (factor.kind === 'webauthn' && factor.confirmedAtMs === null)
      await removeFactor(deps.enrol, { ...STAFF, id: factor.id }, operator.id);
  }
  const { factor, shown } = await enrolFactor(deps.enrol, STAFF, operator.id, {
    ...{ kind: 'webauthn', name: nameOf(name), account: operator.name, session: session.digest },
    ...{ residentKey: 'preferred', attachment: null, userVerification: 'preferred' },
  });
  if (shown.kind !== 'webauthn') throw new Error('a passkey was asked for');
  return { id: factor.id, publicKey: shown.publicKey };
}

/** @throws Failure as `consume` does */
export async function confirmPasskey(
  deps: ConsoleDeps,
  { operator, session }: SignedIn,
  { challenge = '', credential = '' }: ConsoleForm,
): Promise<void> {
  const answer = parsed(credential);
  if (!isRegistration.Check(answer) || !isId(challenge)) throw unreadable();
  const proof = { typed: '', credential: answer as RegistrationAnswer, session: session.digest };
  await confirmFactor(deps.consume, { ...STAFF, id: challenge }, operator.id, proof);
  await deps.record(operator, 'operator.factor', operator.name, 'passkey added');
}

const MOST_NAME = 64;
/** What an operator calls a passkey; `Passkey` where they call it nothing. */
export const nameOf = (typed: string): string =>
  [...typed.replace(/\p{C}/gu, ' ').trim()].slice(0, MOST_NAME).join('') || 'Passkey';

const isAssertion = Compile(Assertion);
const isRegistration = Compile(Registration);

function parsed(text: string): unknown {
  const read = readJson(text);
  return 'problem' in read ? null : read.value;
}

const unreadable = (): Failure =>
  refuse('malformed_code', 'That is no answer to what was asked here. Try again.', 'credential');

/** Answers the page's module with what it is to ask the browser for, or with why there is nothing to ask. */
export async function answerAsked(
  reply: FastifyReply,
  ask: () => Promise<Asked<RequestOptions | CreationOptions>>,
): Promise<FastifyReply> {
  reply.header('cache-control', 'no-store');
  try {
    return reply.send(await ask());
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return reply.code(422).send({ problem: error.message });
  }
}

type PasskeyForm = {
  /** Where the answer goes, and where the page asks what is to be answered. */
  readonly action: string;
  readonly ask: string;
  readonly label: string;
};

/** A form that is sent with what a passkey answers. Without scripts, or passkeys in the browser, nothing is seen of it. */
export function passkeyForm(
  { action, ask, label }: PasskeyForm,
  fields: Html,
  passkey: 'new' | 'known' = 'known',
): Html {
  return html`<form method="post" action="${action}" class="passkey" data-passkey="${ask}" data-kind="${passkey}" hidden>
<input type="hidden" name="challenge"><input type="hidden" name="credential">
${fields}
<p class="alert" role="alert" hidden></p>
<button>${label}</button></form>`;
}

export const PASSKEY_MODULES = ['passkeys.js'] as const;
