import { macOf } from '../kernel/hmac.ts';

/** What was done, as it is kept. Personal data stands in it as a keyed hash only. */
export type AuditEntry = {
  readonly id: string;
  /** Its place in the chain; 0 until it has one. */
  readonly sequence: number;
  readonly atMs: number;
  /** Which node or command wrote it. */
  readonly node: string;
  /** Id of an operator or of an access key; null when nobody was signed in. */
  readonly actor: string | null;
  readonly action: string;
  readonly object: string;
  readonly result: string;
  /** Keyed hash of all of the above but the place (64 hexadecimal characters), made by whoever wrote it. */
  readonly mac: string;
  /** Keyed hash over the entry before it, its place and its own (64 hexadecimal characters); null until it has one. */
  readonly hash: string | null;
};
export type ChainedEntry = AuditEntry & { readonly hash: string };

/** How far the chain is: its last entry. */
export type ChainHead = { readonly sequence: number; readonly hash: string };

/** What was known of the chain at a moment, signed: a chain alone cannot show that its end was cut off. */
export type Checkpoint = ChainHead & {
  readonly atMs: number;
  /** Sequence of the checkpoint before it; 0 for the first. */
  readonly previous: number;
  /** Compact JWS (RFC 7515) of all of the above. */
  readonly statement: string;
};

export const CHECKPOINT_TYPE = 'roost-audit+jwt';
export const NO_ENTRY: ChainHead = { sequence: 0, hash: '0'.repeat(64) };

const CHECKPOINT_ROWS = 1_000;
const CHECKPOINT_MS = 300_000;

/** Whether the chain has gone far enough since the last checkpoint, or long enough. */
export function isCheckpointDue(
  head: ChainHead,
  last: Pick<Checkpoint, 'sequence' | 'atMs'> | null,
  nowMs: number,
): boolean {
  const rows = head.sequence - (last?.sequence ?? 0);
  if (rows <= 0) return false;
  return rows >= CHECKPOINT_ROWS || nowMs - (last?.atMs ?? 0) >= CHECKPOINT_MS;
}

/** The key alone can make it, so nobody writes an entry or changes one without. */
export function entryMac(key: Uint8Array, entry: Omit<AuditEntry, 'sequence' | 'mac' | 'hash'>): string {
  const { id, atMs, node, actor, action, object, result } = entry;
  const who = actor === null ? 'nobody' : `id ${actor}`;
  return macOf(key, ['entry', id, String(atMs), node, who, action, object, result]).toString('hex');
}

/** Gives an entry its place behind `head`. */
export function chained(key: Uint8Array, head: ChainHead, entry: AuditEntry): ChainedEntry {
  const sequence = head.sequence + 1;
  return { ...entry, sequence, hash: linkHash(key, head.hash, sequence, entry.mac) };
}

function linkHash(key: Uint8Array, before: string, sequence: number, mac: string): string {
  return macOf(key, ['link', before, String(sequence), mac]).toString('hex');
}

/** What a checkpoint says, as it is signed (RFC 7519 names where it has them). */
export const checkpointClaims = ({
  sequence,
  hash,
  atMs,
  previous,
}: Omit<Checkpoint, 'statement'>): object => ({
  ...{ iat: Math.floor(atMs / 1000), sequence, hash, at: atMs, previous },
});

/** @returns null when the claims are none of a checkpoint */
export function readCheckpoint(claims: object | null, statement: string): Checkpoint | null {
  const { sequence, hash, at, previous } = (claims ?? {}) as { readonly [name: string]: unknown };
  const isOne =
    [sequence, at, previous].every(Number.isSafeInteger) && typeof hash === 'string' && hash.length === 64;
  if (!isOne) return null;
  return { hash, statement, sequence: sequence as number, atMs: at as number, previous: previous as number };
}

/** Something that cannot be as Roost wrote it, and where. */
export type Damage = { readonly at: string; readonly what: string };

/** What an examination begins with. */
export type Examination = {
  readonly key: Uint8Array;
  /** Checkpoints whose signatures are good, those kept with the chain and those kept elsewhere, in any order. */
  readonly checkpoints: readonly Checkpoint[];
  /** Entries up to the newest checkpoint of this age or older may be gone: they were kept for long enough. */
  readonly keptSinceMs: number;
};

export type Examiner = {
  /** Takes the entries in the order of the chain. */
  take(entry: AuditEntry): void;
  /** Takes entries that have no place yet. */
  takeLoose(entry: AuditEntry): void;
  /** Says what was found, once all were taken. `head` is where the chain is said to end. */
  end(head: ChainHead): readonly Damage[];
};

/** Examines a chain entry by entry; it holds in memory what is wrong, and nothing else. */
export function examineChain({ key, checkpoints, keptSinceMs }: Examination): Examiner {
  const damages: Damage[] = [];
  const wrong = (at: string, what: string): void => void damages.push({ at, what });
  const anchor = newestBefore(checkpoints, keptSinceMs);
  const promised = new Map<number, Checkpoint[]>();
  for (const each of checkpoints) {
    promised.set(each.sequence, [...(promised.get(each.sequence) ?? []), each]);
  }
  let last: ChainHead | null = null;
  const begin = (entry: AuditEntry): ChainHead | null => {
    if (entry.sequence === 1) return NO_ENTRY;
    if (anchor !== null && entry.sequence === anchor.sequence + 1) return anchor;
    if (anchor !== null && entry.sequence <= anchor.sequence) return null; // what was before it has gone in time
    wrong(`entry ${entry.sequence}`, 'the entries before it are gone, and were not old enough to go');
    return null;
  };
  return {
    take(entry) {
      const at = `entry ${entry.sequence}`;
      if (entryMac(key, entry) !== entry.mac) wrong(at, 'it was changed, or Roost did not write it');
      const before: ChainHead | null = last ?? begin(entry);
      if (before !== null && entry.sequence !== before.sequence + 1)
        wrong(at, `it follows entry ${before.sequence}: some are gone, or stand twice`);
      if (before !== null && entry.hash !== linkHash(key, before.hash, entry.sequence, entry.mac))
        wrong(at, 'it does not follow from the entry before it');
      if (promised.get(entry.sequence)?.some(({ hash }) => hash !== entry.hash) === true)
        wrong(at, 'a signed checkpoint knows it otherwise');
      last = { sequence: entry.sequence, hash: entry.hash ?? '' };
    },
    takeLoose(entry) {
      if (entryMac(key, entry) !== entry.mac)
        wrong(`entry ${entry.id}`, 'it was changed, or Roost did not write it');
    },
    end(head) {
      const reached = last ?? anchor ?? NO_ENTRY;
      if (head.sequence !== reached.sequence || head.hash !== reached.hash)
        wrong(`entry ${reached.sequence}`, `the chain ends here, and should end with entry ${head.sequence}`);
      const known = checkpoints.reduce((most, { sequence }) => Math.max(most, sequence), 0);
      if (known > reached.sequence)
        wrong(
          `entry ${reached.sequence}`,
          `the chain ends here, and a signed checkpoint knows entry ${known}`,
        );
      return damages;
    },
  };
}

/** The checkpoint that retention may have deleted up to. */
export function newestBefore(checkpoints: readonly Checkpoint[], atMs: number): Checkpoint | null {
  const old = checkpoints.filter((each) => each.atMs <= atMs);
  return old.toSorted((a, b) => b.sequence - a.sequence)[0] ?? null;
}

/** What is wrong with the order of the checkpoints that are kept with the chain. */
export function examineCheckpoints(kept: readonly Checkpoint[], keptSinceMs: number): readonly Damage[] {
  const ordered = kept.toSorted((a, b) => a.sequence - b.sequence);
  return ordered.flatMap((each, i) => {
    const before = ordered[i - 1];
    const isFirst = before === undefined && (each.previous === 0 || each.atMs <= keptSinceMs);
    if (isFirst || each.previous === before?.sequence) return [];
    return [{ at: `checkpoint ${each.sequence}`, what: 'the checkpoint before it is gone' }];
  });
}
