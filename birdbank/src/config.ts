import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { nearest } from './did-you-mean.ts';

export type Config = {
  readonly port: number;
  readonly dataFolder: string;
  /** Where Roost is, without a slash at the end. */
  readonly roostUrl: string;
  readonly accessKey: string;
  /** Addresses and networks of proxies whose headers are believed. */
  readonly trustProxy: readonly string[];
  /** The host that browsers see, with its port where that is not 443; null: codes name none. */
  readonly appHost: string | null;
};
export type Environment = { readonly [name: string]: string | undefined };

/** Settings that stop the start: a line for each, which says what would be right. */
export class ConfigProblems extends Error {
  override readonly name = 'ConfigProblems';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

const OWN_SETTINGS = ['BIRDBANK_PORT', 'BIRDBANK_DATA', 'BIRDBANK_TRUST_PROXY', 'BIRDBANK_APP_HOST'];

/**
 * Reads BirdBank's settings. Relative paths begin at `folder`.
 * @throws ConfigProblems with every problem found
 */
export function readConfig(env: Environment, folder: string): Config {
  const problems = unknownSettings(env);
  const read = <T>(
    name: string,
    usual: string | null,
    parse: (text: string) => T | null,
    right: string,
  ): T => {
    const text = env[name] || usual;
    const value = text === null ? null : parse(text);
    if (value !== null) return value;
    problems.push(`${name}: ${right}`);
    return undefined as T; // never seen: a problem stops the start
  };
  const config: Config = {
    port: read('BIRDBANK_PORT', '5000', port, 'set a port from 0 to 65535'),
    dataFolder: resolve(folder, env.BIRDBANK_DATA || `${env.ROOST_DATA || 'data'}/birdbank`),
    roostUrl: read(
      'ROOST_URL',
      'http://localhost:8080',
      httpUrl,
      'set the address of Roost, such as http://localhost:8080',
    ),
    accessKey: read(
      'ROOST_ACCESS_KEY',
      null,
      accessKey,
      'set an access key of Roost, live_… or test_…, in the environment or in the file .env; `npm start` prints two',
    ),
    trustProxy: read(
      'BIRDBANK_TRUST_PROXY',
      '',
      proxies,
      'set `loopback`, addresses or networks such as 10.0.0.0/8, with commas between them',
    ),
    appHost: env.BIRDBANK_APP_HOST
      ? read(
          'BIRDBANK_APP_HOST',
          null,
          appHost,
          'set the host that browsers see, such as bank.example or localhost:5000, without https:// and path',
        )
      : null,
  };
  if (problems.length > 0) throw new ConfigProblems(problems);
  return Object.freeze(config);
}

/** Roost's own names may stand in the same environment, and are none of our business. */
function unknownSettings(env: Environment): string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith('BIRDBANK_') && !OWN_SETTINGS.includes(name))
    .map((name) => {
      const meant = nearest(name, OWN_SETTINGS);
      const instead =
        meant === null
          ? `there are ${OWN_SETTINGS.slice(0, -1).join(', ')} and ${OWN_SETTINGS.at(-1)}`
          : `did you mean ${meant}?`;
      return `${name}: there is no such setting; ${instead}`;
    });
}

const port = (text: string): number | null =>
  /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : null;

function proxies(text: string): readonly string[] | null {
  const named = text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
  return named.every(isProxy) ? named : null;
}

function isProxy(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  if (text === 'loopback') return true;
  return (
    more.length === 0 && most > 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most))
  );
}

/** As Roost judges those of its `policy.appHosts`. */
function appHost(text: string): string | null {
  const host = text.toLowerCase();
  const isHost =
    /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?::[1-9]\d{0,4})?$/;
  return host.length <= 259 && isHost.test(host) ? host : null;
}

const accessKey = (text: string): string | null =>
  /^(?:live|test)_[A-Za-z0-9]{20,}$/.test(text) ? text : null;

function httpUrl(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const { protocol, username, password, search, hash, href } = new URL(text);
  const isPlain = username + password + search + hash === '' && /^https?:$/.test(protocol);
  return isPlain ? href.replace(/\/+$/, '') : null;
}
