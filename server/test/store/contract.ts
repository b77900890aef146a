import type { TestContext } from 'node:test';
import type { Store } from '../../src/store/store.ts';
import type { SqlValue } from '../../src/store/table.ts';
import { durabilityContract } from './contract-durability.ts';
import { isolationContract } from './contract-isolation.ts';
import { talliesContract } from './contract-tallies.ts';
import { valuesContract } from './contract-values.ts';

/** A store of a fresh database, and ways to it that do not lead through the store. */
export type Opened = {
  readonly store: Store;
  /** Asks over a connection of its own. */
  look(sql: string, values?: readonly SqlValue[]): Promise<readonly (readonly unknown[])[]>;
  /** Changes one setting over a connection of its own and leaves that transaction open, until the answer is called. */
  hold(name: string): Promise<() => Promise<void>>;
  /** Closes the store, and opens the same database again. */
  reopen(): Promise<Store>;
};
export type Open = (t: TestContext) => Promise<Opened>;

/** What every database must do to carry a Roost: the promises of `Store`, `Transaction` and `Reader`, a test each. */
export function storeContract(database: string, open: Open): void {
  durabilityContract(database, open);
  isolationContract(database, open);
  talliesContract(database, open);
  valuesContract(database, open);
}
