import type { Layer } from '../../domain/layer.ts';
import { type Store, tables } from '../../store/store.ts';
import { readCounting } from './read.ts';
import { REVISION } from './revision.ts';

/** What the configuration file and the layers over it come to, made anew whenever a layer has changed. */
export type InForce<T> = {
  /** Costs nothing: it is what was made last. */
  current(): T;
  /** Looks whether a layer has changed. Called often enough that every node goes by it within a second. */
  refresh(): Promise<void>;
};

/** @param compile made once for each change, never while a request waits for it */
export async function openInForce<T>(
  store: Pick<Store, 'read' | 'nowMs'>,
  compile: (layers: readonly Layer[]) => T,
): Promise<InForce<T>> {
  let known = await revisionIn(store);
  let made = compile(await readCounting({ store }));
  return {
    current: () => made,
    async refresh() {
      // The revision first: layers that are newer than it are read once more, older ones never stay.
      const revision = await revisionIn(store);
      if (revision === known) return;
      made = compile(await readCounting({ store }));
      known = revision;
    },
  };
}

const revisionIn = async ({ read }: Pick<Store, 'read'>): Promise<string> =>
  (await read.get(tables.settings, { name: REVISION }))?.value ?? '';
