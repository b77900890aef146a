import type { Channel } from '../../domain/message.ts';
import type { Description } from './description.ts';

/** A value that the operator gives for a gateway, such as its key. */
export type PresetValue = {
  readonly description: string;
  /** Left out, what names it is left out too. */
  readonly isOptional?: true;
};

/** A gateway described as data. */
export type Preset = {
  readonly about: string;
  readonly channels: readonly Channel[];
  /** null where each account has an address of its own. */
  readonly baseUrl: string | null;
  readonly values: Readonly<Record<string, PresetValue>>;
  readonly description: Description;
};
