import type { Dialect } from './dialect.ts';

/** Access keys that end by themselves, and when each was last used. */
export const accessKeySchema = ({ types: { int } }: Dialect): readonly string[] => [
  `ALTER TABLE access_keys ADD COLUMN expires_at_ms ${int}`,
  `ALTER TABLE access_keys ADD COLUMN last_used_at_ms ${int}`,
];

/** What access keys open. Those that are there keep opening everything. */
export const keyScopeSchema = ({ types: { text } }: Dialect): readonly string[] => [
  `ALTER TABLE access_keys ADD COLUMN scopes ${text}`,
];
