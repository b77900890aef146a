import { isForgettable } from '../../domain/layer.ts';
import { type Store, tables } from '../../store/store.ts';
import { lockLayers } from './revision.ts';

/**
 * Clears what is left of drafts that were dropped before anything of them was in force. Nodes never went by them, so
 * they are told nothing. Several nodes may do it at once. @returns how many it cleared
 */
export async function forgetDroppedDrafts({ store }: { readonly store: Store }): Promise<number> {
  const nowMs = store.nowMs();
  const all = await store.read.list(tables.allLayers, {}, nowMs);
  const left = all.filter((layer) => isForgettable(layer, nowMs));
  if (left.length === 0) return 0;
  return store.transaction(async (tx) => {
    await lockLayers(tx);
    const found = await Promise.all(left.map(async (layer) => tx.get(tables.layers, layer)));
    const gone = found.filter((layer) => layer !== null && isForgettable(layer, tx.nowMs));
    for (const layer of gone) if (layer !== null) tx.remove(tables.layers, layer);
    return gone.length;
  });
}
