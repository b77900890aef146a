import { digestCode } from '../domain/code.ts';
import type { Passkey } from '../domain/factor/webauthn.ts';
import type { Factor } from '../domain/factor.ts';
import type { Wording } from '../domain/message.ts';
import { keyText, type Recipient } from '../domain/recipient.ts';
import type { Key, Scope, UserKey } from '../domain/scope.ts';
import { QUESTION_DIGITS } from '../domain/token.ts';
import type { User } from '../domain/user.ts';
import type { Verification } from '../domain/verification.ts';
import { deriveKey, macOf, sha256 } from '../kernel/hmac.ts';
import type { Random } from '../kernel/random.ts';
import { type Sealed, sealer } from '../kernel/seal.ts';

/** What a sealed secret of a factor is bound to: moved to another row it does not open. */
export type SecretOwner = Key & Pick<Factor, 'userKey' | 'kind'>;

type TokenOwner = Scope & { readonly serial: string };

/** Whatever is kept of codes, recipients, users and secrets goes through here; nothing else knows the keys. */
export type Vault = {
  /** Equal recipients, equal keys: 32 hexadecimal characters of a keyed hash. */
  recipientKey(recipient: Recipient): string;
  /** What counts on of a recipient that was erased: a keyed hash of its key, under a key that nothing else uses. */
  shadowKey(recipientKey: string): string;
  /** What the list of erasures knows a recipient by: 32 hexadecimal characters of a keyed hash of its key. */
  erasureKey(scope: Scope, recipientKey: string): string;
  sealRecipient(address: string, owner: Key): Sealed;
  /** @throws Error when it was erased, or was sealed elsewhere */
  openRecipient(verification: Verification): string;
  digestCode(
    owner: Key & { readonly recipientKey: string; readonly boundTo: string | null },
    code: string,
  ): Uint8Array;
  sealCode(code: string, owner: Key): Sealed;
  /** What only we can put into the address of a message's receipts: 32 hexadecimal characters of a keyed hash. */
  receiptTag(message: Key, provider: string): string;
  /** As it is kept where its words are somebody's own, such as payee and amount. */
  sealWording(wording: Wording, owner: Key): Wording;
  /** With the words that were sealed, where they were. */
  openWording(verification: Pick<Verification, 'projectId' | 'mode' | 'id' | 'wording'>): Wording;
  /** The code of a verification that still has its sealed copy; null when it is gone. */
  openCode(verification: Verification): string | null;
  /** Equal names within one scope, equal keys: 32 hexadecimal characters of a keyed hash. */
  userKey(scope: Scope, name: string): string;
  sealUser(name: string, owner: UserKey): Sealed;
  openUser(user: User): string;
  sealSecret(secret: Uint8Array, owner: SecretOwner): Sealed;
  openSecret(factor: SecretOwner & { readonly sealedSecret: Uint8Array }): Buffer;
  sealToken(secret: Uint8Array, owner: TokenOwner): Sealed;
  openToken(token: TokenOwner & { readonly sealedSecret: Sealed }): Buffer;
  sealSigningSeed(seed: Uint8Array, kid: string): Sealed;
  openSigningSeed(sealed: Sealed, kid: string): Buffer;
  /** What is approved by a challenge, and the evidence of it. */
  sealTransaction(what: 'transaction' | 'evidence', value: object, owner: Key): Sealed;
  openTransaction(what: 'transaction' | 'evidence', sealed: Sealed, owner: Key): unknown;
  /** The question that a token with a keypad is asked: eight digits that nobody can foretell. */
  questionFor(binding: string, scope: Scope): string;
  /** Digest of a recovery code that has been through the slow hash. */
  digestRecovery(slowHash: Uint8Array, owner: Key): Buffer;
  /**
   * Equal networks, devices and recipients (named by their key), equal keys: 32 hexadecimal characters of a keyed hash.
   */
  subjectKey(kind: 'network' | 'device' | 'recipient', name: string): string;
  /** Equal blocks of numbers, equal keys (as of subjects), and by how much places within it are turned. */
  blockKey(block: string): BlockKey;
  /** Tag of a puzzle (32 hexadecimal characters), which nobody else can make. */
  puzzleTag(parts: readonly string[]): string;
  /** Equal places of one user, equal keys: 32 hexadecimal characters of a keyed hash. */
  hauntKey(user: UserKey, kind: 'network' | 'device' | 'any', place: string): string;
  /** Equal sessions of the caller within one scope, equal keys: 32 hexadecimal characters of a keyed hash. */
  sessionKey(scope: Scope, session: string): string;
  /** What authenticators know a user by: 32 bytes as base64url, which tell nothing of who it is. */
  userHandle(user: UserKey): string;
  /** Equal credentials within one scope, equal keys: 32 hexadecimal characters of a keyed hash. */
  credentialKey(scope: Scope, credentialId: string): string;
  /** Binds a passkey to its user (base64url): a row that is moved or altered in the database proves nothing. */
  credentialMac(owner: UserKey, passkey: Pick<Passkey, 'credentialId' | 'publicKey'>): string;
};

export type BlockKey = { readonly key: string; readonly turn: number };

/** Each purpose has a key of its own, derived from the master key (RFC 5869). */
export function createVault(masterKey: Uint8Array, random: Random): Vault {
  const key = (purpose: string) => deriveKey(masterKey, purpose);
  const codeKey = key('code digest');
  const lookupKey = key('recipient lookup');
  const shadowKey = key('erased recipient').toString('hex');
  const erasureKey = key('list of erasures');
  const userKey = key('user lookup');
  const hauntKey = key('haunt lookup');
  const subjectKey = key('guard subject');
  const puzzleKey = key('guard puzzle');
  const questionKey = key('question');
  const recoveryKey = key('recovery code digest');
  const passkeyKey = key('passkey');
  const receiptKey = key('receipt tag');
  const recipients = sealer(key('recipient'), random);
  const codes = sealer(key('code until hand-over'), random);
  const users = sealer(key('user'), random);
  const secrets = sealer(key('factor secret'), random);
  const signing = sealer(key('proof signing seed'), random);
  const transactions = sealer(key('transaction'), random);
  const context = (what: string, { projectId, mode, id }: Key) => `${what}|${projectId}|${mode}|${id}`;
  const ofPasskey = (what: string, { projectId, mode }: Scope, ...parts: string[]) =>
    macOf(passkeyKey, [what, projectId, mode, ...parts]);
  const ofUser = (user: UserKey) => context('user', { ...user, id: user.userKey });
  const ofToken = ({ serial, ...owner }: TokenOwner) => context('token', { ...owner, id: serial });
  const ofSecret = (owner: SecretOwner) => `${context('factor', owner)}|${owner.userKey}|${owner.kind}`;
  return {
    recipientKey: (recipient) => short(macOf(lookupKey, [recipient.kind, keyText(recipient)])),
    // Each create asks for it. Both have one length always, so that a plain hash of the two keeps what HMAC would.
    shadowKey: (recipientKey) => short(sha256(shadowKey + recipientKey)),
    erasureKey: ({ projectId, mode }, recipientKey) =>
      short(macOf(erasureKey, [projectId, mode, recipientKey])),
    sealRecipient: (address, owner) => recipients.seal(address, context('verification', owner)),
    openRecipient(v) {
      if (v.sealedRecipient === null) throw new Error('the recipient of this verification was erased');
      return recipients.open(v.sealedRecipient, context('verification', v));
    },
    digestCode: (owner, code) => digestCode(codeKey, owner, code),
    sealCode: (code, owner) => codes.seal(code, context('code', owner)),
    receiptTag: ({ projectId, mode, id }, provider) =>
      short(macOf(receiptKey, [projectId, mode, id, provider])),
    sealWording: (wording, owner) => {
      const sealed = transactions.seal(wording.template, context('wording', owner));
      return { ...wording, template: '%token', sealedTemplate: Buffer.from(sealed).toString('base64url') };
    },
    openWording: (v) => {
      const { sealedTemplate, ...wording } = v.wording;
      if (sealedTemplate === undefined) return v.wording;
      const sealed = Buffer.from(sealedTemplate, 'base64url');
      return { ...wording, template: transactions.open(sealed, context('wording', v)) };
    },
    openCode: (v) => (v.sealedCode === null ? null : codes.open(v.sealedCode, context('code', v))),
    userKey: ({ projectId, mode }, name) => short(macOf(userKey, [projectId, mode, name])),
    sealUser: (name, owner) => users.seal(name, ofUser(owner)),
    openUser: (user) => users.open(user.sealedName, ofUser(user)),
    sealSecret: (secret, owner) => secrets.seal(Buffer.from(secret).toString('base64url'), ofSecret(owner)),
    openSecret: (factor) => Buffer.from(secrets.open(factor.sealedSecret, ofSecret(factor)), 'base64url'),
    sealToken: (secret, owner) => secrets.seal(Buffer.from(secret).toString('base64url'), ofToken(owner)),
    openToken: (token) => Buffer.from(secrets.open(token.sealedSecret, ofToken(token)), 'base64url'),
    sealSigningSeed: (seed, kid) => signing.seal(Buffer.from(seed).toString('base64url'), kid),
    openSigningSeed: (sealed, kid) => Buffer.from(signing.open(sealed, kid), 'base64url'),
    sealTransaction: (what, value, owner) => transactions.seal(JSON.stringify(value), context(what, owner)),
    openTransaction: (what, sealed, owner) => JSON.parse(transactions.open(sealed, context(what, owner))),
    questionFor: (binding, { projectId, mode }) => {
      const drawn = macOf(questionKey, [projectId, mode, binding]).readBigUInt64BE();
      return String(drawn % 10n ** BigInt(QUESTION_DIGITS)).padStart(QUESTION_DIGITS, '0');
    },
    digestRecovery: (hash, { projectId, mode, id }) =>
      macOf(recoveryKey, [projectId, mode, id, Buffer.from(hash).toString('base64url')]),
    subjectKey: (kind, name) => short(macOf(subjectKey, [kind, name])),
    blockKey: remembered((block) => {
      const mac = macOf(subjectKey, ['block', block]);
      return { key: short(mac), turn: mac.readUInt32BE(16) };
    }),
    puzzleTag: (parts) => short(macOf(puzzleKey, parts)),
    hauntKey: (user, kind, place) =>
      short(macOf(hauntKey, [user.projectId, user.mode, user.userKey, kind, place])),
    sessionKey: (scope, session) => short(ofPasskey('session', scope, session)),
    userHandle: (user) => ofPasskey('user', user, user.userKey).toString('base64url'),
    credentialKey: (scope, id) => short(ofPasskey('credential', scope, id)),
    credentialMac: (owner, { credentialId, publicKey }) =>
      ofPasskey('binding', owner, owner.userKey, credentialId, publicKey).toString('base64url'),
  };
}

const short = (mac: Buffer): string => mac.toString('hex', 0, 16);

const MOST_REMEMBERED = 4_096;

/** Keys of what comes again and again, such as the block of numbers that a country's traffic is in. */
function remembered<T>(keyOf: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>();
  return (name) => {
    const found = known.get(name);
    if (found !== undefined) return found;
    if (known.size >= MOST_REMEMBERED) known.clear();
    const key = keyOf(name);
    known.set(name, key);
    return key;
  };
}
