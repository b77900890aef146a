import { digestCode } from '../domain/code.ts';
import { keyText, type Recipient } from '../domain/recipient.ts';
import type { Key } from '../domain/scope.ts';
import type { Verification } from '../domain/verification.ts';
import { deriveKey, macOf } from '../kernel/hmac.ts';
import type { Random } from '../kernel/random.ts';
import { type Sealed, sealer } from '../kernel/seal.ts';

/** Whatever is kept of codes and recipients goes through here; nothing else knows the keys. */
export type Vault = {
  /** Equal recipients, equal keys: 32 hexadecimal characters of a keyed hash. */
  recipientKey(recipient: Recipient): string;
  sealRecipient(address: string, owner: Key): Sealed;
  openRecipient(verification: Verification): string;
  digestCode(owner: Key & { readonly recipientKey: string }, code: string): Uint8Array;
  sealCode(code: string, owner: Key): Sealed;
  /** The code of a verification that still has its sealed copy; null when it is gone. */
  openCode(verification: Verification): string | null;
};

const RECIPIENT_KEY_CHARACTERS = 32;

/** Each purpose has a key of its own, derived from the master key (RFC 5869). */
export function createVault(masterKey: Uint8Array, random: Random): Vault {
  const codeKey = deriveKey(masterKey, 'code digest');
  const lookupKey = deriveKey(masterKey, 'recipient lookup');
  const recipients = sealer(deriveKey(masterKey, 'recipient'), random);
  const codes = sealer(deriveKey(masterKey, 'code until hand-over'), random);
  const context = (what: string, { projectId, mode, id }: Key) => `${what}|${projectId}|${mode}|${id}`;
  return {
    recipientKey: (recipient) =>
      macOf(lookupKey, [recipient.kind, keyText(recipient)])
        .toString('hex')
        .slice(0, RECIPIENT_KEY_CHARACTERS),
    sealRecipient: (address, owner) => recipients.seal(address, context('verification', owner)),
    openRecipient: (v) => recipients.open(v.sealedRecipient, context('verification', v)),
    digestCode: (owner, code) => digestCode(codeKey, owner, code),
    sealCode: (code, owner) => codes.seal(code, context('code', owner)),
    openCode: (v) => (v.sealedCode === null ? null : codes.open(v.sealedCode, context('code', v))),
  };
}
