/** As `guard/note.ts` writes it: a subject among others. */
const COUNTRY = /[|,!~]country=([A-Z]{2})/;

/** The country of the number (ISO 3166-1) in the guard's note, read without the rest; null when there is none. */
export const countryIn = (note: string | null): string | null =>
  note === null ? null : (COUNTRY.exec(note)?.[1] ?? null);
