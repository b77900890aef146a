import { modelIn } from './fido-metadata.ts';
import { type Assertion, PASSKEY_ALGORITHMS, type Passkey } from './webauthn.ts';
import { type Attested, misfitOf } from './webauthn-attestation.ts';
import { cosePublicKey, isSignedBy, isUsualKey, type UsualKey } from './webauthn-key.ts';
import { isExpectedOrigin, type UserVerification, type WebauthnPolicy } from './webauthn-policy.ts';

/** What a browser gives after `navigator.credentials.create`, as its `toJSON` writes it. */
export type RegistrationAnswer = {
  readonly id: string;
  readonly rawId: string;
  readonly type: 'public-key';
  readonly response: {
    readonly clientDataJSON: string;
    readonly attestationObject: string;
    readonly transports?: readonly string[];
  };
  readonly clientExtensionResults?: { readonly credProps?: { readonly rk?: boolean } };
};
/** What a browser gives after `navigator.credentials.get`, as its `toJSON` writes it. */
export type AssertionAnswer = {
  readonly id: string;
  readonly rawId: string;
  readonly type: 'public-key';
  readonly response: {
    readonly clientDataJSON: string;
    readonly authenticatorData: string;
    readonly signature: string;
    readonly userHandle?: string | null;
  };
};

/** Why an answer proves nothing: a public sentence, and what else is known of it. */
export type CeremonyRefused = {
  readonly kind: 'refused';
  readonly reason: string;
  readonly cause?: unknown;
};

export type Expected = {
  readonly challenge: string;
  readonly policy: WebauthnPolicy;
  readonly userVerification: UserVerification;
  /** The time by which certificates are judged. */
  readonly nowMs: number;
};

const MOST_ID_BYTES = 1_023;

/** Loaded when somebody first uses a passkey: it takes longer to load than the rest of the server to start. */
const library = () => import('@simplewebauthn/server');
const helpers = () => import('@simplewebauthn/server/helpers');

/**
 * Judges a registration by WebAuthn Level 3, section 7.1, and by the policy. That its credential is known to nobody
 * else is for the caller to see, under a lock.
 */
export async function judgeRegistration(
  answer: RegistrationAnswer,
  expected: Expected,
): Promise<{ readonly kind: 'registered'; readonly passkey: Passkey } | CeremonyRefused> {
  const { challenge, policy, userVerification } = expected;
  const origin = originIn(answer.response.clientDataJSON, 'webauthn.create', challenge, policy);
  if (typeof origin !== 'string') return origin;
  const { verifyRegistrationResponse } = await library();
  const judged = await verifyRegistrationResponse({
    response: answer as Parameters<typeof verifyRegistrationResponse>[0]['response'],
    ...{ expectedChallenge: challenge, expectedOrigin: origin, expectedRPID: policy.rpId },
    requireUserVerification: userVerification === 'required',
    supportedAlgorithmIDs: [...PASSKEY_ALGORITHMS],
  }).catch(failed);
  if (judged instanceof Error) return refused(reasonOf(judged), judged);
  if (!judged.verified) return refused('its attestation is not signed by what it says');
  const { credential, fmt, aaguid, credentialDeviceType, credentialBackedUp } = judged.registrationInfo;
  if (credential.id !== answer.id) return refused('its id is not that of the credential in it');
  if (Buffer.from(credential.id, 'base64url').length > MOST_ID_BYTES) return refused('its id is too long');
  const key = await usualKey(credential.publicKey);
  if (key === null) return refused('its public key is not one of EdDSA, ES256 or RS256 as they must be');
  const about = { format: fmt, aaguid, algorithm: key.algorithm };
  const unfit = await unfitness(answer.response.attestationObject, about, expected);
  if (unfit.reason !== null) return refused(unfit.reason);
  return {
    kind: 'registered',
    passkey: {
      credentialId: credential.id,
      publicKey: Buffer.from(credential.publicKey).toString('base64url'),
      ...{ algorithm: key.algorithm, aaguid, attestation: fmt, transports: answer.response.transports ?? [] },
      discoverable: answer.clientExtensionResults?.credProps?.rk ?? null,
      backupEligible: credentialDeviceType === 'multiDevice',
      backedUp: credentialBackedUp,
      counter: credential.counter,
      ...(unfit.model === null ? {} : { model: unfit.model }),
    },
  };
}

/**
 * Judges an answer by WebAuthn Level 3, section 7.2, all but the counter, which is for `countAssertion` under a lock.
 * `owner.presence`: whether the answer must say whose passkey it is, since nothing else does.
 */
export async function judgeAssertion(
  answer: AssertionAnswer,
  passkey: Passkey,
  owner: { readonly handle: string; readonly presence: 'needed' | 'optional' },
  { challenge, policy, userVerification }: Expected,
): Promise<{ readonly kind: 'asserted'; readonly assertion: Assertion } | CeremonyRefused> {
  const { clientDataJSON, authenticatorData, signature } = answer.response;
  const origin = originIn(clientDataJSON, 'webauthn.get', challenge, policy);
  if (typeof origin !== 'string') return origin;
  const handle = answer.response.userHandle ?? null;
  if (handle === null ? owner.presence === 'needed' : handle !== owner.handle) {
    return refused('it does not say the user whose passkey it is');
  }
  const { verifyAuthenticationResponse } = await library();
  const judged = await verifyAuthenticationResponse({
    response: answer as Parameters<typeof verifyAuthenticationResponse>[0]['response'],
    ...{ expectedChallenge: challenge, expectedOrigin: origin, expectedRPID: policy.rpId },
    requireUserVerification: userVerification === 'required',
    // Its counter is judged later, against the row as it then is.
    credential: { id: passkey.credentialId, publicKey: bytesOf(passkey.publicKey), counter: 0 },
  }).catch(failed);
  if (judged instanceof Error) return refused(reasonOf(judged), judged);
  const key = await usualKey(bytesOf(passkey.publicKey));
  const signed = {
    authenticatorData: bytesOf(authenticatorData),
    clientDataJSON: bytesOf(clientDataJSON),
  };
  if (!judged.verified || key === null || !isSignedBy(key, signed, bytesOf(signature))) {
    return refused('its signature is not by the key of that passkey');
  }
  const { newCounter, userVerified, credentialDeviceType, credentialBackedUp } = judged.authenticationInfo;
  if ((credentialDeviceType === 'multiDevice') !== passkey.backupEligible)
    return refused('it says otherwise than at its registration whether it can be backed up');
  const { parseAuthenticatorData } = await helpers();
  if (parseAuthenticatorData(signed.authenticatorData).flags.at)
    return refused('it holds a new credential where none was asked for');
  return {
    kind: 'asserted',
    assertion: { counter: newCounter, userVerified, backedUp: credentialBackedUp },
  };
}

/** The origin that the browser wrote down, once all else in its client data is as it must be. */
function originIn(
  encoded: string,
  type: 'webauthn.create' | 'webauthn.get',
  challenge: string,
  policy: WebauthnPolicy,
): string | CeremonyRefused {
  const data = clientDataIn(encoded);
  if (data === null) return refused('its clientDataJSON is not a JSON object in UTF-8');
  if (data.type !== type) return refused(`it is not of type ${type}`);
  if (data.challenge !== challenge) return refused('it answers another challenge, or one that has been used');
  const { origin, crossOrigin = false, topOrigin, tokenBinding } = data;
  if (typeof origin !== 'string' || !isExpectedOrigin(origin, policy)) {
    const shown = typeof origin === 'string' ? origin.slice(0, 100).replace(/[^\x21-\x7e]/g, '?') : 'missing';
    return refused(`its origin ${shown} is not among policy.webauthn.origins`);
  }
  if (crossOrigin !== false || topOrigin !== undefined)
    return refused('it was made in a page that another site frames');
  // Bound to a TLS connection that is not ours to see (Level 2, section 7.2, step 14).
  const isBound = tokenBinding !== undefined && !isUnbound(tokenBinding);
  return isBound ? refused('it is bound to a TLS connection') : origin;
}

const isUnbound = (binding: unknown): boolean =>
  typeof binding === 'object' &&
  binding !== null &&
  'status' in binding &&
  (binding.status === 'supported' || binding.status === 'not-supported');

function clientDataIn(encoded: string): { readonly [name: string]: unknown } | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytesOf(encoded));
    const data: unknown = JSON.parse(text);
    return typeof data === 'object' && data !== null && !Array.isArray(data) ? { ...data } : null;
  } catch {
    return null;
  }
}

/** Why the attestation is not as it must be, or not as the policy wants it, and what the model is called; null for none. */
async function unfitness(
  encoded: string,
  about: Omit<Attested, 'statement'>,
  { policy, nowMs }: Expected,
): Promise<{ readonly reason: string | null; readonly model: string | null }> {
  const { decodeAttestationObject, isoCBOR } = await helpers();
  const bytes = bytesOf(encoded);
  const decoded = decodeAttestationObject(bytes);
  const isWhole = isoCBOR.encode(decoded as never).length === bytes.length;
  if (!isWhole || (decoded as unknown as Map<string, unknown>).size !== 3) {
    return { reason: 'its attestation object holds more than it may', model: null };
  }
  const statement = decoded.get('attStmt') as Attested['statement'];
  const { metadata } = policy;
  const model = metadata === null ? null : modelIn(metadata, about.aaguid, statement.get('x5c'));
  return {
    reason: misfitOf({ ...about, statement }, policy, nowMs),
    model: model?.description ?? null,
  };
}

async function usualKey(publicKey: Uint8Array): Promise<UsualKey | null> {
  const { decodeCredentialPublicKey } = await helpers();
  const key = cosePublicKey(
    decodeCredentialPublicKey(publicKey as Uint8Array<ArrayBuffer>) as unknown as Map<number, unknown>,
  );
  return key !== null && isUsualKey(key) ? key : null;
}

/** What the library found, in words that tell its caller what to mend and hold nothing of the answer. */
function reasonOf({ message }: Error): string {
  if (/^User verification/.test(message)) return 'its user was not verified, which is required';
  if (/^User (presence|not present)/.test(message)) return 'its user was not present';
  if (/RP ID/i.test(message)) return 'it belongs to another domain than policy.webauthn.rpId';
  if (/public key alg/.test(message)) return 'its algorithm was not asked for';
  return 'it is not as WebAuthn has it';
}

const refused = (reason: string, cause?: unknown): CeremonyRefused => ({ kind: 'refused', reason, cause });

const failed = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(text, 'base64url'));
