import type { composeRoost } from '../compose.ts';
import type { Environment, readConfig } from '../config.ts';

/** What a command is given of the world. */
export type Surroundings = {
  readonly env: Environment;
  /** Where relative paths begin. */
  readonly folder: string;
  readonly readConfig: typeof readConfig;
  readonly composeRoost: typeof composeRoost;
  readonly print: (text: string) => void;
  readonly complain: (text: string) => void;
};
