import { errorOf, RoostError } from './errors.ts';

export type RoostOptions = {
  /** Where Roost is, such as `http://localhost:8080`; a path in front of the API may be part of it. */
  readonly url: string;
  /** `live_…` or `test_…`. Keep it out of code and of browsers: it opens the whole project. */
  readonly accessKey: string;
  /** How long one call may take, in milliseconds from 1 to 600000, the whole answer included; 5000 unless given. */
  readonly timeoutMs?: number;
  /** Another `fetch` to call, for proxies and tests. */
  readonly fetch?: typeof globalThis.fetch;
};

/** One request to the API, below the base address. */
export type Call = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: object;
  /** Added to the client's own time limit: Roost was asked to hold the answer back for so long. */
  readonly extraMs?: number;
};
export type Answer = { readonly body: unknown; readonly headers: Headers };
export type Transport = (call: Call) => Promise<Answer>;

const USUAL_TIMEOUT_MS = 5_000;
const MOST_TIMEOUT_MS = 600_000;
const MOST_ANSWER_CHARACTERS = 4_000_000;

/**
 * Sends calls and tells answers from failures. Nothing is sent twice: a check counts as an attempt and a create
 * sends a message, so only the caller can know whether to ask again.
 * @throws TypeError when an option cannot be right
 */
export function createTransport(options: RoostOptions): Transport {
  const base = baseOf(options.url);
  const authorization = `AccessKey ${keyOf(options.accessKey)}`;
  const timeoutMs = timeoutOf(options.timeoutMs ?? USUAL_TIMEOUT_MS);
  const send = options.fetch ?? globalThis.fetch;

  return async ({ method, path, body, extraMs = 0 }) => {
    const limitMs = timeoutMs + extraMs;
    const headers = { authorization, accept: 'application/json' };
    const request =
      body === undefined
        ? { method, headers }
        : { method, headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const signal = AbortSignal.timeout(limitMs);
    try {
      // The key must not follow a redirect to somewhere else.
      const response = await send(base + path, { ...request, redirect: 'manual', signal });
      const answer = parsed(await readText(response));
      if (!response.ok) throw errorOf(response.status, response.headers, answer);
      return { body: answer, headers: response.headers };
    } catch (error) {
      throw error instanceof RoostError ? error : noAnswer(error, signal, limitMs);
    }
  };
}

function noAnswer(error: unknown, signal: AbortSignal, limitMs: number): RoostError {
  if (signal.aborted) {
    return new RoostError('timeout', `Roost did not answer within ${limitMs} ms`, {}, error);
  }
  const message = 'Roost cannot be reached, or broke off before its answer was complete';
  return new RoostError('unreachable', message, {}, error);
}

/** The body as text. What does not end is not kept: no answer of Roost's is that long. */
async function readText(response: Response): Promise<string> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length <= MOST_ANSWER_CHARACTERS) continue;
    throw new RoostError('unexpected', 'The answer is far longer than any of Roost’s', {
      status: response.status,
      requestId: response.headers.get('request-id'),
    });
  }
  return text + decoder.decode();
}

/** The JSON in a body; undefined for what is none, such as a proxy's page. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function baseOf(url: string): string {
  const wanted = 'url must be an http or https address without a query, such as http://localhost:8080';
  if (!URL.canParse(url)) throw new TypeError(wanted);
  const { protocol, username, password, search, hash, href } = new URL(url);
  if (!/^https?:$/.test(protocol) || username + password + search + hash !== '') throw new TypeError(wanted);
  return href.replace(/\/+$/, '');
}

function keyOf(accessKey: string): string {
  // fetch would put a key that it refuses into its error message.
  if (/^[\x21-\x7e]{1,200}$/.test(accessKey)) return accessKey;
  throw new TypeError('accessKey must be the key alone, such as live_… or test_…, without spaces');
}

function timeoutOf(timeoutMs: number): number {
  if (Number.isInteger(timeoutMs) && timeoutMs >= 1 && timeoutMs <= MOST_TIMEOUT_MS) return timeoutMs;
  throw new TypeError(`timeoutMs must be a whole number from 1 to ${MOST_TIMEOUT_MS}`);
}
