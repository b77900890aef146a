import {
  type AuditEntry,
  CHECKPOINT_TYPE,
  type Checkpoint,
  type Damage,
  examineChain,
  examineCheckpoints,
  readCheckpoint,
} from '../domain/audit.ts';
import { keyFromSeed, readStatement } from '../domain/proof.ts';
import { type Store, tables } from '../store/store.ts';
import { chainHead, lastCheckpoint } from './audit-chain.ts';
import type { Vault } from './vault.ts';

export type VerifyDeps = {
  readonly store: Store;
  readonly vault: Pick<Vault, 'openSigningSeed'>;
  readonly key: Uint8Array;
  /** How long entries are kept. */
  readonly auditMs: number;
};
export type Verified = {
  readonly entries: number;
  /** Entries that have no place in the chain yet. */
  readonly loose: number;
  readonly checkpoints: number;
  readonly damages: readonly Damage[];
};

const AT_ONCE = 500;

/**
 * Reads the whole audit log and says what is not as Roost wrote it. `elsewhere` are signed checkpoints that were kept
 * outside of the database, without which nobody can tell that the end of it was cut off.
 */
export async function verifyAudit(deps: VerifyDeps, elsewhere: readonly string[]): Promise<Verified> {
  const { store, key, auditMs } = deps;
  const nowMs = store.nowMs();
  const keys = await publicKeys(deps);
  const last = (await lastCheckpoint(store))?.sequence ?? 0;
  const kept = await store.read.list(tables.allAuditCheckpoints, {}, nowMs);
  const damages: Damage[] = [];
  // Whoever moved it could keep new checkpoints from being signed.
  if (!kept.some(({ sequence }) => sequence === last) && (last > 0 || kept.length > 0))
    damages.push({ at: `checkpoint ${last}`, what: 'it is said to be the last, and is not there' });
  const good: Checkpoint[] = [];
  for (const each of kept) {
    const signed = readCheckpoint(readStatement(each.statement, CHECKPOINT_TYPE, keys), each.statement);
    if (signed !== null && isSame(signed, each)) good.push(each);
    else damages.push({ at: `checkpoint ${each.sequence}`, what: 'its signature is not good' });
  }
  damages.push(...examineCheckpoints(kept, nowMs - auditMs));
  for (const [i, statement] of elsewhere.entries()) {
    const signed = readCheckpoint(readStatement(statement, CHECKPOINT_TYPE, keys), statement);
    if (signed === null)
      damages.push({ at: `checkpoint ${i + 1} of the file`, what: 'no key of this database signed it' });
    else good.push(signed);
  }
  const examiner = examineChain({ key, checkpoints: good, keptSinceMs: nowMs - auditMs });
  const head = await chainHead(store);
  let entries = 0;
  for await (const entry of chainOf(store)) {
    if (entry.sequence > head.sequence && (await isNewer(store, entry))) break; // written since we began
    examiner.take(entry);
    entries += 1;
  }
  const loose = await store.read.list(tables.auditEntriesAt, { sequence: 0 }, nowMs);
  for (const entry of loose) examiner.takeLoose(entry);
  const found = [...damages, ...examiner.end(head)];
  return { entries, loose: loose.length, checkpoints: kept.length, damages: found };
}

/** Whether the chain has grown past this entry by now. */
async function isNewer(store: Store, { sequence }: AuditEntry): Promise<boolean> {
  return (await chainHead(store)).sequence >= sequence;
}

/** All entries that have a place, in the order of the chain. */
export async function* chainOf({ read }: Pick<Store, 'read'>): AsyncGenerator<AuditEntry> {
  let after = 0;
  for (;;) {
    const some = await read.audit.chain({ after, limit: AT_ONCE });
    yield* some;
    const last = some.at(-1);
    if (last === undefined || some.length < AT_ONCE) return;
    after = last.sequence;
  }
}

const isSame = (a: Checkpoint, b: Checkpoint): boolean =>
  a.sequence === b.sequence && a.hash === b.hash && a.atMs === b.atMs && a.previous === b.previous;

/** The public halves of every key that ever signed here. */
async function publicKeys({ store, vault }: VerifyDeps): Promise<readonly { kid: string; x: string }[]> {
  const nowMs = store.nowMs();
  const held = await store.read.list(tables.heldSigningKeys, null, nowMs);
  const retired = await store.read.list(tables.retiredSigningKeys, null, nowMs);
  return [...held, ...retired].flatMap((key) => {
    if (key.state === 'retired')
      return [{ kid: key.kid, x: Buffer.from(key.publicKey).toString('base64url') }];
    return [{ kid: key.kid, x: keyFromSeed(vault.openSigningSeed(key.sealedSeed, key.kid)).x }];
  });
}

/** Signed checkpoints in a file: alone on a line, or in lines of the log or of `roost audit export`. */
export function checkpointsIn(text: string): readonly string[] {
  return [...new Set([...text.matchAll(STATEMENT)].map(([found]) => found))].filter(isCheckpoint);
}

const STATEMENT = /[\w-]{20,500}\.[\w-]{20,4000}\.[\w-]{86}(?![\w-])/g;

function isCheckpoint(statement: string): boolean {
  const [header = ''] = statement.split('.');
  return Buffer.from(header, 'base64url').toString().includes(`"${CHECKPOINT_TYPE}"`);
}
