import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { isKnownNote } from '../../domain/guard/note.ts';
import { storedFrom } from '../ids.ts';
import type { RecentCode } from '../tally.ts';

const DAY_MS = 86_400_000;
const FIRST_SIZE = 1024;
const FULLEST = 0.6;
/** Codes that are known of one recipient: whoever is sent more than that is over every limit. */
const MOST_OF_ONE = 64;

/**
 * When each recipient was sent a code within the last day. In the file an index by recipient would cost each create
 * a page of its own; here a code takes 20 bytes: half of the recipient's keyed hash, the time, and what it was for.
 * One process alone writes the file, so this is all there is; at the start it is read from the rows again.
 */
export class RecentCodes {
  readonly #rows: StatementSync;
  readonly #scopes: string[] = [];
  #high = new Uint32Array(FIRST_SIZE);
  #low = new Uint32Array(FIRST_SIZE);
  /** Milliseconds since the epoch; 0 where nothing stands, and -1 for what was taken back. */
  #atMs = new Float64Array(FIRST_SIZE);
  /** The place of its scope, times two, and whether the context was known. */
  #what = new Uint32Array(FIRST_SIZE);
  #used = 0;
  #added: number[] = [];
  #isRead = false;

  constructor(db: DatabaseSync) {
    this.#rows = db.prepare(
      'SELECT recipient_key, project_id, mode, created_at_ms, guard FROM verifications WHERE id > ? ORDER BY id',
    );
    this.#rows.setReturnArrays(true);
  }

  /** Codes to this recipient (32 hexadecimal characters) that were made after `nowMs` less a day. */
  of(recipientKey: string, nowMs: number): RecentCode[] {
    this.#read(nowMs);
    const high = Number.parseInt(recipientKey.slice(0, 8), 16);
    const low = Number.parseInt(recipientKey.slice(8, 16), 16);
    const found: RecentCode[] = [];
    const mask = this.#atMs.length - 1;
    for (let i = low & mask; this.#atMs[i] !== 0; i = (i + 1) & mask) {
      const atMs = this.#atMs[i] ?? 0;
      if (this.#low[i] !== low || this.#high[i] !== high || atMs <= nowMs - DAY_MS) continue;
      const what = this.#what[i] ?? 0;
      const [mode, projectId = ''] = (this.#scopes[what >> 1] ?? '').split(' ', 2);
      found.push({
        atMs,
        projectId,
        mode: mode === 'live' ? 'live' : 'test',
        whence: what & 1 ? 'known' : 'unknown',
      });
    }
    return found;
  }

  /** A code was written. Kept once the batch is committed: see `commit` and `rollBack`. */
  add(recipientKey: string, code: RecentCode): void {
    if (!this.#isRead) return;
    this.#added.push(this.#place(recipientKey, code, code.atMs));
  }

  commit(): void {
    this.#added.length = 0;
  }

  rollBack(): void {
    for (const place of this.#added) this.#atMs[place] = -1;
    this.#added.length = 0;
  }

  #read(nowMs: number): void {
    if (this.#isRead) return;
    this.#isRead = true;
    for (const found of this.#rows.iterate(storedFrom(nowMs - DAY_MS))) {
      const [key, projectId, mode, atMs, guard] = found as unknown as [
        Uint8Array,
        string,
        'live' | 'test',
        number,
        string,
      ];
      const whence = isKnownNote(guard) ? 'known' : 'unknown';
      this.#place(Buffer.from(key).toString('hex'), { atMs, projectId, mode, whence }, nowMs);
    }
  }

  #place(recipientKey: string, { atMs, projectId, mode, whence }: RecentCode, nowMs: number): number {
    if (this.#used >= this.#atMs.length * FULLEST) this.#makeRoom(nowMs);
    const what = this.#scope(`${mode} ${projectId}`) * 2 + (whence === 'known' ? 1 : 0);
    const high = Number.parseInt(recipientKey.slice(0, 8), 16);
    return this.#put(high, Number.parseInt(recipientKey.slice(8, 16), 16), atMs, what);
  }

  #put(high: number, low: number, atMs: number, what: number): number {
    const mask = this.#atMs.length - 1;
    let i = low & mask;
    let held = 0;
    let oldest = i;
    let oldestMs = Number.POSITIVE_INFINITY;
    for (; this.#atMs[i] !== 0; i = (i + 1) & mask) {
      if (this.#low[i] !== low || this.#high[i] !== high) continue;
      held += 1;
      const heldMs = this.#atMs[i] ?? 0;
      if (heldMs < oldestMs) [oldest, oldestMs] = [i, heldMs];
    }
    // Thousands of one recipient in a row would make all others that stand there slow.
    if (held >= MOST_OF_ONE) i = oldest;
    else this.#used += 1;
    this.#high[i] = high;
    this.#low[i] = low;
    this.#atMs[i] = atMs;
    this.#what[i] = what;
    return i;
  }

  /** Leaves out what is older than a day, and doubles when little of it was. */
  #makeRoom(nowMs: number): void {
    const old = { high: this.#high, low: this.#low, atMs: this.#atMs, what: this.#what };
    const added = new Set(this.#added);
    let live = 0;
    for (const atMs of old.atMs) if (atMs > nowMs - DAY_MS) live += 1;
    const size = live > (old.atMs.length * FULLEST) / 2 ? old.atMs.length * 2 : old.atMs.length;
    this.#high = new Uint32Array(size);
    this.#low = new Uint32Array(size);
    this.#atMs = new Float64Array(size);
    this.#what = new Uint32Array(size);
    this.#used = 0;
    this.#added = [];
    for (const [i, atMs] of old.atMs.entries()) {
      if (atMs <= nowMs - DAY_MS) continue;
      const place = this.#put(old.high[i] ?? 0, old.low[i] ?? 0, atMs, old.what[i] ?? 0);
      if (added.has(i)) this.#added.push(place);
    }
  }

  #scope(name: string): number {
    const known = this.#scopes.indexOf(name);
    return known >= 0 ? known : this.#scopes.push(name) - 1;
  }
}
