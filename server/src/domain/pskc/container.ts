import { gather, type TokenFacts, type TokenFile } from '../token.ts';
import { openerOf, type PskcSecret, WrongKey } from './opening.ts';
import { type Element, readXml, within, XmlProblem } from './xml.ts';

const NAMESPACE = 'urn:ietf:params:xml:ns:keyprov:pskc';
const KINDS: Readonly<Record<string, string>> = {
  [`${NAMESPACE}:hotp`]: 'hotp',
  [`${NAMESPACE}:totp`]: 'totp',
  [`${NAMESPACE}:ocra`]: 'ocra',
};

/**
 * Reads a Portable Symmetric Key Container (RFC 6030) of HOTP, TOTP and OCRA tokens: in the clear, under an AES key that
 * both sides have, or under a password. What is sealed must carry a MAC, which is checked before anything is
 * opened. Signatures and asymmetric keys are not read, and PINs that a token asks for itself are left out.
 */
export function readPskc(text: string, secret: PskcSecret): TokenFile {
  try {
    const root = readXml(text);
    if (root.name !== 'KeyContainer' || root.namespace !== NAMESPACE) {
      return { problems: ['the root must be a KeyContainer of RFC 6030'] };
    }
    const open = openerOf(root, secret);
    const all = root.children.filter(({ name }) => name === 'KeyPackage');
    const pins = all.flatMap(localPinOf);
    const packages = all.filter((one) => !pins.includes(keyIdOf(one)));
    return gather(packages.map((one, i) => ({ place: `key package ${i + 1}`, facts: factsOf(one, open) })));
  } catch (error) {
    if (error instanceof XmlProblem) return { problems: [`the XML cannot be read: ${error.message}`] };
    // One sentence whatever went wrong, so that nobody learns anything about a key by trying.
    if (error instanceof WrongKey)
      return { problems: ['the secrets cannot be opened with this key or password'] };
    throw error;
  }
}

const keyIdOf = (one: Element): string => within(one, 'Key')?.attributes.get('Id') ?? '';

/** The key that is the PIN of this one, where the token itself asks for it: nothing of that comes to us. */
function localPinOf(one: Element): string[] {
  const policy = within(one, 'Key', 'Policy', 'PINPolicy')?.attributes;
  const pin = policy?.get('PINKeyId');
  return pin !== undefined && policy?.get('PINUsageMode') === 'Local' ? [pin] : [];
}

function factsOf(one: Element, open: (secret: Element) => Buffer | null): TokenFacts {
  const key = within(one, 'Key');
  const algorithm = key?.attributes.get('Algorithm') ?? '';
  const format = key === undefined ? undefined : within(key, 'AlgorithmParameters', 'ResponseFormat');
  const suite = key === undefined ? undefined : within(key, 'AlgorithmParameters', 'Suite')?.text;
  const data = key === undefined ? undefined : within(key, 'Data');
  const secret = data === undefined ? undefined : within(data, 'Secret');
  const isDecimal = format?.attributes.get('Encoding') === 'DECIMAL';
  return {
    serial: within(one, 'DeviceInfo', 'SerialNo')?.text ?? key?.attributes.get('Id') ?? '',
    secret: secret === undefined ? null : open(secret),
    kind: KINDS[algorithm] ?? 'unknown',
    suite,
    algorithm: suite === undefined || suite === '' ? undefined : suite,
    digits: isDecimal ? Number(format.attributes.get('Length')) : Number.NaN,
    counter: plainNumber(data, 'Counter'),
    periodSeconds: plainNumber(data, 'TimeInterval'),
  };
}

/** A number in the clear; what is sealed is none. */
function plainNumber(data: Element | undefined, name: string): number | undefined {
  const element = data === undefined ? undefined : within(data, name);
  if (element === undefined) return undefined;
  const text = within(element, 'PlainValue')?.text ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}
