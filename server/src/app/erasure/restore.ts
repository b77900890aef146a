import { readErasures, writeErasure } from '../../domain/erasure.ts';
import { tables } from '../../store/store.ts';
import { applyErasures, type EraseDeps } from './erase.ts';

/** The row that tells whom to erase again, written together with the rows that were restored. */
const DUE = 'erasures due';

/** What is to be written with the rows of a backup, so that nobody is served before it is done. */
export const erasuresDue = (
  list: ReadonlyMap<string, number>,
): { readonly name: string; readonly value: string } => ({
  name: DUE,
  value: [...list].map(([subject, atMs]) => writeErasure({ subject, atMs })).join(' '),
});

/**
 * Erases again whom a restore has brought back, where one has. A restore that was killed in between is finished by
 * whoever begins to serve. @returns how many rows of each kind went
 */
export async function finishRestore(deps: EraseDeps): Promise<{ readonly [what: string]: number }> {
  const due = await deps.store.read.get(tables.settings, { name: DUE });
  if (due === null) return {};
  const done = await applyErasures(deps, readErasures(due.value));
  await deps.store.transaction(async (tx) => tx.remove(tables.settings, { name: DUE }));
  return done;
}
