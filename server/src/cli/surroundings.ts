import type {
  composeRoost,
  effectOfDraft,
  examineProviders,
  layersBelow,
  openDatabase,
  openStore,
} from '../compose.ts';
import type { ProviderReaders } from '../config/providers.ts';
import type { Environment, readConfig, readGuardRules } from '../config.ts';

/** What a command is given of the world. */
export type Surroundings = {
  readonly env: Environment;
  /** Where relative paths begin. */
  readonly folder: string;
  readonly readConfig: typeof readConfig;
  readonly readGuardRules: typeof readGuardRules;
  /** What judges the settings of providers; loading it loads the house. */
  readonly providerReaders: () => Promise<ProviderReaders>;
  readonly composeRoost: typeof composeRoost;
  readonly openStore: typeof openStore;
  readonly openDatabase: typeof openDatabase;
  readonly examineProviders: typeof examineProviders;
  readonly layersBelow: typeof layersBelow;
  readonly effectOfDraft: typeof effectOfDraft;
  /** Asks whoever sits there; null when nobody answers any more. */
  readonly ask: (question: string) => Promise<string | null>;
  readonly print: (text: string) => void;
  readonly complain: (text: string) => void;
  /** Writes to standard output and waits until it was taken. */
  readonly write: (bytes: Buffer) => Promise<void>;
};
