import { macOf, sha256 } from '../kernel/hmac.ts';
import type { RecipientKey } from './scope.ts';

/**
 * The keys of erasable backups: one for each recipient, all of them in a tree that grows from one secret, and that can be
 * pruned. A pseudo-random function that can be punctured (Goldreich, Goldwasser, Micali 1986; Boneh and Waters 2013): to take
 * one key away for good, the roots of what stands beside its branch are kept instead of the whole.
 */
export type BackupKeys = {
  /** By which recipients are given their places: 64 hexadecimal characters. */
  readonly secret: string;
  /** Where the tree still stands: the way to each root (digits 0 to 3, at most `DEPTH`) and its key. */
  readonly roots: { readonly [way: string]: string };
};

/** Ways of 40 bits: of a million recipients one other goes dark with one in a million erasures. */
const DEPTH = 20;
/** The children of a node. Four keep both the hashes of each row and what an erasure adds small: 2 KB. */
const DIGITS = ['0', '1', '2', '3'] as const;
/** Places that one recipient may have had. Each erasure uses one up. */
const MOST_PLACES = 1_000;
/** Keys of upper branches that are remembered, since every way leads through them. */
const REMEMBERED_DEPTH = 8;

/** A tree that nothing was taken from. `secret` and `root` are 32 bytes of chance each. */
export const newBackupKeys = (secret: Buffer, root: Buffer): BackupKeys => ({
  secret: secret.toString('hex'),
  roots: { '': root.toString('hex') },
});

/** The setting that holds them, sealed. No backup ever does. */
export const BACKUP_KEYS = 'backup keys';

export type BackupKeyring = {
  /** Where what is kept about somebody is sealed from now on, and the key (32 bytes). */
  keyFor(about: RecipientKey): { readonly way: string; readonly key: Buffer };
  /** The key of a way; null where it was taken away. */
  keyAt(way: string): Buffer | null;
};

export function backupKeyring(keys: BackupKeys): BackupKeyring {
  const { secret, roots } = keys;
  const known = new Map<string, string>();
  const nodeAt = (way: string): string | null => {
    const remembered = known.get(way) ?? roots[way];
    if (remembered !== undefined) return remembered;
    if (way === '') return null;
    const parent = nodeAt(way.slice(0, -1));
    if (parent === null) return null;
    const node = childOf(parent, way.slice(-1));
    if (way.length <= REMEMBERED_DEPTH) known.set(way, node);
    return node;
  };
  const keyAt = (way: string): Buffer | null => {
    const node = isWay(way) ? nodeAt(way) : null;
    return node === null ? null : Buffer.from(node, 'hex');
  };
  return {
    keyAt,
    keyFor(about) {
      for (const way of waysOf(secret, about)) {
        const key = keyAt(way);
        if (key !== null) return { way, key };
      }
      throw new Error('somebody was erased more often than backups can tell apart');
    },
  };
}

/** The same without the key that is somebody's at this time. What comes after gets another. */
export function withoutKey(keys: BackupKeys, about: RecipientKey): BackupKeys {
  const { way } = backupKeyring(keys).keyFor(about);
  const roots = { ...keys.roots };
  let at = ways(way).find((one) => roots[one] !== undefined) ?? '';
  let node = roots[at] ?? '';
  delete roots[at];
  while (at.length < DEPTH) {
    const next = way[at.length] ?? '';
    for (const digit of DIGITS) if (digit !== next) roots[at + digit] = childOf(node, digit);
    node = childOf(node, next);
    at += next;
  }
  return { ...keys, roots };
}

/** All beginnings of a way, itself included. */
const ways = (way: string): readonly string[] => Array.from({ length: DEPTH + 1 }, (_, i) => way.slice(0, i));

const isWay = (way: string): boolean => way.length === DEPTH && /^[0-3]*$/.test(way);

// Both have one length always, so that a plain hash of the two keeps what HMAC would.
const childOf = (node: string, digit: string): string => sha256(node + digit).toString('hex');

function* waysOf(secret: string, { projectId, mode, recipientKey }: RecipientKey): Generator<string> {
  const key = Buffer.from(secret, 'hex');
  for (let place = 0; place < MOST_PLACES; place += 1) {
    const mac = macOf(key, [projectId, mode, recipientKey, String(place)]);
    yield mac
      .readUIntBE(0, DEPTH / 4)
      .toString(4)
      .padStart(DEPTH, '0');
  }
}
