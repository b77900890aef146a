import type { Channel } from '../../domain/message.ts';
import {
  changedFaults,
  type FaultChange,
  inForce,
  isMet,
  type SandboxFault,
} from '../../domain/sandbox-faults.ts';
import type { Random } from '../../kernel/random.ts';
import { type Store, type Transaction, tables } from '../../store/store.ts';
import type { Audit } from '../audit.ts';

/** Faults of the sandbox, as the store holds them for every node. */
export type Faults = {
  /** The fault that one sending over this channel meets, as of the last `refresh`; null for none. */
  meet(channel: Channel): SandboxFault | null;
  /** Those in force now, read from the store. */
  list(): Promise<readonly SandboxFault[]>;
  /** Switches faults on and off; `note` writes down who did, in the same transaction. */
  change(change: FaultChange, note?: (tx: Transaction) => void): Promise<void>;
  /** Called often enough that every node obeys within a second. */
  refresh(): Promise<void>;
};

const NAME = 'sandbox-faults';

/** @param changed told once a change is committed */
export function createFaults(
  { store, random }: { readonly store: Store; readonly random: Random },
  changed: () => void,
): Faults {
  let known: readonly SandboxFault[] = [];
  const refresh = async (): Promise<void> => {
    known = faultsIn(await store.read.get(tables.settings, { name: NAME }));
  };
  return {
    refresh,
    meet(channel) {
      if (known.length === 0) return null;
      const fault = inForce(known, store.nowMs()).find((one) => one.channel === channel);
      return fault !== undefined && isMet(fault, random.below(100)) ? fault : null;
    },
    async list() {
      await refresh();
      return inForce(known, store.nowMs());
    },
    async change(change, note) {
      await store.transaction(async (tx) => {
        const found = await tx.get(tables.settings, { name: NAME });
        const value = JSON.stringify(changedFaults(faultsIn(found), change, tx.nowMs));
        if (found === null) tx.insert(tables.settings, { name: NAME, value });
        else tx.update(tables.settings, { name: NAME, value });
        note?.(tx);
      });
      await refresh();
      changed();
    },
  };
}

/** Writes down which faults were switched, and by whom: an operator, or in `by` whoever else it was. */
export function noteFaults(
  audit: Audit,
  tx: Transaction,
  change: FaultChange,
  { actor, by }: { readonly actor: string | null; readonly by?: string },
): void {
  const kind = change.faults[0]?.kind ?? 'none';
  const result = by === undefined ? kind : `${kind}, ${by}`;
  audit.note(tx, { actor, action: 'sandbox.faults', object: change.channels.join(', '), result });
}

const faultsIn = (setting: { readonly value: string } | null): readonly SandboxFault[] =>
  setting === null ? [] : (JSON.parse(setting.value) as SandboxFault[]);
