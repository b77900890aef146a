import { factsOfNumber, type NumberFacts } from '../../domain/number.ts';

/** To whom the range of a number was first given. The number may have been ported since. */
export type Allocation = {
  readonly carrier: string | null;
  readonly region: string | null;
  /** IANA time zones. */
  readonly timeZones: readonly string[];
};

/** null where no tables are installed. */
export type ReadAllocation = (address: string) => Promise<Allocation | null>;

/** All that is known of a number without asking anybody. */
export async function lookUp(
  read: ReadAllocation,
  address: string,
): Promise<NumberFacts & { readonly originalAllocation: Allocation | null }> {
  return { ...factsOfNumber(address), originalAllocation: await read(address) };
}
