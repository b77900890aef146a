import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';

/** A software authenticator with the browser around it, which does what it is told: also what it must not do. */

const RP = 'localhost';
const ORIGIN = 'http://localhost:3000';
export const FLAGS = { up: 1, uv: 4, be: 8, bs: 16, at: 64, ed: 128 } as const;
/** A user was there and was verified; the key stays on the device. */
const USUAL_FLAGS = FLAGS.up | FLAGS.uv;

export type Algorithm = 'ES256' | 'EdDSA' | 'RS256';
export type Credential = {
  readonly id: Buffer;
  readonly privateKey: KeyObject;
  readonly algorithm: Algorithm;
  readonly aaguid: Buffer;
  userHandle: string;
  counter: number;
  /** Flags that hold for its whole life: whether it can be backed up, and is. */
  readonly backup: number;
};

export type Twists = {
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  readonly type?: string;
  /** More members of the client data. */
  readonly client?: object;
  /** The client data itself. */
  readonly clientText?: string;
  readonly flags?: number;
  readonly counter?: number;
  readonly authData?: (bytes: Buffer) => Buffer;
  readonly signature?: (bytes: Buffer) => Buffer;
  /** Signs with another key, or another hash. */
  readonly signWith?: (data: Buffer) => Buffer;
  readonly userHandle?: string | null;
  readonly id?: string;
};

export type RegistrationTwists = Twists & {
  readonly algorithm?: Algorithm;
  readonly backup?: number;
  readonly attestation?: 'none' | 'packed-self' | 'packed' | 'fido-u2f';
  readonly attestedBy?: Attester;
  /** Certificates that follow the attester's. */
  readonly chain?: readonly Attester[];
  readonly statement?: (statement: Map<string, unknown>) => Map<string, unknown>;
  readonly format?: string;
  readonly object?: (bytes: Buffer) => Buffer;
  readonly cose?: (key: Map<number, unknown>) => Map<number, unknown>;
  readonly credentialId?: Buffer;
  readonly aaguid?: Buffer;
  readonly modulusLength?: number;
  readonly transports?: readonly string[];
};

/** Who vouches for an authenticator: a certificate with its key. */
export type Attester = {
  readonly certificate: Buffer;
  readonly privateKey: KeyObject;
  /** Its subject, as DER. */
  readonly name: Buffer;
};

type CreationOptions = { readonly challenge: string; readonly user: { readonly id: string } };
type RequestOptions = { readonly challenge: string };

/** What a browser gives after `navigator.credentials.create`, and the credential that was made. */
export function register(options: CreationOptions, twists: RegistrationTwists = {}) {
  const { algorithm = 'ES256', attestation = 'none', backup = 0 } = twists;
  const { privateKey, cose } = keyOf(algorithm, twists.modulusLength);
  const isU2f = attestation === 'fido-u2f';
  const aaguid = twists.aaguid ?? (isU2f ? Buffer.alloc(16) : Buffer.from('a0'.repeat(16), 'hex'));
  const id = twists.credentialId ?? randomBytes(32);
  const credential: Credential = {
    ...{ id, privateKey, algorithm, aaguid, backup, counter: 0, userHandle: options.user.id },
  };
  const coseKey = twists.cose?.(cose) ?? cose;
  const attested = Buffer.concat([aaguid, uint16(id.length), id, cbor(coseKey)]);
  const flags = twists.flags ?? USUAL_FLAGS | FLAGS.at | backup;
  const plain = authDataOf(twists, flags, twists.counter ?? 0, attested);
  const authData = twists.authData?.(plain) ?? plain;
  const clientData = clientDataOf('webauthn.create', options.challenge, twists);
  const made = statementOf(attestation, { authData, clientData, credential, coseKey, twists });
  const statement = twists.statement?.(made) ?? made;
  const usual = attestation === 'packed-self' ? 'packed' : attestation;
  const whole = cbor(
    new Map<string, unknown>([
      ['fmt', twists.format ?? usual],
      ['attStmt', statement],
      ['authData', authData],
    ]),
  );
  const text = twists.id ?? id.toString('base64url');
  return {
    credential,
    answer: {
      ...{ id: text, rawId: text, type: 'public-key' },
      response: {
        clientDataJSON: clientData.toString('base64url'),
        attestationObject: (twists.object?.(whole) ?? whole).toString('base64url'),
        transports: twists.transports ?? ['internal'],
      },
      clientExtensionResults: { credProps: { rk: true } },
    },
  };
}

/** What a browser gives after `navigator.credentials.get`. */
export function answer(options: RequestOptions, credential: Credential, twists: Twists = {}) {
  credential.counter += 1;
  const flags = twists.flags ?? USUAL_FLAGS | credential.backup;
  const plain = authDataOf(twists, flags, twists.counter ?? credential.counter, Buffer.alloc(0));
  const authData = twists.authData?.(plain) ?? plain;
  const clientData = clientDataOf('webauthn.get', options.challenge, twists);
  const data = Buffer.concat([authData, sha256(clientData)]);
  const signed = twists.signWith?.(data) ?? signatureOf(credential, data);
  const id = twists.id ?? credential.id.toString('base64url');
  const userHandle = twists.userHandle === undefined ? credential.userHandle : twists.userHandle;
  return {
    ...{ id, rawId: id, type: 'public-key' },
    response: {
      clientDataJSON: clientData.toString('base64url'),
      authenticatorData: authData.toString('base64url'),
      signature: (twists.signature?.(signed) ?? signed).toString('base64url'),
      ...(userHandle === null ? {} : { userHandle }),
    },
    clientExtensionResults: {},
  };
}

export const signatureOf = ({ algorithm, privateKey }: Credential, data: Buffer): Buffer =>
  sign(algorithm === 'EdDSA' ? null : 'sha256', data, privateKey);

function authDataOf({ rpId = RP }: Twists, flags: number, counter: number, attested: Buffer): Buffer {
  const head = Buffer.alloc(37);
  sha256(Buffer.from(rpId)).copy(head);
  head[32] = flags;
  head.writeUInt32BE(counter, 33);
  return Buffer.concat([head, attested]);
}

function clientDataOf(type: string, challenge: string, twists: Twists): Buffer {
  if (twists.clientText !== undefined) return Buffer.from(twists.clientText);
  const { origin = ORIGIN, client = {} } = twists;
  return Buffer.from(
    JSON.stringify({
      ...{ type: twists.type ?? type, challenge: twists.challenge ?? challenge, origin, crossOrigin: false },
      ...client,
    }),
  );
}

type Attesting = {
  readonly authData: Buffer;
  readonly clientData: Buffer;
  readonly credential: Credential;
  readonly coseKey: Map<number, unknown>;
  readonly twists: RegistrationTwists;
};

const COSE_NUMBERS = { ES256: -7, EdDSA: -8, RS256: -257 } as const;

function statementOf(
  kind: NonNullable<RegistrationTwists['attestation']>,
  made: Attesting,
): Map<string, unknown> {
  const { authData, clientData, credential, coseKey, twists } = made;
  if (kind === 'none') return new Map();
  const signed = Buffer.concat([authData, sha256(clientData)]);
  if (kind === 'packed-self') {
    return new Map<string, unknown>([
      ['alg', COSE_NUMBERS[credential.algorithm]],
      ['sig', signatureOf(credential, signed)],
    ]);
  }
  const attester = twists.attestedBy;
  if (attester === undefined) throw new Error('somebody must vouch');
  const certificates = [attester, ...(twists.chain ?? [])].map(({ certificate }) => certificate);
  if (kind === 'packed') {
    return new Map<string, unknown>([
      ['alg', -7],
      ['sig', sign('sha256', signed, attester.privateKey)],
      ['x5c', certificates],
    ]);
  }
  const point = Buffer.concat([Buffer.from([4]), coseKey.get(-2) as Buffer, coseKey.get(-3) as Buffer]);
  const base = Buffer.concat([
    Buffer.from([0]),
    sha256(Buffer.from(twists.rpId ?? RP)),
    sha256(clientData),
    credential.id,
    point,
  ]);
  return new Map<string, unknown>([
    ['sig', sign('sha256', base, attester.privateKey)],
    ['x5c', certificates],
  ]);
}

function keyOf(
  algorithm: Algorithm,
  modulusLength = 2048,
): { privateKey: KeyObject; cose: Map<number, unknown> } {
  const bytes = (text: string | undefined) => Buffer.from(text ?? '', 'base64url');
  if (algorithm === 'RS256') {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength });
    const { n, e } = publicKey.export({ format: 'jwk' });
    return {
      privateKey,
      cose: new Map<number, unknown>([
        [1, 3],
        [3, -257],
        [-1, bytes(n)],
        [-2, bytes(e)],
      ]),
    };
  }
  if (algorithm === 'EdDSA') {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const { x } = publicKey.export({ format: 'jwk' });
    return {
      privateKey,
      cose: new Map<number, unknown>([
        [1, 1],
        [3, -8],
        [-1, 6],
        [-2, bytes(x)],
      ]),
    };
  }
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x, y } = publicKey.export({ format: 'jwk' });
  return {
    privateKey,
    cose: new Map<number, unknown>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, bytes(x)],
      [-3, bytes(y)],
    ]),
  };
}

/** As much of CBOR (RFC 8949) as authenticators write. */
export function cbor(value: unknown): Buffer {
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (typeof value === 'string')
    return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)]);
  if (value instanceof Map) {
    return Buffer.concat([
      head(5, value.size),
      ...[...value].flatMap(([key, one]) => [cbor(key), cbor(one)]),
    ]);
  }
  throw new Error(`there is no CBOR for ${String(value)} here`);
}

function head(major: number, count: number): Buffer {
  if (count < 24) return Buffer.from([(major << 5) | count]);
  if (count < 256) return Buffer.from([(major << 5) | 24, count]);
  return Buffer.concat([Buffer.from([(major << 5) | 25]), uint16(count)]);
}

const uint16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
export const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

export type CertificateTwists = {
  readonly extensions?: readonly Buffer[];
  /** Who signs it; itself when nobody does. */
  readonly by?: Attester;
  readonly until?: string;
};

/** A certificate of an authenticator, as packed attestation wants it. */
export const attester = (twists: CertificateTwists = {}): Attester =>
  certified('Test Authenticator', [], twists);

/** A certificate of a maker, who vouches for authenticators. */
export const maker = (twists: CertificateTwists = {}): Attester =>
  certified('Test Maker', [der(0x01, [Buffer.from([255])])], twists);

/** A certificate of a host, which signs metadata. */
export const signerOf = (host: string, twists: CertificateTwists = {}): Attester =>
  certified(host, [], twists);

function certified(commonName: string, constraints: readonly Buffer[], twists: CertificateTwists): Attester {
  const { extensions = [], by, until = '491231235959Z' } = twists;
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = der(0x30, [
    attribute('550406', 'NL'),
    attribute('55040a', 'Roost'),
    attribute('55040b', 'Authenticator Attestation'),
    attribute('550403', commonName),
  ]);
  const algorithm = der(0x30, [der(0x06, [Buffer.from('2a8648ce3d040302', 'hex')])]);
  const validity = der(0x30, [der(0x17, [Buffer.from('200101000000Z')]), der(0x17, [Buffer.from(until)])]);
  const basic = der(0x30, [
    der(0x06, [Buffer.from('551d13', 'hex')]),
    der(0x01, [Buffer.from([255])]),
    der(0x04, [der(0x30, constraints)]),
  ]);
  const body = der(0x30, [
    der(0xa0, [der(0x02, [Buffer.from([2])])]),
    der(0x02, [Buffer.concat([Buffer.from([1]), randomBytes(8)])]),
    ...[algorithm, by?.name ?? name, validity, name],
    publicKey.export({ format: 'der', type: 'spki' }),
    der(0xa3, [der(0x30, [basic, ...extensions])]),
  ]);
  const signature = der(0x03, [Buffer.from([0]), sign('sha256', body, by?.privateKey ?? privateKey)]);
  return { privateKey, name, certificate: der(0x30, [body, algorithm, signature]) };
}

/** The extension that says for which model a certificate vouches (WebAuthn Level 3, section 8.2.1). */
export const modelExtension = (aaguid: Buffer): Buffer =>
  der(0x30, [der(0x06, [Buffer.from('2b0601040182e51c010104', 'hex')]), der(0x04, [der(0x04, [aaguid])])]);

const attribute = (oid: string, text: string): Buffer =>
  der(0x31, [
    der(0x30, [
      der(0x06, [Buffer.from(oid, 'hex')]),
      der(text.length === 2 ? 0x13 : 0x0c, [Buffer.from(text)]),
    ]),
  ]);

function der(tag: number, parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

export const otherKey = (): KeyObject =>
  createPrivateKey(
    generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'pkcs8' }),
  );
