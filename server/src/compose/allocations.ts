import { type PhoneNumber, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { Allocation, ReadAllocation } from '../app/numbers/allocation.ts';

/** What is asked of the package that knows to whom ranges were given. */
type Library = {
  carrier(number: PhoneNumber): Promise<string | null>;
  geocoder(number: PhoneNumber): Promise<string | null>;
  timezones(number: PhoneNumber): Promise<string[] | null>;
};

/** An optional package: its tables are larger than all of Roost, and most never ask (see docs/wire.md). */
const PACKAGE = 'libphonenumber-geo-carrier';

/** Reads to whom the range of a number was first given. Loads the package at the first question; null without it. */
export function allocations(): ReadAllocation {
  let loading: Promise<Library | null> | null = null;
  return async (address) => {
    loading ??= import(PACKAGE).then(
      (found: Library) => found,
      () => null,
    );
    const library = await loading;
    const number = parsePhoneNumberFromString(address, { extract: false });
    if (library === null || number === undefined) return null;
    const [carrier, region, timeZones] = await Promise.all([
      library.carrier(number),
      library.geocoder(number),
      library.timezones(number),
    ]);
    return { carrier, region, timeZones: timeZones ?? [] } satisfies Allocation;
  };
}
