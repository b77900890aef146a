import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ProviderConfig, ProviderReaders } from '../config/providers.ts';
import type { Config, Environment } from '../config.ts';
import { type Command, NO_OPTIONS } from './command.ts';

type Shown = { readonly name: string; readonly value: unknown; readonly source: string };

export const settings: Command = {
  does: 'Shows every setting in effect and where it comes from, secrets hidden',
  words: [],
  ...NO_OPTIONS,
  more: [
    'Reads the environment and the configuration file as roost serve does, and judges all of it.',
    'Ends with 1, and every problem on a line of its own, when roost serve would not start with it.',
  ],
  examples: ['roost config', 'ROOST_CONFIG=/etc/roost.json roost config --json'],
  async run({ env, folder, readConfig, providerReaders }) {
    const readers = await providerReaders();
    const config = readConfig(env, folder, readers);
    const file = resolve(folder, env.ROOST_CONFIG ?? 'roost.config.json');
    const source = existsSync(file) ? file : 'default';
    const shown = [...ofEnvironment(config, env), ...ofFile(config, readers, source)];
    const width = Math.max(...shown.map(({ name }) => name.length)) + 2;
    return {
      json: { settings: shown },
      text: shown.map(({ name, value, source: from }) => `${name.padEnd(width)}${said(value)}  (${from})`),
    };
  },
};

const said = (value: unknown): string =>
  value === null ? 'not set' : typeof value === 'string' ? value : JSON.stringify(value);

const HIDDEN = '***';
const hidden = (value: unknown): string | null => (value === null ? null : HIDDEN);

function ofEnvironment(config: Config, env: Environment): Shown[] {
  const values: { readonly [name: string]: unknown } = {
    ROOST_HOST: config.host,
    ROOST_PORT: config.port,
    ROOST_DATA: config.dataFolder,
    DATABASE_URL: withoutPassword(config.databaseUrl),
    ROOST_SECRET_KEY: hidden(config.secretKey),
    ROOST_LIVE_KEY: hidden(config.keys.live),
    ROOST_TEST_KEY: hidden(config.keys.test),
    ROOST_PUBLIC_URL: config.publicUrl,
    ROOST_SANDBOX: config.sandbox,
    ROOST_GUARD: config.guard,
    ROOST_LOG: config.logLevel,
    ROOST_DRAIN: config.drainMs / 1000,
    ROOST_WEBHOOKS: config.webhooks,
  };
  return Object.entries(values).map(([name, value]) => ({
    ...{ name, value },
    source: (env[name] ?? '') === '' ? 'default' : 'environment',
  }));
}

/** An address of a database, its password hidden; where that cannot be told apart, all of it. */
function withoutPassword(address: string | null): string | null {
  if (address === null) return null;
  if (!URL.canParse(address)) return HIDDEN;
  const url = new URL(address);
  if (url.password !== '') url.password = HIDDEN;
  for (const name of url.searchParams.keys()) if (/pass/i.test(name)) url.searchParams.set(name, HIDDEN);
  return url.href;
}

function ofFile(config: Config, readers: ProviderReaders, source: string): Shown[] {
  const { policy, providers, routes, prices, templates } = config;
  const shown = providers.map((provider) => ({
    ...{ name: `providers.${provider.id}`, value: withoutSecrets(provider, readers), source },
  }));
  return [
    { name: 'policy', value: policy, source },
    ...shown,
    { name: 'routes', value: routes, source },
    { name: 'prices', value: prices.length, source },
    { name: 'templates', value: templates, source },
  ];
}

/** What its kind calls secret is hidden, wherever it stands. Of a kind that is not known all texts are. */
function withoutSecrets({ kind, given }: ProviderConfig, readers: ProviderReaders): unknown {
  const secrets = Object.hasOwn(readers, kind) ? (readers[kind]?.secrets ?? null) : null;
  const mask = (value: unknown, name: string): unknown => {
    if (name !== 'kind' && (secrets === null || secrets.includes(name))) return HIDDEN;
    if (Array.isArray(value)) return value.map((each) => mask(each, ''));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, mask(each, key)]));
  };
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, mask(value, name)]));
}
