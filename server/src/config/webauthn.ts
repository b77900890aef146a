import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Metadata, type MetadataFile, readMetadata } from '../domain/factor/fido-metadata.ts';
import { readCertificate } from '../domain/factor/webauthn-certificates.ts';
import {
  ANY_LOCAL,
  ATTESTATIONS,
  USER_VERIFICATIONS,
  type WebauthnPolicy,
} from '../domain/factor/webauthn-policy.ts';
import { systemClock } from '../kernel/clock.ts';
import { isObject, noteUnknown } from './reading.ts';

const NAMES = [
  'rpId',
  'rpName',
  'origins',
  'relatedOrigins',
  'userVerification',
  'attestation',
  'allowedAaguids',
  'attestationRoots',
  'metadata',
] as const;

const DOMAIN =
  /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;
const ADDRESS = /^[\d.]+$/;
const APP_ORIGIN = /^android:apk-key-hash:[\w-]{43}$/;
const AAGUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const NAME = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,64}$/u;
const MOST = 100;

/**
 * Reads `policy.webauthn`; what is not said there is as in `usual`. Each problem is one line that names its setting
 * and says what would be right.
 */
export function readWebauthn(
  given: unknown,
  usual: WebauthnPolicy,
  folder: string,
  problems: string[],
): WebauthnPolicy {
  if (given === undefined) return usual;
  if (!isObject(given)) {
    problems.push('policy.webauthn: set an object, such as { "rpId": "bank.example" }');
    return usual;
  }
  noteUnknown(given, 'policy.webauthn', NAMES, problems);
  const problem: Problem = (name, right) => problems.push(`policy.webauthn.${name}: ${right}`);
  const take = taker(given, problem);
  const isOneOf = (options: readonly string[]) => (value: unknown) => options.some((one) => one === value);
  const rpId = take('rpId', usual.rpId, isDomain, 'set a domain in small letters, such as bank.example');
  const origins = take(
    'origins',
    rpId === usual.rpId ? usual.origins : usualOrigins(rpId),
    listOf((origin) => isOwnOrigin(origin, rpId), 1),
    `set origins on or below ${rpId}, such as ${usualOrigins(rpId)[0]}; https but for localhost, without a path`,
  );
  const policy: WebauthnPolicy = {
    ...{ rpId, origins },
    rpName: take('rpName', usual.rpName, isName, 'set a name of 1 to 64 visible characters'),
    relatedOrigins: take(
      'relatedOrigins',
      usual.relatedOrigins,
      listOf(isSafeOrigin, 0),
      'set a list of https origins, such as https://bank.example',
    ),
    userVerification: take(
      'userVerification',
      usual.userVerification,
      isOneOf(USER_VERIFICATIONS),
      `set ${USER_VERIFICATIONS.join(', ')}`,
    ),
    attestation: take(
      'attestation',
      usual.attestation,
      isOneOf(ATTESTATIONS),
      `set ${ATTESTATIONS.join(', ')}`,
    ),
    allowedAaguids: take(
      'allowedAaguids',
      usual.allowedAaguids,
      listOf((id) => AAGUID.test(id), 1),
      'set a list of AAGUIDs in small letters, such as 2fc0579f-8113-47ea-b116-bb5a8db9202a',
    ),
    attestationRoots: take(
      'attestationRoots',
      usual.attestationRoots,
      listOf((text) => readCertificate(text) !== null, 1),
      'set a list of certificates, each as PEM or as the base64 of its DER',
    ),
    ...(metadataOf(given.metadata, folder, problems) ?? {
      metadata: usual.metadata,
      metadataFile: usual.metadataFile,
    }),
  };
  noteLoose(policy, problem);
  return policy;
}

type Name = (typeof NAMES)[number];
type Problem = (name: Name, right: string) => void;

/** Takes the value of a setting if it is right, and `otherwise` if it is left out, or wrong and noted. */
const taker =
  (given: Readonly<Record<string, unknown>>, problem: Problem) =>
  <T>(name: Name, otherwise: T, isRight: (value: unknown) => boolean, right: string): T => {
    const value = given[name];
    if (value === undefined) return otherwise;
    if (isRight(value)) return value as T;
    problem(name, right);
    return otherwise;
  };

/** Notes demands that anybody could meet. */
function noteLoose(
  { attestation, attestationRoots, allowedAaguids, metadata }: WebauthnPolicy,
  problem: Problem,
): void {
  if (attestation === 'direct') return;
  if (metadata !== null)
    problem('metadata', 'set attestation to direct too, since anybody can claim to be a model');
  if (attestationRoots !== null)
    problem('attestationRoots', 'set attestation to direct too, since others need nobody to vouch for them');
  if (allowedAaguids !== null)
    problem('allowedAaguids', 'set attestation to direct too, since anybody can write an AAGUID');
}

/** The host that FIDO's own service signs as. */
const USUAL_SIGNER = 'mds.fidoalliance.org';
const MOST_BLOB_BYTES = 64 * 1024 * 1024;

/** A BLOB that was downloaded from a FIDO Metadata Service; relative paths begin at `folder`. */
function metadataOf(
  given: unknown,
  folder: string,
  problems: string[],
): Pick<WebauthnPolicy, 'metadata' | 'metadataFile'> | null {
  if (given === undefined) return null;
  const at = 'policy.webauthn.metadata';
  if (!isObject(given)) {
    problems.push(`${at}: set an object, such as { "file": "mds.jwt", "roots": ["…"] }`);
    return null;
  }
  noteUnknown(given, at, ['file', 'roots', 'signer'], problems);
  const { file, roots, signer = USUAL_SIGNER } = given;
  const areRoots = listOf((text) => readCertificate(text) !== null, 1)(roots);
  if (!areRoots)
    problems.push(
      `${at}.roots: set the certificates that the one of who signs it must lead to, as PEM or base64`,
    );
  if (!isDomain(signer)) problems.push(`${at}.signer: set a host in small letters, such as ${USUAL_SIGNER}`);
  if (typeof file !== 'string' || file === '') {
    problems.push(`${at}.file: set the path of the BLOB that you have downloaded`);
    return null;
  }
  if (!areRoots || !isDomain(signer)) return null;
  const metadataFile = { path: resolve(folder, file), roots: roots as string[], signer: String(signer) };
  const metadata = readMetadataFile(metadataFile, systemClock());
  if (typeof metadata !== 'string') return { metadata, metadataFile };
  problems.push(`${at}.file: ${file} ${metadata}`);
  return null;
}

/** The metadata in a file, or why they are not to be trusted, in words that follow its name. */
export function readMetadataFile({ path, ...trust }: MetadataFile, nowMs: number): Metadata | string {
  const read = fileOf(path);
  return read === null ? 'cannot be read, or is too large' : readMetadata(read, { ...trust, nowMs });
}

function fileOf(path: string): string | null {
  try {
    const bytes = readFileSync(path);
    return bytes.length > MOST_BLOB_BYTES ? null : bytes.toString('latin1');
  } catch {
    return null;
  }
}

const usualOrigins = (rpId: string): readonly string[] => [
  rpId === 'localhost' ? ANY_LOCAL : `https://${rpId}`,
];

const isDomain = (value: unknown): boolean =>
  typeof value === 'string' && DOMAIN.test(value) && !ADDRESS.test(value);

const isName = (value: unknown): boolean => typeof value === 'string' && NAME.test(value);

const listOf =
  (isRight: (one: string) => boolean, least: number) =>
  (value: unknown): boolean =>
    Array.isArray(value) &&
    value.length >= least &&
    value.length <= MOST &&
    value.every((one) => typeof one === 'string' && isRight(one));

function isSafeOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { origin, protocol } = new URL(text);
  return origin === text && protocol === 'https:';
}

/** Browsers let a page use the passkeys of its own domain and of those above it. */
function isOwnOrigin(text: string, rpId: string): boolean {
  if (APP_ORIGIN.test(text)) return true;
  if (!URL.canParse(text)) return false;
  const { origin, protocol, hostname } = new URL(text);
  const isOwn = hostname === rpId || hostname.endsWith(`.${rpId}`);
  const isSafe = protocol === 'https:' || (protocol === 'http:' && /(^|\.)localhost$/.test(hostname));
  return origin === text && isOwn && isSafe;
}
