import { dateIn } from './date.ts';
import { RoostError } from './errors.ts';
import type { Answer } from './transport.ts';

/** Reads one value of an answer; throws `Unfit` when it is not what it must be. */
export type Reader<T> = (value: unknown) => T;
export type ReadAs<R> = R extends Reader<infer T> ? T : never;

class Unfit extends Error {}
export const isUnfit = (error: unknown): boolean => error instanceof Unfit;

/** What an answer holds. @throws RoostError `unexpected` when it is not that */
export function readAnswer<T>({ body, headers }: Answer, what: string, reader: Reader<T>): T {
  try {
    return reader(body);
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    throw new RoostError('unexpected', `The answer holds no ${what}`, {
      requestId: headers.get('request-id'),
    });
  }
}

export const text: Reader<string> = (value) => (typeof value === 'string' ? value : unfit());

export const whole: Reader<number> = (value) =>
  typeof value === 'number' && Number.isSafeInteger(value) ? value : unfit();

export const truth: Reader<boolean> = (value) => (typeof value === 'boolean' ? value : unfit());

export const moment: Reader<Date> = (value) => dateIn(value) ?? unfit();

export const oneOf =
  <const T extends string | number>(...options: readonly T[]): Reader<T> =>
  (value) =>
    options.find((option) => option === value) ?? unfit();

/** Null when it is null or not there. */
export const orNull =
  <T>(reader: Reader<T>): Reader<T | null> =>
  (value) =>
    value === null || value === undefined ? null : reader(value);

export const listOf =
  <T>(reader: Reader<T>): Reader<readonly T[]> =>
  (value) =>
    Array.isArray(value) ? value.map(reader) : unfit();

type Shape = { readonly [name: string]: Reader<unknown> };
type Shaped<S extends Shape> = { readonly [name in keyof S]: ReadAs<S[name]> };

/** What a newer Roost says besides is left out. */
export const objectOf =
  <S extends Shape>(shape: S): Reader<Shaped<S>> =>
  (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return unfit();
    const given = value as { readonly [name: string]: unknown };
    const read = Object.entries(shape).map(([name, reader]) => [name, reader(given[name])]);
    return Object.fromEntries(read) as Shaped<S>;
  };

/** One of several shapes, told apart by the field `by`. */
export const byField =
  <T>(by: string, readers: { readonly [value: string]: Reader<T> }): Reader<T> =>
  (value) => {
    if (typeof value !== 'object' || value === null) return unfit();
    const told = (value as { readonly [name: string]: unknown })[by];
    const reader = typeof told === 'string' && Object.hasOwn(readers, told) ? readers[told] : undefined;
    return (reader ?? unfit)(value);
  };

function unfit(): never {
  throw new Unfit();
}

const ID = /^[A-Za-z0-9_-]{1,64}$/;

/** An id as a part of a path. An empty or dotted one would reach another endpoint. */
export function idIn(id: string, what: string): string {
  if (typeof id === 'string' && ID.test(id)) return id;
  throw new TypeError(`${what} must be the id of a ${what}: letters and digits`);
}

const NAME = /^[A-Za-z0-9._~@:+-]{1,128}$/;

/** Your own id of a user as a part of a path; `.` and `..` would reach another endpoint. */
export function userIn(user: string): string {
  if (typeof user === 'string' && NAME.test(user) && !/^\.{1,2}$/.test(user)) return encodeURIComponent(user);
  throw new TypeError('user must be your own id of the user: 1 to 128 letters, digits and . _ ~ @ : + -');
}

/** A code must be text. @throws TypeError */
export function codeIn(code: string): string {
  if (typeof code === 'string') return code;
  throw new TypeError('a code must be text: as a number it would lose zeros');
}
