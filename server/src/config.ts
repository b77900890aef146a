import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { readParts } from './config/file.ts';
import { namesCountries, readGuard } from './config/guard.ts';
import { readNumberLists } from './config/guard-lists.ts';
import { readStepUpPolicy } from './config/guard-step-up.ts';
import { readPolicy } from './config/policy.ts';
import { readPrices } from './config/prices.ts';
import { type ProviderConfig, type ProviderReaders, readProviders } from './config/providers.ts';
import { type Environment, isObject } from './config/reading.ts';
import { type Routes, readRoutes } from './config/routes.ts';
import { readTemplates, type Templates } from './config/templates.ts';
import { readAccessKey } from './domain/access-key.ts';
import type { Rule } from './domain/guard/rules.ts';
import type { NumberLists } from './domain/guard/signals.ts';
import type { StepUpPolicy } from './domain/guard/step-up.ts';
import type { Policy } from './domain/policy.ts';
import type { Price } from './domain/price.ts';
import { nearest } from './kernel/did-you-mean.ts';
import { LOG_LEVELS, type LogLevel } from './kernel/log.ts';
import { REACHES, type Reach } from './kernel/outbound.ts';

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
  /** What the guard judges sendings by. */
  readonly guardRules: readonly Rule[];
  /** Whether the file says to which countries codes may go. */
  readonly namesCountries: boolean;
  /** What callers may do where a crowd is refused. */
  readonly stepUp: StepUpPolicy;
  readonly numberLists: NumberLists;
  readonly logLevel: LogLevel;
  /** How long a server that stops still takes requests, while proxies learn that it is not ready. */
  readonly drainMs: number;
  /** How far webhooks may reach. */
  readonly webhooks: Reach;
  /** Who may read the metrics; whoever has the token may from anywhere, unless they are off. */
  readonly metrics: { readonly served: 'loopback' | 'on' | 'off'; readonly token: string | null };
  readonly policy: Policy;
  /** Real providers, in the order of the file. Their settings hold secrets: never show them. */
  readonly providers: readonly ProviderConfig[];
  /** null when the file names none: then every channel goes by all providers that carry it, in their order. */
  readonly routes: Routes | null;
  readonly prices: readonly Price[];
  readonly templates: Templates;
  /** Names that the environment sets, and the configuration file, null when there is none. */
  readonly sources: { readonly environment: readonly string[]; readonly file: string | null };
};

export type { Environment };

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
  'ROOST_WEBHOOKS',
  'ROOST_METRICS',
  'ROOST_METRICS_TOKEN',
] as const;
/** Read by BirdBank, which may run in the same environment. */
const OF_BIRDBANK = ['ROOST_URL', 'ROOST_ACCESS_KEY'];

/**
 * Reads the settings of the environment and of the configuration file. With `readers` the settings of every provider
 * are judged too; otherwise whoever makes the providers does.
 * @throws ConfigProblems with every problem found
 */
export function readConfig(env: Environment, folder: string, readers: ProviderReaders | null = null): Config {
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
    webhooks: read<Reach>(
      'ROOST_WEBHOOKS',
      'public',
      oneOf(REACHES),
      'set public, loopback (adds this machine, by http too) or private (adds the networks around it)',
    ),
    metrics: {
      served: read(
        'ROOST_METRICS',
        'loopback',
        oneOf(['loopback', 'on', 'off']),
        'set on or off, or leave it out to serve metrics on loopback alone',
      ),
      token: read<string | null>(
        'ROOST_METRICS_TOKEN',
        null,
        (text) => (/^[\x21-\x7e]{16,200}$/.test(text) ? text : null),
        'set 16 to 200 letters, digits and signs',
      ),
    },
    ...readFile(env, folder, readers, problems),
    sources: sourcesOf(env, folder),
  };
  if (
    databaseUrl !== null &&
    config.secretKey === null &&
    !problems.some((line) => line.startsWith('ROOST_SECRET_KEY'))
  ) {
    problems.push('ROOST_SECRET_KEY: set it, the same on every node, when DATABASE_URL is set');
  }
  if (config.guard === 'monitor' && config.providers.length > 0) {
    problems.push(
      'ROOST_GUARD: monitor refuses nothing, and a provider that costs money is configured; set enforce, or monitor-live if you mean it',
    );
  }
  if (problems.length > 0) throw new ConfigProblems(problems);
  return Object.freeze(config);
}

function sourcesOf(env: Environment, folder: string): Config['sources'] {
  const file = resolve(folder, env.ROOST_CONFIG ?? 'roost.config.json');
  const environment = [...SETTINGS, 'DATABASE_URL'].filter((name) => (env[name] ?? '') !== '');
  return { environment, file: existsSync(file) ? file : null };
}

/**
 * The rules that a part `guard` of the configuration comes to, or the one in a whole configuration.
 * @throws ConfigProblems with every problem found
 */
export function readGuardRules(content: unknown): readonly Rule[] {
  const problems: string[] = [];
  const isWhole = isObject(content) && isObject(content.guard);
  const given = isWhole ? content.guard : content;
  const rules = readGuard(given, problems);
  readStepUpPolicy(given, problems);
  readNumberLists(given, problems);
  if (problems.length > 0) throw new ConfigProblems(problems);
  return rules;
}

/** What the configuration file says. */
function readFile(
  env: Environment,
  folder: string,
  readers: ProviderReaders | null,
  problems: string[],
): Pick<
  Config,
  | 'policy'
  | 'providers'
  | 'routes'
  | 'prices'
  | 'templates'
  | 'guardRules'
  | 'namesCountries'
  | 'stepUp'
  | 'numberLists'
> {
  const parts = readParts(env, folder, problems);
  const providers = readProviders(parts.providers, readers, problems);
  const names = providers.map(({ id }) => id);
  return {
    providers,
    policy: readPolicy(parts.policy, folder, problems),
    guardRules: readGuard(parts.guard, problems),
    namesCountries: namesCountries(parts.guard),
    stepUp: readStepUpPolicy(parts.guard, problems),
    numberLists: readNumberLists(parts.guard, problems),
    routes: readRoutes(parts.routes, names, problems),
    prices: readPrices(parts.prices, names, problems),
    templates: readTemplates(parts.templates, problems),
  };
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

const secret = (name: string): boolean => /KEY|TOKEN|DATABASE_URL/.test(name);

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
