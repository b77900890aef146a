import { type Layer, type LayerKey, type LayerVersion, noLayer } from '../../domain/layer.ts';
import { type Store, tables } from '../../store/store.ts';

type Reading = { readonly store: Pick<Store, 'read' | 'nowMs'> };

/** All that operators set over the configuration file. */
export const readLayers = ({ store }: Reading): Promise<readonly Layer[]> =>
  store.read.list(tables.allLayers, {}, store.nowMs());

/** Those of them that nodes go by; drafts that are only kept may be many, and are nothing to them. */
export const readCounting = ({ store }: Reading): Promise<readonly Layer[]> =>
  store.read.list(tables.countingLayers, {}, store.nowMs());

/** What was set over one part for one project; an empty layer where nothing ever was. */
export const readLayer = async ({ store }: Reading, key: LayerKey): Promise<Layer> =>
  (await store.read.get(tables.layers, key)) ?? noLayer(key);

/** The newest 50 versions, the newest first. */
export async function versionsOf({ store }: Reading, key: LayerKey): Promise<readonly LayerVersion[]> {
  const found = await store.read.list(tables.versionsOfLayer, key, store.nowMs());
  return found.toSorted((a, b) => b.version - a.version);
}
