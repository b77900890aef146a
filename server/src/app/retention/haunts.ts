import { KNOWN_FOR_MS } from '../../domain/whereabouts.ts';
import { tables } from '../../store/store.ts';
import type { RetentionDeps } from './retain.ts';

/** Rows that are read at once, and that go in one transaction. */
const SEEN_AT_ONCE = 2_000;
const AT_ONCE = 50;

/**
 * Forgets places and devices where nobody has succeeded for so long that they count as known no more. Reads the whole
 * table, a stretch at a time: an index by time would cost each success. @returns how many it forgot
 */
export async function retainHaunts({ store, goOn }: Pick<RetentionDeps, 'store' | 'goOn'>): Promise<number> {
  const isOver = ({ lastSuccessAtMs }: { readonly lastSuccessAtMs: number }, nowMs: number) =>
    nowMs >= lastSuccessAtMs + KNOWN_FOR_MS;
  let forgotten = 0;
  for (let after: string | null = null; ; ) {
    const { found, next } = await store.read.subjects.haunts({ after, rows: SEEN_AT_ONCE });
    const old = found.filter((haunt) => isOver(haunt, store.nowMs()));
    for (let at = 0; at < old.length; at += AT_ONCE) {
      forgotten += await store.transaction(async (tx) => {
        const some = await Promise.all(
          old.slice(at, at + AT_ONCE).map((haunt) => tx.get(tables.haunts, haunt)),
        );
        const over = some.filter((haunt) => haunt !== null && isOver(haunt, tx.nowMs));
        for (const haunt of over) if (haunt !== null) tx.remove(tables.haunts, haunt);
        return over.length;
      });
    }
    if (next === null || !(await goOn())) return forgotten;
    after = next;
  }
}
