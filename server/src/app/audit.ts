import { entryMac, type AuditEntry as KeptEntry } from '../domain/audit.ts';
import { deriveKey, macOf } from '../kernel/hmac.ts';
import { type Store, type Transaction, tables } from '../store/store.ts';

/** Something that somebody did, worth remembering. Personal data stands in it as a keyed hash only. */
export type AuditEntry = {
  /** Id of the operator; null when nobody was signed in. */
  readonly actor: string | null;
  /** What was done, such as `key.revoked`. */
  readonly action: string;
  /** What it was done to: a name or an id. */
  readonly object: string;
  readonly result: string;
};

export type Audit = {
  /** Writes the entry in the transaction of what it tells. */
  note(tx: Transaction, entry: AuditEntry): void;
};

export type AuditDeps = {
  readonly store: Pick<Store, 'newId'>;
  readonly masterKey: Uint8Array;
  /** What writes: the version and kind of program, such as `serve 1.2.0`. */
  readonly node: string;
};

/** The key that entries and the chain are made with. */
export const auditKey = (masterKey: Uint8Array): Buffer => deriveKey(masterKey, 'audit');

const LONGEST = 512;
const MAILBOX = /[^\s@]+@[^\s@]+/g;
const NUMBER = /(?<![\w-])\+?\d(?:[ ().-]?\d){6,14}(?![\w-])/g;

/**
 * Entries are written with their own keyed hash, and get their place in the chain within a second (see
 * `audit-chain.ts`). What looks like a mailbox or a phone number, such as the name that somebody tried to sign in with,
 * is kept as a keyed hash.
 */
export function createAudit({ store, masterKey, node }: AuditDeps): Audit {
  const key = auditKey(masterKey);
  const names = deriveKey(masterKey, 'audit subject');
  const hidden = (text: string) => `subject:${macOf(names, [text.toLowerCase()]).toString('hex', 0, 8)}`;
  const cleaned = (text: string) => text.slice(0, LONGEST).replace(MAILBOX, hidden).replace(NUMBER, hidden);
  return {
    note(tx, { actor, action, object, result }) {
      const entry = { id: store.newId(), atMs: tx.nowMs, node, actor, action };
      const whole: Omit<KeptEntry, 'sequence' | 'mac' | 'hash'> = {
        ...entry,
        object: cleaned(object),
        result: cleaned(result),
      };
      tx.insert(tables.auditEntries, { ...whole, sequence: 0, mac: entryMac(key, whole), hash: null });
    },
  };
}
