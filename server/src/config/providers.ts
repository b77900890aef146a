import { nearest } from '../kernel/did-you-mean.ts';
import { isObject } from './reading.ts';

/** A provider as the configuration names it; what lies in `given` is for its kind to read. It may hold secrets. */
export type ProviderConfig = {
  readonly id: string;
  readonly kind: string;
  /** All of its object, with the environment filled in. */
  readonly given: Readonly<Record<string, unknown>>;
};

/** Kinds of providers, each of which reads its own settings (see providers/kinds.ts). */
export type ProviderReaders = {
  readonly [kind: string]: {
    read(given: Readonly<Record<string, unknown>>, at: string, problems: string[]): unknown;
    /** Names of settings whose values are never shown. */
    readonly secrets?: readonly string[];
  };
};

/** The provider that is always there, and sends nothing. */
export const SANDBOX = 'sandbox';

const NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;

/** The part `providers`. `readers` judge the settings of each kind; without them only names and kinds are. */
export function readProviders(
  given: unknown,
  readers: ProviderReaders | null,
  problems: string[],
): readonly ProviderConfig[] {
  if (given === undefined) return [];
  if (!isObject(given)) {
    problems.push(
      'providers: set an object of providers by name, such as { "bird": { "kind": "messagebird" } }',
    );
    return [];
  }
  return Object.entries(given).flatMap(([id, settings]) => {
    const at = `providers.${id}`;
    if (!NAME.test(id)) {
      problems.push(`${at}: name it with up to 40 small letters, digits and dashes`);
    } else if (id === SANDBOX) {
      problems.push(`${at}: name it otherwise: the sandbox is there without being configured`);
    }
    if (!isObject(settings)) {
      problems.push(`${at}: set an object with its kind and settings`);
      return [];
    }
    const { kind } = settings;
    if (typeof kind !== 'string' || kind === '') {
      problems.push(`${at}.kind: set the kind of provider${listed(readers)}`);
      return [];
    }
    if (readers !== null) judge(kind, settings, at, readers, problems);
    return [{ id, kind, given: settings }];
  });
}

function judge(
  kind: string,
  settings: Record<string, unknown>,
  at: string,
  readers: ProviderReaders,
  problems: string[],
): void {
  const reader = Object.hasOwn(readers, kind) ? readers[kind] : undefined;
  if (reader !== undefined) {
    reader.read(settings, at, problems);
    return;
  }
  const meant = nearest(kind, Object.keys(readers));
  const hint = meant === null ? listed(readers) : `; did you mean ${meant}?`;
  problems.push(`${at}.kind: there is no such kind of provider${hint}`);
}

const listed = (readers: ProviderReaders | null): string =>
  readers === null ? '' : `: one of ${Object.keys(readers).join(', ')}`;
