import { USUAL_SECRET_BYTES } from '../../domain/factor/hotp.ts';
import { writeMigration } from '../../domain/factor/migration.ts';
import { writeOtpauth } from '../../domain/factor/otpauth.ts';
import {
  RECOVERY_BYTES,
  RECOVERY_CODES,
  readRecoveryCode,
  writeRecoveryCode,
} from '../../domain/factor/recovery.ts';
import { NEW_TOTP_MEMORY } from '../../domain/factor/totp.ts';
import { challengeOf } from '../../domain/factor/webauthn.ts';
import { type CreationOptions, creationOptions } from '../../domain/factor/webauthn-options.ts';
import {
  type Factor,
  NEW_TRIES,
  REGISTER_WITHIN_MS,
  type RecoveryFactor,
  type SentFactor,
  type TotpFactor,
  type WebauthnFactor,
} from '../../domain/factor.ts';
import type { NewFactor } from '../../domain/new-factor.ts';
import type { Scope } from '../../domain/scope.ts';
import { Failure, refuse } from '../../kernel/failure.ts';
import { type SlowHash, SlowHashBusy } from '../../kernel/slow-hash.ts';
import { tables } from '../../store/store.ts';
import { type Asker, NOBODY } from '../guard.ts';
import { type Draft, type IssueDeps, type Issued, issue, mint, outboundOf } from '../issue.ts';
import type { Notices } from '../notices.ts';
import { newNonce, type PasskeyDeps, registeredOf, registrationBinding } from '../passkeys.ts';
import type { Added } from './keep.ts';
import { makeRoom } from './room.ts';
import { viewFactor } from './view.ts';

export type EnrolDeps = IssueDeps & PasskeyDeps & { readonly slowHash: SlowHash; readonly notices: Notices };

/** What the user is shown once, and nobody ever again. */
export type Shown =
  | {
      readonly kind: 'totp';
      readonly uri: string;
      /** As apps hand keys over among themselves; null for a key that cannot be told so. */
      readonly migrationUri: string | null;
      readonly secret: Uint8Array;
    }
  | { readonly kind: 'recovery'; readonly codes: readonly string[] }
  /** What the browser is to ask the authenticator for. */
  | { readonly kind: 'webauthn'; readonly publicKey: CreationOptions }
  /** A code is on its way. It is told here to test keys that ask for it. */
  | { readonly kind: 'sent'; readonly provider: string; readonly code: string };

export type Enrolled = Added & { readonly shown: Shown };

/**
 * Enrols a factor. It proves nothing until its owner has confirmed it by a first code; recovery codes, which are
 * shown here and nowhere else, need no confirming and replace those that there were.
 * @throws Failure `invalid_parameter` when the user has it already, or has 20; `budget_spent`, `too_many_open`
 */
export async function enrolFactor(
  deps: EnrolDeps,
  scope: Scope,
  user: string,
  wanted: MadeFactor,
  asker: Asker = NOBODY,
): Promise<Enrolled> {
  const made = await make(deps, scope, user, wanted, asker);
  const { draft } = made;
  const kept = await deps.store.transaction(async (tx): Promise<Kept | Failure> => {
    const refusal = await makeRoom(deps, tx, user, made.factor);
    if (refusal !== null) return refusal;
    const issued = draft === null ? null : await issue(tx, draft, deps.lease);
    if (issued instanceof Failure) return issued;
    const confirmedAtMs = made.factor.kind === 'recovery' ? tx.nowMs : null;
    const factor: Factor = { ...made.factor, createdAtMs: tx.nowMs, confirmedAtMs };
    tx.insert(tables.factors, factor);
    if (confirmedAtMs !== null) await deps.notices.notify(tx, 'factorAdded', factor, factor.id);
    return { factor, issued };
  });
  if (kept instanceof Failure) throw kept;
  if (draft !== null && kept.issued !== null)
    deps.dispatch(kept.issued.message, outboundOf(draft, kept.issued.message));
  const { factor } = kept;
  const isAdded = factor.confirmedAtMs !== null;
  const noticeTo = isAdded ? await deps.notices.toldOf(scope, 'factorAdded', factor.id) : [];
  return { ...viewFactor(deps.vault, factor), noticeTo, shown: made.shown };
}

/** What Roost makes itself; a token comes out of the stock (`assignToken`), and some are proved (`enrolProved`). */
export type MadeFactor = Exclude<NewFactor, { kind: 'token' | 'proved' }>;

type Kept = { readonly factor: Factor; readonly issued: Issued | null };
type Made = { readonly factor: Factor; readonly shown: Shown; readonly draft: Draft | null };

/** All that needs keys, chance and time, made outside of the transaction, which may run again. */
async function make(
  deps: EnrolDeps,
  scope: Scope,
  user: string,
  wanted: MadeFactor,
  asker: Asker,
): Promise<Made> {
  const { projectId, mode } = scope;
  const userKey = deps.vault.userKey(scope, user);
  const about = {
    ...{ id: deps.store.newId(), projectId, mode, userKey, name: wanted.name, tries: NEW_TRIES },
    ...{ createdAtMs: 0, confirmedAtMs: null, lastUsedAtMs: null },
  };
  switch (wanted.kind) {
    case 'totp':
      return makeTotp(deps, about, wanted);
    case 'recovery':
      return makeRecovery(deps, about);
    case 'webauthn':
      return makeWebauthn(deps, about, wanted);
    default:
      return makeSent(deps, about, wanted, asker);
  }
}

type About = Omit<SentFactor, 'kind' | 'recipientKey' | 'sealedSecret' | 'verificationId'>;

function makeTotp(deps: EnrolDeps, about: About, wanted: Extract<MadeFactor, { kind: 'totp' }>): Made {
  const { issuer, account, settings } = wanted;
  const secret = wanted.secret ?? deps.random.bytes(USUAL_SECRET_BYTES);
  const sealedSecret = deps.vault.sealSecret(secret, { ...about, kind: 'totp' });
  const factor: TotpFactor = {
    ...about,
    kind: 'totp',
    settings,
    memory: NEW_TOTP_MEMORY,
    sealedSecret,
    serial: null,
  };
  const form = { algorithm: settings.algorithm, digits: settings.digits };
  const { periodSeconds } = settings;
  const key = { kind: 'totp', issuer, account, secret, form, periodSeconds } as const;
  const [migrationUri = null] = periodSeconds === 30 ? writeMigration([key], 0) : [];
  return { factor, shown: { kind: 'totp', uri: writeOtpauth(key), migrationUri, secret }, draft: null };
}

const SALT_BYTES = 32;

async function makeRecovery(deps: EnrolDeps, about: About): Promise<Made> {
  const salt = deps.random.bytes(SALT_BYTES);
  const codes = Array.from({ length: RECOVERY_CODES }, () =>
    writeRecoveryCode(deps.random.bytes(RECOVERY_BYTES)),
  );
  const hashes = await Promise.all(
    codes.map((code) => deps.slowHash(readRecoveryCode(code) ?? '', salt)),
  ).catch((error: unknown) => {
    if (error instanceof SlowHashBusy) throw refuse('unavailable', 'too busy; try again in a moment');
    throw error;
  });
  const digests = hashes.map((hash) => deps.vault.digestRecovery(hash, about).toString('hex'));
  const factor: RecoveryFactor = { ...about, kind: 'recovery', salt: salt.toString('hex'), digests };
  return { factor, shown: { kind: 'recovery', codes }, draft: null };
}

async function makeWebauthn(
  deps: EnrolDeps,
  about: About,
  wanted: Extract<MadeFactor, { kind: 'webauthn' }>,
): Promise<Made> {
  const { account, residentKey, attachment, userVerification, session } = wanted;
  const sessionKey = session === null ? null : deps.vault.sessionKey(about, session);
  const settings = { residentKey, attachment, userVerification, sessionKey };
  const memory = { state: 'pending', nonce: newNonce(deps) } as const;
  const factor: WebauthnFactor = { ...about, kind: 'webauthn', settings, memory };
  const policy = deps.webauthn(about.projectId);
  const binding = registrationBinding(factor, policy);
  if (binding === null) throw new Error('a new passkey has no challenge');
  const all = await deps.store.read.list(tables.factorsOfUser, about, deps.store.nowMs());
  const publicKey = creationOptions(policy, {
    ...{ ...settings, account, challenge: challengeOf(binding), timeoutMs: REGISTER_WITHIN_MS },
    ...{ userHandle: deps.vault.userHandle(about), known: registeredOf(all) },
  });
  return { factor, shown: { kind: 'webauthn', publicKey }, draft: null };
}

function makeSent(
  deps: EnrolDeps,
  about: About,
  { kind, message }: Extract<MadeFactor, { message: object }>,
  asker: Asker,
): Made {
  const draft = mint(deps, about, message, `factor:${about.id}`, { ...asker, user: { key: about.userKey } });
  const sealedSecret = deps.vault.sealSecret(Buffer.from(message.recipient.address), { ...about, kind });
  const { recipientKey, id: verificationId } = draft;
  const factor: SentFactor = { ...about, kind, recipientKey, sealedSecret, verificationId };
  return { factor, shown: { kind: 'sent', provider: draft.route.id, code: draft.code }, draft };
}
