import type { composeRoost, openDatabase, openStore } from '../compose.ts';
import type { Environment, readConfig } from '../config.ts';

/** What a command is given of the world. */
export type Surroundings = {
  readonly env: Environment;
  /** Where relative paths begin. */
  readonly folder: string;
  readonly readConfig: typeof readConfig;
  readonly composeRoost: typeof composeRoost;
  readonly openStore: typeof openStore;
  readonly openDatabase: typeof openDatabase;
  readonly print: (text: string) => void;
  readonly complain: (text: string) => void;
  /** Writes to standard output and waits until it was taken. */
  readonly write: (bytes: Buffer) => Promise<void>;
};
