import { nearest } from '../kernel/did-you-mean.ts';

/** JSON Schema of one setting: for the published schema of the configuration, and for editors. */
export type Schema = Readonly<Record<string, unknown>>;

/** One setting of a provider: what it may be, how it is read, and whether it must never be shown. */
export type Setting<T> = {
  readonly schema: Schema;
  readonly secret: boolean;
  /** What holds when it is left out; null when it must be given. */
  readonly usual: { readonly value: T } | null;
  /** Reads a given value. Notes what is wrong, with what would be right, and then answers undefined. */
  read(value: unknown, at: string, problems: string[]): T | undefined;
};

export type Fields = { readonly [name: string]: Setting<unknown> };
export type SettingsOf<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends Setting<infer T> ? T : never;
};

/**
 * Reads the settings under `at` (such as `providers.bird`) and notes every problem in one line each; null when
 * there was one. `passed` are names that somebody else reads.
 */
export function readSettings<F extends Fields>(
  fields: F,
  given: Readonly<Record<string, unknown>>,
  at: string,
  problems: string[],
  passed: readonly string[] = [],
): SettingsOf<F> | null {
  const before = problems.length;
  const names = Object.keys(fields);
  for (const name of Object.keys(given)) {
    if (names.includes(name) || passed.includes(name)) continue;
    const meant = nearest(name, [...names, ...passed]);
    problems.push(
      `${at}.${name}: there is no such setting${meant === null ? '' : `; did you mean ${at}.${meant}?`}`,
    );
  }
  const settings: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(fields)) {
    const value = given[name];
    if (value !== undefined && value !== null)
      settings[name] = setting.read(value, `${at}.${name}`, problems);
    else if (setting.usual !== null) settings[name] = setting.usual.value;
    else problems.push(`${at}.${name}: set it: ${String(setting.schema.description)}`);
  }
  return problems.length === before ? (settings as SettingsOf<F>) : null;
}

/** The JSON Schema of an object with these settings. */
export function schemaOf(fields: Fields, description: string): Schema {
  return {
    type: 'object',
    description,
    additionalProperties: false,
    properties: Object.fromEntries(Object.entries(fields).map(([name, { schema }]) => [name, schema])),
    required: Object.entries(fields)
      .filter(([, { usual }]) => usual === null)
      .map(([name]) => name),
  };
}

/** The names that must never be shown. */
export const secretsOf = (fields: Fields): string[] =>
  Object.entries(fields)
    .filter(([, { secret }]) => secret)
    .map(([name]) => name);

function setting<T>(
  schema: Schema,
  right: string,
  parse: (value: unknown) => T | undefined,
  secret = false,
): Setting<T> {
  return {
    schema,
    secret,
    usual: null,
    read(value, at, problems) {
      const parsed = parse(value);
      if (parsed === undefined) problems.push(`${at}: ${right}`);
      return parsed;
    },
  };
}

/** Text of one line. `pattern` is what it must look like, `right` what to say when it does not. */
export function text(description: string, pattern?: RegExp, right?: string): Setting<string> {
  const schema = {
    type: 'string',
    description,
    minLength: 1,
    maxLength: MOST_TEXT,
    ...(pattern === undefined ? {} : { pattern: pattern.source }),
  };
  return setting(schema, right ?? `set ${description}`, (value) =>
    typeof value === 'string' && isLine(value) && (pattern === undefined || pattern.test(value))
      ? value
      : undefined,
  );
}

/** Text that must never be shown: its problem says nothing of the value. */
export function secretText(description: string, pattern?: RegExp, right?: string): Setting<string> {
  return { ...text(description, pattern, right), secret: true };
}

/** A secret of several lines, such as a private key in PEM. */
export function secretLines(description: string, isRight: (value: string) => boolean): Setting<string> {
  const schema = { type: 'string', description, minLength: 1, maxLength: 16_384 };
  return setting(
    schema,
    `set ${description}`,
    (value) => (typeof value === 'string' && value.length <= 16_384 && isRight(value) ? value : undefined),
    true,
  );
}

/**
 * The base of an API's addresses. TLS is wanted unless the address says `http://` itself, which is for
 * gateways in the operator's own network.
 */
export function baseUrl(usual: string, description: string): Setting<string> {
  const schema = { type: 'string', format: 'uri', pattern: '^https?://', default: usual, description };
  const right = `set an address such as ${usual}, without user, query or fragment`;
  return { ...setting(schema, right, readBaseUrl), usual: { value: usual } };
}

export function wholeNumber(
  description: string,
  least: number,
  most: number,
  usual: number,
): Setting<number> {
  const schema = { type: 'integer', minimum: least, maximum: most, default: usual, description };
  const parse = (value: unknown) =>
    typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
      ? value
      : undefined;
  return {
    ...setting(schema, `set a whole number from ${least} to ${most}`, parse),
    usual: { value: usual },
  };
}

export function choice<const T extends string>(description: string, options: readonly T[]): Setting<T> {
  return setting({ enum: [...options], description }, `set one of ${options.join(', ')}`, (value) =>
    options.find((option) => option === value),
  );
}

/** A list without repetitions of at least one of `options`. */
export function choices<const T extends string>(
  description: string,
  options: readonly T[],
): Setting<readonly T[]> {
  const schema = {
    type: 'array',
    items: { enum: [...options] },
    minItems: 1,
    uniqueItems: true,
    description,
  };
  return setting(schema, `set a list of one or more of ${options.join(', ')}`, (value) => {
    if (!Array.isArray(value) || value.length === 0 || new Set(value).size !== value.length) return undefined;
    const found = options.filter((option) => value.includes(option));
    return found.length === value.length ? found : undefined;
  });
}

/** A setting that may be left out and is null then. */
export const optional = <T>(of: Setting<T>): Setting<T | null> => ({ ...of, usual: { value: null } });

/** A setting that has a usual value. */
export const usually = <T>(of: Setting<T>, value: T): Setting<T> => ({
  ...of,
  schema: { ...of.schema, default: value },
  usual: { value },
});

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const MOST_TEXT = 2_048;

const isLine = (value: string): boolean =>
  value !== '' && value.length <= MOST_TEXT && !/\p{Cc}/u.test(value) && value.trim() === value;

function readBaseUrl(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > MOST_TEXT || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  const isPlain = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  return isPlain && /^https?:$/.test(url.protocol) ? url.href.replace(/\/+$/, '') : undefined;
}
