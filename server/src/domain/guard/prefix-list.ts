/** Beginnings of numbers in E.164, and how long they are. */
export type PrefixList = { readonly lengths: readonly number[]; readonly prefixes: ReadonlySet<string> };

export function listOf(prefixes: readonly string[]): PrefixList {
  const lengths = [...new Set(prefixes.map(({ length }) => length))];
  return { lengths, prefixes: new Set(prefixes) };
}

export const isListed = ({ lengths, prefixes }: PrefixList, address: string): boolean =>
  lengths.some((length) => prefixes.has(address.slice(0, length)));
