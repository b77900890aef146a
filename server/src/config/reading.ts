import { nearest } from '../kernel/did-you-mean.ts';

export type Environment = { readonly [name: string]: string | undefined };

type Given = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** One line about a name that means nothing, with the known one it may have meant. */
export function unknownName(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  return `${name}: there is no such setting${meant === null ? '' : `; did you mean ${meant}?`}`;
}

/** Notes every name of the object at `path` that is not known. */
export function noteUnknown(given: Given, path: string, known: readonly string[], problems: string[]): void {
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    problems.push(
      unknownName(
        `${path}.${name}`,
        known.map((one) => `${path}.${one}`),
      ),
    );
  }
}

/** A whole number within bounds; `usual` when it is left out or wrong, which is noted. */
export function wholeAt(
  given: Given,
  name: string,
  path: string,
  bounds: { readonly least: number; readonly most: number; readonly usual: number },
  problems: string[],
): number {
  const value = given[name];
  const { least, most, usual } = bounds;
  if (value === undefined) return usual;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  problems.push(`${path}.${name}: set a whole number from ${least} to ${most}`);
  return usual;
}

/** The texts of a text or a list of texts that all `parse` takes; null when it is left out, or wrong and noted. */
export function textsAt<T extends string>(
  given: Given,
  name: string,
  path: string,
  parse: (text: string) => T | null,
  right: string,
  problems: string[],
): readonly T[] | null {
  const value = given[name];
  if (value === undefined) return null;
  const texts: readonly unknown[] = Array.isArray(value) ? value : [value];
  const parsed = texts.map((text) => (typeof text === 'string' ? parse(text) : null));
  const isGood = parsed.length > 0 && parsed.length <= 1_000 && new Set(parsed).size === parsed.length;
  if (isGood && parsed.every((text) => text !== null)) return parsed as readonly T[];
  problems.push(`${path}.${name}: set ${right}, or a list of such`);
  return null;
}
