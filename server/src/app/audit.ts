import type { Transaction } from '../store/store.ts';

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
