import { Client, header, type Reply } from './client.ts';

/** What was made by a 201. */
export type Made = {
  readonly id: string;
  readonly token: string;
  readonly recipient: string;
  readonly messageId: string;
  readonly attempts: number;
};
/** Answer to a guess, in the words of the wire. `unknown`: nobody told, so it may or may not have happened. */
export type GuessAnswer =
  | { readonly kind: 'verified' }
  /** Judged and wrong; so many attempts are left. */
  | { readonly kind: 'judged'; readonly attemptsLeft: number }
  /** Refused without a judgement: spent, expired or of a wrong form. */
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unsent' }
  | { readonly kind: 'strange'; readonly what: string };

/** The Verify wire for one caller. Answers of 5xx count as `unknown`: they promise nothing. */
export class VerifyClient {
  readonly #client: Client;

  constructor(baseUrl: string, accessKey: string) {
    this.#client = new Client(baseUrl, accessKey);
  }

  async create(
    recipient: string,
    attempts: number,
    timeoutS: number,
  ): Promise<Made | Exclude<Reply['kind'], 'answered'> | string> {
    const wanted = { recipient, maxAttempts: attempts, timeout: timeoutS, returnToken: true };
    const reply = await this.#client.request('POST', '/verify', wanted);
    if (reply.kind !== 'answered') return reply.kind;
    if (reply.status >= 500) return 'unknown';
    if (reply.status !== 201) return `create answered ${reply.status}: ${reply.body.slice(0, 200)}`;
    const made = JSON.parse(reply.body) as { id: string; token: string; messages: { href: string } };
    const messageId = made.messages.href.slice(made.messages.href.lastIndexOf('/') + 1);
    return { id: made.id, token: made.token, recipient, messageId, attempts };
  }

  async guess(id: string, token: string, hangUp = false): Promise<GuessAnswer> {
    return readGuess(await this.#client.request('GET', `/verify/${id}?token=${token}`, undefined, hangUp));
  }

  /** The status, `not-found`, or what went wrong. */
  async read(id: string): Promise<string> {
    const reply = await this.#client.request('GET', `/verify/${id}`);
    if (reply.kind !== 'answered') return reply.kind;
    if (reply.status === 200) return (JSON.parse(reply.body) as { status: string }).status;
    if (reply.status === 404) return 'not-found';
    return reply.status >= 500 ? 'unknown' : `read answered ${reply.status}`;
  }

  async remove(
    id: string,
    hangUp = false,
  ): Promise<'removed' | 'not-found' | 'unknown' | 'unsent' | `${string} answered ${number}`> {
    const reply = await this.#client.request('DELETE', `/verify/${id}`, undefined, hangUp);
    if (reply.kind !== 'answered') return reply.kind;
    if (reply.status === 204) return 'removed';
    if (reply.status === 404) return 'not-found';
    return reply.status >= 500 ? 'unknown' : `remove answered ${reply.status}`;
  }

  /** What the sandbox phone shows for a recipient, newest last; null when it cannot be asked. */
  async messages(recipient: string, waitS = 0): Promise<{ id: string; token: string }[] | null> {
    const query = new URLSearchParams({ recipient, wait: String(waitS) });
    const reply = await this.#client.request('GET', `/sandbox/messages?${query}`);
    if (reply.kind !== 'answered' || reply.status !== 200) return null;
    return (JSON.parse(reply.body) as { messages: { id: string; token: string }[] }).messages;
  }

  close(): void {
    this.#client.close();
  }
}

function readGuess(reply: Reply): GuessAnswer {
  if (reply.kind !== 'answered') return reply;
  if (reply.status === 200) {
    const { status } = JSON.parse(reply.body) as { status: string };
    return status === 'verified' ? { kind: 'verified' } : { kind: 'strange', what: `200 with ${status}` };
  }
  if (reply.status === 404) return { kind: 'not-found' };
  if (reply.status >= 500) return { kind: 'unknown' };
  if (reply.status !== 422) return { kind: 'strange', what: `${reply.status} ${reply.body.slice(0, 200)}` };
  const left = header(reply.head, 'Roost-Attempts-Left');
  if (left !== null) return { kind: 'judged', attemptsLeft: Number(left) };
  const { errors } = JSON.parse(reply.body) as { errors: { description: string }[] };
  return { kind: 'refused', why: errors[0]?.description ?? '' };
}

/** A token of the same length that is not `token`; `n` from 1 gives a different one each time. */
export function wrongToken(token: string, n: number): string {
  return String((Number(token) + n) % 10 ** token.length).padStart(token.length, '0');
}
