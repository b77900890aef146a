import type { Problem } from '../../kernel/failure.ts';

/** The apps of a project that may be given a code by the phone itself. */
export type AppPolicy = {
  /** Hosts of its web pages, such as `bank.example`, with a port where it is not 443. */
  readonly appHosts: readonly string[];
  /** Hashes of its Android apps: 11 characters that Google's SMS Retriever looks for. */
  readonly appHashes: readonly string[];
};

const HOST =
  /^(?=.{1,253}(?::|$))(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?::[1-9]\d{0,4})?$/;
const HASH = /^[A-Za-z0-9+/]{11}$/;

/** A host in lower case, with its port if it has one; null when it cannot be one (international names as `xn--`). */
export function readAppHost(typed: string): string | null {
  const host = typed.trim().toLowerCase();
  return host.length <= 259 && HOST.test(host) ? host : null;
}

export const readAppHash = (typed: string): string | null => (HASH.test(typed) ? typed : null);

/**
 * The line that hands a code to an app, `%token` in the place of the code; undefined when none is asked for. It is made
 * from what the policy lists alone: a line of somebody else's would hand codes to somebody else. A browser fills the
 * code into pages of `@host` only (Origin-bound one-time codes, WICG); Android shows the message to the app of the hash.
 */
export function lastLine(
  appHost: string | null,
  appHash: string | null,
  policy: AppPolicy,
): string | undefined | Problem {
  if (appHost !== null && appHash !== null) {
    return invalid('appHash', 'cannot stand beside appHost: each must be the last line of the message');
  }
  if (appHost !== null) {
    const host = readAppHost(appHost);
    if (host === null) {
      return invalid('appHost', 'must be a host name such as bank.example, without https:// and path');
    }
    if (!policy.appHosts.includes(host)) return invalid('appHost', unlisted('policy.appHosts'));
    return `@${host} #%token`;
  }
  if (appHash === null) return undefined;
  if (readAppHash(appHash) === null) {
    return invalid('appHash', 'must be the 11 characters that the SMS Retriever computed for your app');
  }
  return policy.appHashes.includes(appHash) ? appHash : invalid('appHash', unlisted('policy.appHashes'));
}

const unlisted = (setting: string): string => `is not listed in ${setting} of the configuration file`;

const invalid = (parameter: string, what: string): Problem => ({
  code: 'invalid_parameter',
  message: `${parameter} ${what}`,
  parameter,
});
