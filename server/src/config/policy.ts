import { CHANNELS, type Channel } from '../domain/message.ts';
import { MOST_NOTICE, NOTICE_EVENTS, type NoticeWords, USUAL_NOTICES } from '../domain/notice.ts';
import { ASVS_L3_POLICY, type Policy, STANDARD_POLICY, STRICT_POLICY } from '../domain/policy.ts';
import { readAppHash, readAppHost } from '../domain/words/last-line.ts';
import { isObject, noteUnknown, textsAt, wholeAt } from './reading.ts';
import { readWebauthn } from './webauthn.ts';

const PROFILES: ReadonlyMap<unknown, Policy> = new Map([
  ['standard', STANDARD_POLICY],
  ['strict', STRICT_POLICY],
  ['asvs-l3', ASVS_L3_POLICY],
]);
const NAMES = [
  'profile',
  'maxAttempts',
  'longestTimeoutSeconds',
  'failOverSeconds',
  'fallback',
  'onUndelivered',
  'notices',
  'appHosts',
  'appHashes',
  'webauthn',
] as const;

const APP_HOST = 'a host name such as bank.example, without https:// and path';
const APP_HASH = 'the 11 characters that the SMS Retriever computes for an app';

/** The part `policy` of the configuration file. Files that it names are looked for from `folder` on. */
export function readPolicy(given: unknown, folder: string, problems: string[]): Policy {
  if (given === undefined) return STANDARD_POLICY;
  if (!isObject(given)) {
    problems.push('policy: set an object, such as { "profile": "strict" }');
    return STANDARD_POLICY;
  }
  noteUnknown(given, 'policy', NAMES, problems);
  const profile = PROFILES.get(given.profile === undefined ? 'standard' : given.profile);
  if (profile === undefined) problems.push('policy.profile: set standard, strict or asvs-l3');
  const base = profile ?? STANDARD_POLICY;
  const whole = (name: (typeof NAMES)[number], least: number, most: number, usual: number) =>
    wholeAt(given, name, 'policy', { least, most, usual }, problems);
  const longest = base.longestTimeoutSeconds;
  return {
    ...base,
    maxAttempts: whole('maxAttempts', 1, 10, base.maxAttempts),
    longestTimeoutSeconds: whole('longestTimeoutSeconds', 30, longest, longest),
    notices: noticesOf(given.notices, problems),
    delivery: {
      failOverAfterMs: whole('failOverSeconds', 0, 600, base.delivery.failOverAfterMs / 1_000) * 1_000,
      fallback: fallbackOf(given, problems) ?? base.delivery.fallback,
      onUndelivered: onUndelivered(given.onUndelivered, problems) ?? base.delivery.onUndelivered,
    },
    appHosts: textsAt(given, 'appHosts', 'policy', readAppHost, APP_HOST, problems) ?? base.appHosts,
    appHashes: textsAt(given, 'appHashes', 'policy', readAppHash, APP_HASH, problems) ?? base.appHashes,
    webauthn: readWebauthn(given.webauthn, base.webauthn, folder, problems),
  };
}

/** `off`, or words of the operator's own in the place of ours. */
function noticesOf(given: unknown, problems: string[]): NoticeWords | null {
  if (given === undefined) return USUAL_NOTICES;
  if (given === 'off') return null;
  if (!isObject(given)) {
    problems.push('policy.notices: set "off", or an object of texts');
    return USUAL_NOTICES;
  }
  noteUnknown(given, 'policy.notices', NOTICE_EVENTS, problems);
  const odd = NOTICE_EVENTS.filter((event) => given[event] !== undefined && !isNotice(given[event]));
  for (const event of odd) {
    problems.push(`policy.notices.${event}: set one line of 1 to ${MOST_NOTICE} characters`);
  }
  return odd.length > 0 ? USUAL_NOTICES : { ...USUAL_NOTICES, ...(given as Partial<NoticeWords>) };
}

const isNotice = (value: unknown): value is string =>
  typeof value === 'string' && value.trim() !== '' && value.length <= MOST_NOTICE && !/\p{C}/u.test(value);

function fallbackOf(given: Record<string, unknown>, problems: string[]): readonly Channel[] | null {
  const { fallback } = given;
  if (Array.isArray(fallback) && fallback.length === 0) return [];
  const channel = (text: string) => CHANNELS.find((one) => one === text) ?? null;
  return textsAt(given, 'fallback', 'policy', channel, `one of ${CHANNELS.join(', ')}`, problems);
}

function onUndelivered(value: unknown, problems: string[]): Policy['delivery']['onUndelivered'] | undefined {
  if (value === undefined || value === 'next-route' || value === 'fail') return value;
  problems.push('policy.onUndelivered: set next-route or fail');
  return undefined;
}
