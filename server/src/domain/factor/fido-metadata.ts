import { createHash, type KeyObject, verify, X509Certificate } from 'node:crypto';
import { leadsTo, readCertificate } from './webauthn-certificates.ts';

/** What the FIDO Metadata Service says of a model of authenticators. */
export type Model = {
  readonly description: string;
  /** Certificates of its maker, as the base64 of their DER. */
  readonly roots: readonly string[];
  /** The report for which no more of it are taken, such as `REVOKED`; null when there is none. */
  readonly reported: string | null;
};
/** A BLOB of the service, once it is known who signed it. */
export type Metadata = {
  /** It grows with each BLOB. */
  readonly number: number;
  /** The day by which the next one is there, such as `2026-12-01`. */
  readonly nextUpdate: string;
  /** By AAGUID, or for U2F by the identifier of the key of its certificate (40 hexadecimal characters). */
  readonly models: ReadonlyMap<string, Model>;
};
/** Where a BLOB is, and who may have signed it. */
export type MetadataFile = {
  readonly path: string;
  /** As `MetadataTrust` has them. */
  readonly roots: readonly string[];
  readonly signer: string;
};
export type MetadataTrust = {
  /** Certificates that the one of the signer must lead to. */
  readonly roots: readonly string[];
  /** The host for which the signer's certificate was issued: roots vouch for others too. */
  readonly signer: string;
  readonly nowMs: number;
};

/** Reports after which a model proves nothing any more (FIDO Metadata Service 3.1, section 3.1.4). */
const FATAL: readonly unknown[] = [
  ...['REVOKED', 'USER_VERIFICATION_BYPASS', 'ATTESTATION_KEY_COMPROMISE'],
  ...['USER_KEY_REMOTE_COMPROMISE', 'USER_KEY_PHYSICAL_COMPROMISE'],
];
const LEAST_RSA_BITS = 2_048;
const MOST_DESCRIPTION = 200;
/** Of an uncompressed point on P-256, which is all that U2F has. */
const POINT_BYTES = 65;

type Json = { readonly [name: string]: unknown };

/**
 * Reads a BLOB (a JWS, RFC 7515) once its signature and the chain of its certificates are right, or tells why it is not
 * to be trusted, in words that follow the name of its file. Asks no network: whether a certificate in the chain was
 * revoked is not looked up.
 */
export function readMetadata(blob: string, { roots, signer, nowMs }: MetadataTrust): Metadata | string {
  const [head = '', body = '', tail = '', ...more] = blob.trim().split('.');
  const header = objectOf(head);
  if (header === null || more.length > 0) return 'is no BLOB of a FIDO Metadata Service';
  const chain = chainOf(header.x5c);
  const [leaf] = chain ?? [];
  if (chain === null || leaf === undefined) return 'names no certificates of who signed it';
  if (!leadsTo(roots, chain, nowMs))
    return 'was signed by a certificate that leads to none of the roots, or is over';
  if (leaf.checkHost(signer) === undefined) return `was signed by a certificate that is not of ${signer}`;
  const isRight = isSignedBy(header.alg, leaf.publicKey, `${head}.${body}`, Buffer.from(tail, 'base64url'));
  if (!isRight) return 'is not signed by what it names: download it anew';
  const payload = objectOf(body);
  const { no, nextUpdate, entries } = payload ?? {};
  if (typeof no !== 'number' || !isDay(nextUpdate) || !Array.isArray(entries))
    return 'is signed, but holds no metadata';
  const models = new Map(entries.flatMap((entry) => modelsOf(entry as Json)));
  return { number: no, nextUpdate, models };
}

const DAY_MS = 86_400_000;

const isDay = (value: unknown): value is string =>
  typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value));

/** Whether the day is over (UTC) by which the next BLOB was to be there. */
export const isOverdue = ({ nextUpdate }: Metadata, nowMs: number): boolean =>
  nowMs >= Date.parse(nextUpdate) + DAY_MS;

/** The model of an authenticator that was attested: by its AAGUID, or by the certificate of one that has none. */
export function modelIn({ models }: Metadata, aaguid: string, x5c: unknown): Model | null {
  const byId = models.get(aaguid);
  if (byId !== undefined) return byId;
  const [leaf] = chainOf(x5c) ?? [];
  return (leaf === undefined ? undefined : models.get(keyIdentifier(leaf))) ?? null;
}

/** An entry under each of its names. What is of neither FIDO2 nor U2F has none. */
function modelsOf(entry: Json): (readonly [string, Model])[] {
  const { aaguid, attestationCertificateKeyIdentifiers: keys, metadataStatement, statusReports } = entry;
  const names = [aaguid, ...(Array.isArray(keys) ? keys : [])].filter((name) => typeof name === 'string');
  const { description, attestationRootCertificates: roots } = (metadataStatement ?? {}) as Json;
  const reports = Array.isArray(statusReports) ? (statusReports as Json[]) : [];
  const fatal = reports.findLast(({ status }) => FATAL.includes(status));
  const model: Model = {
    description: String(description ?? '').slice(0, MOST_DESCRIPTION),
    roots: (Array.isArray(roots) ? roots : []).flatMap((root) =>
      // Some makers break their base64 into lines.
      typeof root === 'string' ? [root.replace(/\s+/g, '')] : [],
    ),
    reported: fatal === undefined ? null : String(fatal.status),
  };
  return names.map((name) => [name.toLowerCase(), model]);
}

/** SHA-1 of the bits of the public key (RFC 5280, section 4.2.1.2, method 1). */
function keyIdentifier({ publicKey }: X509Certificate): string {
  const point = publicKey.export({ format: 'der', type: 'spki' }).subarray(-POINT_BYTES);
  return createHash('sha1').update(point).digest('hex');
}

function isSignedBy(alg: unknown, key: KeyObject, signed: string, signature: Buffer): boolean {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  const data = Buffer.from(signed);
  if (alg === 'RS256' && type === 'rsa' && Number(details?.modulusLength) >= LEAST_RSA_BITS)
    return verify('sha256', data, key, signature);
  if (alg === 'ES256' && type === 'ec' && details?.namedCurve === 'prime256v1')
    return verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, signature);
  return false;
}

/** Certificates as JSON has them, the base64 of their DER, or as an attestation does, in bytes; null when they are none. */
function chainOf(x5c: unknown): readonly X509Certificate[] | null {
  if (!Array.isArray(x5c)) return null;
  try {
    const read = x5c.map((one) =>
      typeof one === 'string' ? readCertificate(one) : new X509Certificate(one),
    );
    return read.some((one) => one === null) ? null : (read as X509Certificate[]);
  } catch {
    return null;
  }
}

function objectOf(encoded: string): Json | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString());
    return typeof value === 'object' && value !== null ? (value as Json) : null;
  } catch {
    return null;
  }
}
