import type { Challenge, OpenChallenge } from '../domain/challenge.ts';
import {
  type Assertion,
  type CeremonyBinding,
  challengeInput,
  challengeOf,
  countAssertion,
  NONCE_BYTES,
  type Passkey,
} from '../domain/factor/webauthn.ts';
import {
  type AssertionAnswer,
  type CeremonyRefused,
  judgeAssertion,
  judgeRegistration,
  type RegistrationAnswer,
} from '../domain/factor/webauthn-ceremony.ts';
import type { WebauthnPolicy } from '../domain/factor/webauthn-policy.ts';
import { confirmed, type Factor, factorNotFound, type WebauthnFactor } from '../domain/factor.ts';
import type { Key, Scope } from '../domain/scope.ts';
import { Failure, refuse } from '../kernel/failure.ts';
import type { Facts, Log } from '../kernel/log.ts';
import type { Random } from '../kernel/random.ts';
import { type Store, type Transaction, tables } from '../store/store.ts';
import type { Judged } from './judged.ts';
import type { Vault } from './vault.ts';

export type PasskeyDeps = {
  readonly store: Store;
  readonly vault: Vault;
  readonly random: Random;
  readonly webauthn: (projectId: string) => WebauthnPolicy;
};

/** A factor whose authenticator has registered. */
type Registered = WebauthnFactor & {
  readonly memory: Extract<WebauthnFactor['memory'], { state: 'registered' }>;
};

/**
 * An answer of an authenticator, judged but for what stands in rows that are to be locked: signatures take long, and
 * must not be checked under a lock.
 */
export type Ceremony = {
  /** What it answered; in the row there may be another by now. */
  readonly nonce: string;
  /** What the next answer is to be made for, if this one is wrong. */
  readonly nextNonce: string;
  readonly found:
    | { readonly kind: 'registered'; readonly passkey: Passkey }
    | {
        readonly kind: 'asserted';
        readonly factor: Registered;
        readonly assertion: Assertion;
        readonly answer: AssertionAnswer;
        readonly binding: CeremonyBinding;
      }
    | (CeremonyRefused & { readonly factorId: string | null });
};

const WENT_BACK = 'passkey.counter_went_back';

/** Something about a passkey that whoever runs Roost should know of; it goes into the log once it is kept. */
class PasskeyTrouble extends Error {
  readonly level: 'info' | 'warn' | 'error';
  readonly event: string;
  readonly facts: Facts;
  constructor(level: PasskeyTrouble['level'], event: string, facts: Facts, cause?: unknown) {
    super(event, { cause });
    this.level = level;
    this.event = event;
    this.facts = facts;
  }
}

/** Writes down why an answer was refused. Neither the answer nor whose it was is part of it. */
export function logTrouble(log: Log, { cause }: Failure): void {
  if (!(cause instanceof PasskeyTrouble)) return;
  if (cause.level === 'error') log.error(cause.event, cause.facts, cause.cause);
  else log[cause.level](cause.event, cause.facts);
}

/** The factor whose counter went back, where that is why its answer was refused; otherwise null. */
export function copiedFactorOf({ cause }: Failure): string | null {
  const isCopied = cause instanceof PasskeyTrouble && cause.event === WENT_BACK;
  return isCopied && typeof cause.facts.factor === 'string' ? cause.facts.factor : null;
}

export const newNonce = ({ random }: { readonly random: Random }): string =>
  random.bytes(NONCE_BYTES).toString('base64url');

/** What the registration of a factor is for; null when it was tried already. */
export function registrationBinding(
  { id, settings, memory }: WebauthnFactor,
  { rpId }: WebauthnPolicy,
): CeremonyBinding | null {
  if (memory.state !== 'pending' || memory.nonce === null) return null;
  const { sessionKey } = settings;
  return {
    nonce: memory.nonce,
    subject: `factor:${id}`,
    rpId,
    purpose: 'enrol',
    sessionKey,
    transaction: null,
  };
}

/** What an answer to a challenge is for; null when no passkey may answer it. */
export function challengeBinding(
  { id, purpose, sessionKey, transaction, webauthn }: Challenge,
  { rpId }: WebauthnPolicy,
): CeremonyBinding | null {
  if (webauthn === null) return null;
  const digest = transaction?.digest ?? null;
  const { nonce } = webauthn;
  return { nonce, subject: `challenge:${id}`, rpId, purpose, sessionKey, transaction: digest };
}

/** Judges a registration before its factor is locked; null when there is nothing that it could be for. */
export async function prepareRegistration(
  deps: PasskeyDeps,
  { key, userKey }: { readonly key: Key; readonly userKey: string },
  answer: RegistrationAnswer,
): Promise<Ceremony | null> {
  const factor = await deps.store.read.get(tables.factors, key);
  if (factor?.kind !== 'webauthn' || factor.userKey !== userKey) return null;
  const policy = deps.webauthn(key.projectId);
  const binding = registrationBinding(factor, policy);
  if (binding === null) return null;
  const { userVerification } = factor.settings;
  const expected = { challenge: challengeOf(binding), policy, userVerification, nowMs: deps.store.nowMs() };
  const judged = await judgeRegistration(answer, expected);
  const found = judged.kind === 'refused' ? { ...judged, factorId: factor.id } : judged;
  return { nonce: binding.nonce, nextNonce: newNonce(deps), found };
}

/** Judges an answer before its challenge is locked; null when there is nothing that it could be for. */
export async function prepareAssertion(
  deps: PasskeyDeps,
  { key, factorId }: { readonly key: Key; readonly factorId: string | null },
  answer: AssertionAnswer,
): Promise<Ceremony | null> {
  const challenge = await deps.store.read.get(tables.challenges, key);
  const policy = deps.webauthn(key.projectId);
  const binding = challenge === null ? null : challengeBinding(challenge, policy);
  if (challenge === null || challenge.webauthn === null || binding === null) return null;
  const ceremony = { nonce: binding.nonce, nextNonce: newNonce(deps) };
  const refused = (reason: string, id: string | null, cause?: unknown): Ceremony => ({
    ...ceremony,
    found: { kind: 'refused', reason, factorId: id, cause },
  });
  const factor = await factorOf(deps, key, answer.id);
  if (factor === null || !isOwnedBy(challenge, factor))
    return refused('it is not a passkey by which this may be answered', null);
  if (factorId !== null && factorId !== factor.id)
    return refused('it is another factor than the named one', null);
  const owner = {
    handle: deps.vault.userHandle(factor),
    presence: challenge.userKey === null ? 'needed' : 'optional',
  } as const;
  const { userVerification } = challenge.webauthn;
  const nowMs = deps.store.nowMs();
  const expected = { challenge: challengeOf(binding), policy, userVerification, nowMs };
  const judged = await judgeAssertion(answer, factor.memory, owner, expected);
  if (judged.kind === 'refused') return refused(judged.reason, factor.id, judged.cause);
  return { ...ceremony, found: { ...judged, factor, answer, binding } };
}

async function factorOf(
  { store, vault }: PasskeyDeps,
  { projectId, mode }: Scope,
  credentialId: string,
): Promise<Registered | null> {
  const credentialKey = vault.credentialKey({ projectId, mode }, credentialId);
  const row = await store.read.get(tables.passkeys, { projectId, mode, credentialKey });
  if (row === null) return null;
  const factor = await store.read.get(tables.factors, { projectId, mode, id: row.factorId });
  return factor !== null && isRegistered(factor) ? factor : null;
}

const isRegistered = (factor: Factor): factor is Registered =>
  factor.kind === 'webauthn' && factor.confirmedAtMs !== null && factor.memory.state === 'registered';

/** The passkeys that are among these factors. */
export const registeredOf = (factors: readonly Factor[]): readonly Passkey[] =>
  factors.filter(isRegistered).map(({ memory }) => memory);

const isOwnedBy = ({ userKey, kinds }: Challenge, factor: Registered): boolean =>
  (userKey === null || userKey === factor.userKey) && (kinds === null || kinds.includes('webauthn'));

/** Keeps the passkey that was registered for a factor. What was tried once is not tried again. */
export async function keepRegistration(
  { vault }: PasskeyDeps,
  tx: Transaction,
  factor: WebauthnFactor,
  ceremony: Ceremony | null,
): Promise<Factor | Failure> {
  const { memory } = factor;
  if (memory.state !== 'pending' || memory.nonce === null || ceremony?.nonce !== memory.nonce) {
    return refuse('code_spent', 'this enrolment has been tried; enrol the passkey again', 'credential');
  }
  const { found } = ceremony;
  if (found.kind !== 'registered') {
    tx.update(tables.factors, { ...factor, memory: { state: 'pending', nonce: null } });
    return found.kind === 'refused' ? notAccepted(found) : malformedAnswer();
  }
  const { projectId, mode, id } = factor;
  const credentialKey = vault.credentialKey(factor, found.passkey.credentialId);
  await tx.lock({ projectId, mode, recipientKey: credentialKey });
  if ((await tx.get(tables.passkeys, { projectId, mode, credentialKey })) !== null) {
    tx.update(tables.factors, { ...factor, memory: { state: 'pending', nonce: null } });
    return refuse('invalid_parameter', 'this passkey is registered already', 'credential');
  }
  const mac = vault.credentialMac(factor, found.passkey);
  const kept: WebauthnFactor = {
    ...confirmed(factor, tx.nowMs),
    memory: { state: 'registered', ...found.passkey, mac, counterWentBackAtMs: null },
  };
  tx.insert(tables.passkeys, { projectId, mode, credentialKey, factorId: id, createdAtMs: tx.nowMs });
  tx.update(tables.factors, kept);
  return kept;
}

/** Lets go of the credential of a factor that is removed. */
export function forgetPasskey({ vault }: { readonly vault: Vault }, tx: Transaction, factor: Factor): void {
  if (!isRegistered(factor)) return;
  const { projectId, mode } = factor;
  const credentialKey = vault.credentialKey(factor, factor.memory.credentialId);
  tx.remove(tables.passkeys, { projectId, mode, credentialKey });
  tx.forget({ projectId, mode, recipientKey: credentialKey });
}

/** Judges the answer to an open challenge, whose row the caller has locked. */
export async function judgePasskey(
  { vault }: PasskeyDeps,
  tx: Transaction,
  challenge: OpenChallenge,
  ceremony: Ceremony | null,
): Promise<Judged> {
  if (challenge.webauthn === null) {
    const refusal = refuse('invalid_parameter', 'no passkey may answer this challenge', 'credential');
    return { kind: 'not-judged', refusal };
  }
  if (ceremony?.nonce !== challenge.webauthn.nonce) return { kind: 'not-judged', refusal: answered() };
  const { found } = ceremony;
  if (found.kind === 'registered') return { kind: 'not-judged', refusal: malformedAnswer() };
  if (found.kind === 'refused') return { kind: 'wrong', factor: null, refusal: notAccepted(found) };
  const { projectId, mode, id } = found.factor;
  const factor = await tx.get(tables.factors, { projectId, mode, id });
  if (factor === null || !isRegistered(factor) || !isOwnedBy(challenge, factor))
    return { kind: 'not-judged', refusal: factorNotFound() };
  if (!isGenuine(vault, factor) || factor.memory.publicKey !== found.factor.memory.publicKey) {
    return { kind: 'wrong', factor: null, refusal: altered(factor) };
  }
  const counted = countAssertion(factor.memory, found.assertion, tx.nowMs);
  const kept: WebauthnFactor = { ...factor, memory: counted.memory };
  if (counted.kind === 'went-back') return { kind: 'wrong', factor: kept, refusal: wentBack(factor) };
  return { kind: 'right', factor: kept, by: null, signed: { ...found.assertion, record: recordOf(found) } };
}

/** Whether the row is as it was written for this user (security.md, threat 18). */
const isGenuine = (vault: Vault, { memory, ...owner }: Registered): boolean =>
  vault.credentialMac(owner, memory) === memory.mac;

function recordOf({ answer, factor, binding }: Extract<Ceremony['found'], { kind: 'asserted' }>) {
  const { clientDataJSON, authenticatorData, signature } = answer.response;
  const { credentialId, publicKey } = factor.memory;
  return {
    challengeInput: challengeInput(binding),
    ...{ credentialId, publicKey, clientDataJSON, authenticatorData, signature },
  };
}

const refusal = (reason: string, cause: PasskeyTrouble): Failure =>
  new Failure(
    [
      {
        code: 'wrong_code',
        message: `the passkey was not accepted: ${reason}`,
        parameter: 'credential',
      },
    ],
    {},
    cause,
  );

function notAccepted({ reason, cause, factorId }: CeremonyRefused & { factorId: string | null }): Failure {
  const why = cause instanceof Error ? { cause: cause.name } : {};
  return refusal(reason, new PasskeyTrouble('info', 'passkey.refused', { factor: factorId, reason, ...why }));
}

function wentBack({ id }: Factor): Failure {
  const reason = 'its counter went back, so there may be a copy of its key';
  return refusal(reason, new PasskeyTrouble('warn', WENT_BACK, { factor: id }));
}

function altered({ id }: Factor): Failure {
  const reason = 'it is not kept here as it was registered';
  return refusal(reason, new PasskeyTrouble('error', 'passkey.altered', { factor: id }));
}

const answered = (): Failure =>
  refuse('code_spent', 'that prompt has been answered; read the challenge for another one', 'credential');

const malformedAnswer = (): Failure =>
  refuse('malformed_code', 'this is an answer to another kind of prompt', 'credential');
