import type { Config } from '../config.ts';
import type { Layer } from '../domain/layer.ts';
import type { ProviderConfig, ProviderReaders } from './providers.ts';

/** One setting in effect. No secret is in its value. */
export type Shown = { readonly name: string; readonly value: unknown; readonly source: string };

const HIDDEN = '***';
const hidden = (value: unknown): string | null => (value === null ? null : HIDDEN);

/** Every setting in effect and where it comes from, what is secret hidden. */
export const shownSettings = (config: Config, readers: ProviderReaders): readonly Shown[] => [
  ...ofEnvironment(config),
  ...ofFile(config, readers),
];

/** What operators set in the console over the file, and which version of it is in force. */
export const shownLayers = (layers: readonly Layer[]): readonly Shown[] =>
  layers
    .filter(({ version }) => version > 0)
    .toSorted((a, b) => (`${a.part} ${a.projectId}` < `${b.part} ${b.projectId}` ? -1 : 1))
    .map(({ part, projectId, version, document, atMs }) => ({
      ...{ name: `${part}.${projectId}`, value: document },
      source: `console, version ${version} since ${new Date(atMs).toISOString()}`,
    }));

/** A setting's value in one line. */
export const saidSetting = (value: unknown): string =>
  value === null ? 'not set' : typeof value === 'string' ? value : JSON.stringify(value);

function ofEnvironment(config: Config): Shown[] {
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
    ROOST_METRICS: config.metrics.served,
    ROOST_METRICS_TOKEN: hidden(config.metrics.token),
  };
  return Object.entries(values).map(([name, value]) => ({
    ...{ name, value },
    source: config.sources.environment.includes(name) ? 'environment' : 'default',
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

function ofFile(config: Config, readers: ProviderReaders): Shown[] {
  const { policy, providers, routes, prices, templates } = config;
  const source = config.sources.file ?? 'default';
  const shown = providers.map((provider) => ({
    ...{ name: `providers.${provider.id}`, value: withoutSecrets(provider, readers), source },
  }));
  return [
    { name: 'policy', value: shownPolicy(policy), source },
    ...shown,
    { name: 'routes', value: routes, source },
    { name: 'prices', value: prices.length, source },
    { name: 'templates', value: templates, source },
  ];
}

/** Metadata are renewed while Roost runs: what is set is their file. */
function shownPolicy({ webauthn, ...policy }: Config['policy']): unknown {
  const { metadata: _, metadataFile, ...rest } = webauthn;
  const metadata = metadataFile === null ? null : { file: metadataFile.path, signer: metadataFile.signer };
  return { ...policy, webauthn: { ...rest, metadata } };
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
