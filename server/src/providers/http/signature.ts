import { createHmac, hash } from 'node:crypto';
import { isSignedBy, publicKeyFrom } from '../../kernel/ed25519.ts';
import { equalSecret } from '../../kernel/hmac.ts';
import type { ReceiptRequest } from '../provider.ts';
import type { SignatureDescription } from './description.ts';
import { fill, type Lookup, readTemplate, type Template } from './template.ts';

/** Judges the signature of a receipt; null when it is right, else what is wrong. */
export type CheckSignature = (request: ReceiptRequest) => string | null;

const LEEWAY_S = 60;

/** Null where the key is among the values that may be left out and was: receipts are not checked then. */
export function readSignature(
  given: SignatureDescription,
  values: Lookup,
  at: string,
  problems: string[],
): CheckSignature | null {
  const over = readTemplate(given.over, ['url', 'body', ...headersIn(given.over)]);
  const keyTemplate = readTemplate(given.key, [...namesIn(given.key)]);
  if (typeof over === 'string') problems.push(`${at}.over: ${over}`);
  if (typeof keyTemplate === 'string') problems.push(`${at}.key: ${keyTemplate}`);
  if (typeof over === 'string' || typeof keyTemplate === 'string') return null;
  const secret = fill(keyTemplate, values);
  if (secret === null) return null;
  const isRight = verifierOf(given, secret);
  if (isRight === null) {
    problems.push(`${at}.key: ${given.key} must be an Ed25519 public key, 32 bytes in base64`);
    return null;
  }
  return (request) => {
    const wrong = timeProblem(given, request);
    if (wrong !== null) return wrong;
    const header = request.headers[given.header.toLowerCase()];
    const prefix = given.prefix ?? '';
    if (header === undefined || !header.startsWith(prefix)) return 'it has no signature';
    const signature = Buffer.from(header.slice(prefix.length), given.encoding);
    const signed = signedBytes(over, request);
    return signed !== null && isRight(signed, signature) ? null : 'its signature is wrong';
  };
}

function verifierOf(
  { algorithm, keyDigest }: SignatureDescription,
  secret: string,
): ((signed: Buffer, signature: Buffer) => boolean) | null {
  if (algorithm === 'ed25519') {
    const key = publicKeyFrom(Buffer.from(secret, 'base64'));
    return key === null ? null : (signed, signature) => isSignedBy(key, signed, signature);
  }
  const key = keyDigest === 'sha256' ? hash('sha256', secret, 'buffer') : secret;
  const digest = algorithm.slice('hmac-'.length);
  return (signed, signature) => equalSecret(createHmac(digest, key).update(signed).digest(), signature);
}

function timeProblem({ timestamp }: SignatureDescription, { headers, nowMs }: ReceiptRequest): string | null {
  if (timestamp === undefined) return null;
  const given = headers[timestamp.header.toLowerCase()] ?? '';
  if (!/^\d{1,12}$/.test(given)) return 'its signature bears no time';
  const ageS = nowMs / 1_000 - Number(given);
  return ageS > timestamp.maxAgeSeconds || ageS < -LEEWAY_S ? 'its signature is of another time' : null;
}

/** The body goes in as the bytes that came, since a signature is over bytes. */
function signedBytes(over: Template, request: ReceiptRequest): Buffer | null {
  const parts: Uint8Array[] = [];
  for (const part of over) {
    if (part.kind === 'text') parts.push(Buffer.from(part.text));
    else if (part.name === 'body') parts.push(request.body);
    else if (part.name === 'url') parts.push(Buffer.from(request.url));
    else {
      const value = request.headers[part.name.slice('header:'.length)];
      if (value === undefined) return null;
      parts.push(Buffer.from(value));
    }
  }
  return Buffer.concat(parts);
}

const namesIn = (source: string): string[] =>
  [...source.matchAll(/\{([\w-]+)\}/g)].map(([, name]) => name ?? '');
const headersIn = (source: string): string[] =>
  [...source.matchAll(/\{(header:[a-z0-9-]{1,100})\}/g)].map(([, name]) => name ?? '');
