import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readAccessKey } from './domain/access-key.ts';
import { type Policy, STANDARD_POLICY, STRICT_POLICY } from './domain/policy.ts';
import { nearest } from './kernel/did-you-mean.ts';
import { LOG_LEVELS, type LogLevel } from './kernel/log.ts';

/** Everything that can be set, read once, checked whole, then frozen. */
export type Config = {
  readonly host: string;
  readonly port: number;
  readonly dataFolder: string;
  /** A PostgreSQL address; null for SQLite in the data folder. */
  readonly databaseUrl: string | null;
  /** The master key, 32 bytes; null when it is to be found in, or generated into, the data folder. */
  readonly secretKey: Buffer | null;
  readonly keys: { readonly live: string | null; readonly test: string | null };
  readonly publicUrl: string | null;
  readonly sandbox: 'loopback' | 'on' | 'off';
  readonly guard: 'enforce' | 'monitor' | 'monitor-live';
  readonly logLevel: LogLevel;
  /** How long a server that stops still takes requests, while proxies learn that it is not ready. */
  readonly drainMs: number;
  readonly policy: Policy;
};

export type Environment = { readonly [name: string]: string | undefined };

/** Settings that stop the start, each in one line that says what would be right. */
export class ConfigProblems extends Error {
  override readonly name = 'ConfigProblems';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

const SETTINGS = [
  'ROOST_HOST',
  'ROOST_PORT',
  'ROOST_DATA',
  'ROOST_SECRET_KEY',
  'ROOST_LIVE_KEY',
  'ROOST_TEST_KEY',
  'ROOST_PUBLIC_URL',
  'ROOST_CONFIG',
  'ROOST_GUARD',
  'ROOST_SANDBOX',
  'ROOST_LOG',
  'ROOST_DRAIN',
] as const;
/** Read by BirdBank, which may run in the same environment. */
const OF_BIRDBANK = ['ROOST_URL', 'ROOST_ACCESS_KEY'];
const USUAL_CONFIG_FILE = 'roost.config.json';

/**
 * Reads the settings of the environment and of the configuration file.
 * @throws ConfigProblems with every problem found
 */
export function readConfig(env: Environment, folder: string): Config {
  const problems: string[] = unknownNames(env);
  const read = <T>(name: string, usual: T, parse: (text: string) => T | null, right: string): T => {
    const text = env[name];
    if (text === undefined || text === '') return usual;
    const value = parse(text);
    if (value !== null) return value;
    problems.push(`${name}: ${right}${secret(name) ? '' : `; it is ${JSON.stringify(text.slice(0, 80))}`}`);
    return usual;
  };
  const databaseUrl = read<string | null>(
    'DATABASE_URL',
    null,
    postgresUrl,
    'set postgres://user@host:5432/database',
  );
  const config: Config = {
    host: read(
      'ROOST_HOST',
      '127.0.0.1',
      (text) => (/^[\w.:-]+$/.test(text) ? text : null),
      'set a host name or address',
    ),
    port: read('ROOST_PORT', 8080, port, 'set a port from 0 to 65535'),
    dataFolder: resolve(folder, env.ROOST_DATA ?? 'data'),
    databaseUrl,
    secretKey: read<Buffer | null>(
      'ROOST_SECRET_KEY',
      null,
      secretKey,
      'set 32 bytes as base64, base64url or hex',
    ),
    keys: {
      live: read<string | null>('ROOST_LIVE_KEY', null, accessKey('live'), keyRight('live')),
      test: read<string | null>('ROOST_TEST_KEY', null, accessKey('test'), keyRight('test')),
    },
    publicUrl: read<string | null>(
      'ROOST_PUBLIC_URL',
      null,
      publicUrl,
      'set an address such as https://verify.example.com, without a query',
    ),
    sandbox: read(
      'ROOST_SANDBOX',
      'loopback',
      oneOf(['loopback', 'on', 'off']),
      'set on or off, or leave it out to serve the phone on loopback alone',
    ),
    guard: read(
      'ROOST_GUARD',
      'enforce',
      oneOf(['enforce', 'monitor', 'monitor-live']),
      'set enforce, monitor or monitor-live',
    ),
    logLevel: read<LogLevel>('ROOST_LOG', 'info', oneOf(LOG_LEVELS), `set one of ${LOG_LEVELS.join(', ')}`),
    drainMs: read('ROOST_DRAIN', 1_000, drain, 'set seconds from 0 to 5, such as 2 or 0.5'),
    policy: readPolicy(env, folder, problems),
  };
  if (
    databaseUrl !== null &&
    config.secretKey === null &&
    !problems.some((line) => line.startsWith('ROOST_SECRET_KEY'))
  ) {
    problems.push('ROOST_SECRET_KEY: set it, the same on every node, when DATABASE_URL is set');
  }
  if (problems.length > 0) throw new ConfigProblems(problems);
  return Object.freeze(config);
}

function unknownNames(env: Environment): string[] {
  const known: readonly string[] = [...SETTINGS, ...OF_BIRDBANK];
  return Object.keys(env)
    .filter((name) => name.startsWith('ROOST_') && !known.includes(name))
    .map((name) => {
      const meant = nearest(name, SETTINGS);
      return `${name}: there is no such setting${meant === null ? '' : `; did you mean ${meant}?`}`;
    });
}

const secret = (name: string): boolean => /KEY|DATABASE_URL/.test(name);

const port = (text: string): number | null =>
  /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : null;

const drain = (text: string): number | null =>
  /^\d(\.\d)?$/.test(text) && Number(text) <= 5 ? Number(text) * 1000 : null;

function oneOf<T extends string>(options: readonly T[]): (text: string) => T | null {
  return (text) => options.find((option) => option === text) ?? null;
}

function postgresUrl(text: string): string | null {
  return /^postgres(?:ql)?:\/\//.test(text) ? text : null;
}

function publicUrl(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const plain = url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  return plain && /^https?:$/.test(url.protocol) ? url.href.replace(/\/+$/, '') : null;
}

function secretKey(text: string): Buffer | null {
  const trimmed = text.trim();
  const encoding = /^[0-9a-f]{64}$/i.test(trimmed) ? 'hex' : 'base64url';
  if (encoding === 'base64url' && !/^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed)) return null;
  const key = Buffer.from(trimmed, encoding);
  return key.length === 32 && new Set(key).size > 4 ? key : null;
}

const accessKey = (mode: 'live' | 'test') => (text: string) =>
  readAccessKey(text)?.mode === mode ? text : null;

const keyRight = (mode: string): string =>
  `set ${mode}_ and at least 20 letters and digits (a key that Roost made with all of its characters)`;

const PROFILES = { standard: STANDARD_POLICY, strict: STRICT_POLICY } as const;

/** The `policy` of the configuration file. */
function readPolicy(env: Environment, folder: string, problems: string[]): Policy {
  const file = resolve(folder, env.ROOST_CONFIG ?? USUAL_CONFIG_FILE);
  if (!existsSync(file)) {
    if (env.ROOST_CONFIG !== undefined) problems.push(`ROOST_CONFIG: there is no file ${env.ROOST_CONFIG}`);
    return STANDARD_POLICY;
  }
  const content = readObject(file, problems);
  for (const name of Object.keys(content)) {
    if (name !== 'policy' && name !== '$schema') problems.push(unknownIn(name, ['policy']));
  }
  const policy = content.policy === undefined ? {} : content.policy;
  if (typeof policy !== 'object' || policy === null || Array.isArray(policy)) {
    problems.push('policy: set an object, such as { "profile": "strict" }');
    return STANDARD_POLICY;
  }
  return policyOf(policy as Record<string, unknown>, problems);
}

function policyOf(given: Record<string, unknown>, problems: string[]): Policy {
  const names = ['profile', 'maxAttempts', 'longestTimeoutSeconds'];
  for (const name of Object.keys(given)) {
    if (!names.includes(name))
      problems.push(
        unknownIn(
          `policy.${name}`,
          names.map((known) => `policy.${known}`),
        ),
      );
  }
  const profile = given.profile === undefined ? 'standard' : given.profile;
  if (profile !== 'standard' && profile !== 'strict') problems.push('policy.profile: set standard or strict');
  const base = PROFILES[profile === 'strict' ? 'strict' : 'standard'];
  const whole = (name: 'maxAttempts' | 'longestTimeoutSeconds', least: number, most: number): number => {
    const value = given[name];
    if (value === undefined) return base[name];
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
    problems.push(`policy.${name}: set a whole number from ${least} to ${most}`);
    return base[name];
  };
  return {
    ...base,
    maxAttempts: whole('maxAttempts', 1, 10),
    longestTimeoutSeconds: whole('longestTimeoutSeconds', 30, base.longestTimeoutSeconds),
  };
}

function readObject(file: string, problems: string[]): Record<string, unknown> {
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof content === 'object' && content !== null && !Array.isArray(content)) {
      return content as Record<string, unknown>;
    }
    problems.push(`${file}: it must hold one JSON object`);
  } catch (error) {
    problems.push(`${file}: ${error instanceof SyntaxError ? 'it is not valid JSON' : 'it cannot be read'}`);
  }
  return {};
}

function unknownIn(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  return `${name}: there is no such setting${meant === null ? '' : `; did you mean ${meant}?`}`;
}
