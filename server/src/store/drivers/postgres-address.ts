import type { ClientConfig } from 'pg';

/** Where a PostgreSQL is, read from `DATABASE_URL`. */
export type Address = {
  /** How to reach each host, in the order of the URL. */
  readonly hosts: readonly { readonly name: string; readonly client: ClientConfig }[];
  /** Connections for questions, beside the one that writes. */
  readonly readers: number;
};

const CONNECT_TIMEOUT_S = 3;
const READERS = 2;
const MOST_READERS = 64;

const UNENCODED = 'set postgres://user@host:5432/database, with / ? # and @ of a password percent-encoded';

/**
 * Reads `postgres://user:password@host:port,host:port/database?settings`. Beside the driver's own settings it knows
 * `target_session_attrs` (`read-write`, `primary` or `any`: Roost always looks for the host that can be written
 * to), `connect_timeout` (seconds for each host) and `readers` (connections for questions). `sslmode` means what it
 * means to libpq.
 * @throws Error in words for the operator, without the password
 */
export function readAddress(url: string): Address {
  const parts = /^postgres(?:ql)?:\/\/([^/?]*)(\/[^?]*)?(?:\?(.*))?$/.exec(url);
  if (parts === null) throw wrong('set postgres://user@host:5432/database');
  const [, authority = '', path = '/', search = ''] = parts;
  const at = authority.lastIndexOf('@');
  if (at < 0 && `${path}${search}`.includes('@')) throw wrong(UNENCODED);
  const user = authority.slice(0, at + 1);
  const names = authority.slice(at + 1).split(',');
  const settings = new URLSearchParams(search);
  const own = ownSettings(settings);
  if (settings.has('sslmode') && !settings.has('uselibpqcompat')) settings.set('uselibpqcompat', 'true');
  const rest = settings.size === 0 ? '' : `?${settings}`;
  return {
    readers: own.readers,
    hosts: names.map((name) => {
      const address = `postgres://${user}${name}${path}${rest}`;
      if (!URL.canParse(address.replace('///', '//localhost/')))
        // Not named: with an unencoded / or ? in the password, what looks like a host is a part of it.
        throw wrong(UNENCODED);
      const client = {
        connectionString: address,
        connectionTimeoutMillis: own.connectTimeoutS * 1000,
        fallback_application_name: 'roost',
      };
      return { name: name === '' ? (settings.get('host') ?? 'localhost') : name, client };
    }),
  };
}

/** Takes the settings that are Roost's own out of those of the driver. */
function ownSettings(settings: URLSearchParams): {
  readonly readers: number;
  readonly connectTimeoutS: number;
} {
  const take = (name: string): string | null => {
    const value = settings.get(name);
    settings.delete(name);
    return value;
  };
  const whole = (name: string, usual: number, most: number): number => {
    const text = take(name);
    const value = text === null ? usual : Number(text);
    if (Number.isInteger(value) && value >= 1 && value <= most) return value;
    throw wrong(`${name} must be a whole number from 1 to ${most}`);
  };
  const oneOf = (name: string, options: readonly string[], usual: string): string => {
    const value = take(name) ?? usual;
    if (options.includes(value)) return value;
    throw wrong(`${name} must be one of ${options.join(', ')}`);
  };
  oneOf('target_session_attrs', ['read-write', 'primary', 'any'], 'read-write');
  return {
    readers: whole('readers', READERS, MOST_READERS),
    connectTimeoutS: whole('connect_timeout', CONNECT_TIMEOUT_S, 60),
  };
}

const wrong = (what: string): Error => new Error(`DATABASE_URL: ${what}`);
