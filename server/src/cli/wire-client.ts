import { WrongUsage } from './command.ts';
import { reachable } from './reachable.ts';
import { readSettings } from './store-tools.ts';
import type { Surroundings } from './surroundings.ts';

// biome-ignore lint/suspicious/noExplicitAny: objects of the wire
export type Wire = any;
export type Client = (method: string, path: string, body?: object) => Promise<Wire>;

const PATIENCE_MS = 10_000;

/** Speaks to a Roost that runs, with the key of the environment. What is refused is thrown in the words of the API. */
export function clientOf(surroundings: Surroundings): Client {
  const { env } = surroundings;
  const { host, port } = readSettings(surroundings);
  const base = (env.ROOST_URL ?? `http://${reachable(host)}:${port}`).replace(/\/+$/, '');
  const key = [env.ROOST_ACCESS_KEY, env.ROOST_LIVE_KEY, env.ROOST_TEST_KEY].find(
    (each) => (each ?? '') !== '',
  );
  if (key === undefined) {
    throw new WrongUsage('set ROOST_ACCESS_KEY to an access key of this Roost (roost keys create makes one)');
  }
  return async (method, path, body) => {
    const answer = await fetch(base + path, {
      method,
      headers: { authorization: `AccessKey ${key}`, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(PATIENCE_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch(() => {
      throw new Error(`nothing answers at ${base}; start it, or set ROOST_URL`);
    });
    const said: Wire = await answer.json().catch(() => ({}));
    if (answer.ok) return said;
    const problems = (said.errors ?? []) as readonly { description?: string; message?: string }[];
    const text = problems.map(({ description, message }) => description ?? message ?? '').join('; ');
    throw new Error(text === '' ? `${base} answers ${answer.status}` : text);
  };
}
