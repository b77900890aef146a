/** What a record has of its own under a name that somebody chose: `constructor` and its like are not there. */
export const ownOf = <T>(record: { readonly [name: string]: T }, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;
