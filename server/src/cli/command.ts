import type { ParseArgsOptionsConfig } from 'node:util';
import type { Surroundings } from './surroundings.ts';

/** The words of a command line after the command's name. */
export type Given = {
  readonly words: readonly string[];
  readonly options: { readonly [name: string]: string | boolean | undefined };
  /** Whether the answer is to be one JSON object. */
  readonly isJson: boolean;
};

/** What a command has to say at its end. */
export type Told = {
  readonly json: object;
  readonly text: readonly string[];
  /** 1: what was asked about is not good. 3: the store is damaged. */
  readonly exitCode?: 0 | 1 | 3;
  /** Where standard output carries something else. */
  readonly aside?: true;
};

export type Command = {
  readonly does: string;
  /** Names of the words that must follow. */
  readonly words: readonly string[];
  readonly options: ParseArgsOptionsConfig;
  /** How each option is written, and what it does. */
  readonly optionWords: readonly (readonly [option: string, does: string])[];
  readonly more: readonly string[];
  readonly examples: readonly string[];
  /** Answers what to say; null when it has said everything itself. */
  run(surroundings: Surroundings, given: Given): Promise<Told | null>;
};

/** The command line asks for something that cannot be. */
export class WrongUsage extends Error {
  override readonly name = 'WrongUsage';
}

export const NO_OPTIONS = { options: {}, optionWords: [] } as const;
