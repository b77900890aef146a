import { type Transaction, tables } from '../../store/store.ts';

/** The setting that changes with every layer, which is all that nodes look at while nothing does. */
export const REVISION = 'layers revision';
/** What works about layers lock, since a row that does not exist yet cannot be. No request takes it. */
const LOCK = { projectId: '', mode: 'live', recipientKey: 'c'.repeat(32) } as const;

/** Has works about layers come one after another. */
export const lockLayers = async (tx: Transaction): Promise<void> => tx.lock(LOCK);

/** Tells every node that there is something new. */
export async function tellNodes(tx: Transaction): Promise<void> {
  const known = await tx.get(tables.settings, { name: REVISION });
  const next = { name: REVISION, value: String(Number(known?.value ?? 0) + 1) };
  if (known === null) tx.insert(tables.settings, next);
  else tx.update(tables.settings, next);
}
