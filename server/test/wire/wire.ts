import assert from 'node:assert/strict';
import { request } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { createVault } from '../../src/app/vault.ts';
import type { Message } from '../../src/domain/message.ts';
import type { Mode } from '../../src/domain/scope.ts';
import type { Verification } from '../../src/domain/verification.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import { tables } from '../../src/store/store.ts';
import type { StartedRoost } from '../support/roost.ts';

export type Sent = {
  readonly method: string;
  /** As it goes onto the request line, query included. */
  readonly path: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string | Uint8Array | undefined;
};

export type Answer = {
  readonly status: number;
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  readonly text: string;
};

/** One request with exactly these headers: nothing is added but Host, Connection and the body's length. */
export function send(url: string, { method, path, headers, body }: Sent): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const asked = request({ hostname, port, method, path, headers: { ...length, ...headers } }, (answer) => {
    let text = '';
    answer.setEncoding('utf8');
    answer.on('data', (part: string) => {
      text += part;
    });
    answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
  });
  asked.on('error', reject);
  asked.end(body);
  return promise;
}

type Headers = { readonly [name: string]: unknown };

/** Every answer of this wire: never kept by a cache, JSON whenever there is a body, nothing told about us. */
export function assertHeaders(headers: Headers, text: string): void {
  assert.equal(headers['cache-control'], 'no-store');
  if (text !== '') assert.match(String(headers['content-type']), /^application\/json(; charset=utf-8)?$/);
  assert.equal(headers['x-powered-by'], undefined);
  assert.equal(headers.server, undefined);
}

export type WireError = { code: number; description: string; parameter: string | null };

/** The error shape (R4): one key, `errors`, not empty, of objects with exactly three keys. */
export function assertEnvelope(text: string): WireError[] {
  const body: unknown = JSON.parse(text);
  assert.ok(typeof body === 'object' && body !== null);
  assert.deepEqual(Object.keys(body), ['errors'], text);
  const { errors } = body as { errors: WireError[] };
  assert.ok(Array.isArray(errors) && errors.length > 0, text);
  for (const error of errors) {
    assert.deepEqual(Object.keys(error), ['code', 'description', 'parameter'], text);
    assert.ok(Number.isInteger(error.code), text);
    assert.ok(typeof error.description === 'string' && error.description.length > 0, text);
    assert.ok(error.parameter === null || typeof error.parameter === 'string', text);
  }
  return errors;
}

/** The refusal of a client's mistake: 4xx, in the shape, with the headers. */
export function assertRefused(answer: { status: number; headers: Headers; text: string }): WireError[] {
  assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} ${answer.text.slice(0, 300)}`);
  assertHeaders(answer.headers, answer.text);
  return assertEnvelope(answer.text);
}

/** How many rows are kept, read from the file past the server. */
export function rowsOf(roost: StartedRoost): { verifications: number; messages: number } {
  return withDatabase(roost.folder, (db) => {
    const count = (table: string) => Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n);
    return { verifications: count('verifications'), messages: count('messages') };
  });
}

/** Looks into the database file on a connection of its own that cannot write. */
export function withDatabase<T>(folder: string, look: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(join(folder, 'roost.db'), { readOnly: true });
  try {
    return look(db);
  } finally {
    db.close();
  }
}

/** The code that the sandbox holds for a verification, of either key's. */
export async function codeOf(roost: StartedRoost, id: string, mode: Mode): Promise<string> {
  const code = createVault(roost.roost.masterKey, systemRandom).openCode(
    await verificationOf(roost, id, mode),
  );
  if (code === null) throw new Error('the code of this verification is gone');
  return code;
}

export async function verificationOf(roost: StartedRoost, id: string, mode: Mode): Promise<Verification> {
  const found = await roost.roost.store.read.get(tables.verifications, { projectId: 'default', mode, id });
  if (found === null) throw new Error(`there is no verification ${id}`);
  return found;
}

export async function messageOf(roost: StartedRoost, id: string, mode: Mode): Promise<Message> {
  const { projectId, messageId } = await verificationOf(roost, id, mode);
  const found = await roost.roost.store.read.get(tables.messages, { projectId, mode, id: messageId });
  if (found === null) throw new Error('a verification has no message');
  return found;
}

/** Waits until `holds` does, looking every 5 ms; fails when it did not in a look that began after `withinMs`. */
export async function until(what: string, holds: () => Promise<boolean>, withinMs = 30_000): Promise<void> {
  const endMs = performance.now() + withinMs;
  for (;;) {
    const isLast = performance.now() > endMs;
    if (await holds()) return;
    if (isLast) assert.fail(`after ${withinMs} ms it still does not hold: ${what}`);
    await sleep(5);
  }
}

/** A token of the same length that is not the right one. */
export const wrong = (code: string): string => (code[0] === '9' ? '0' : '9') + code.slice(1);

/** The outgoing mobile number `i` of a country with room for a hundred million of them. */
export const numberNo = (i: number): string => `+316${String(10_000_000 + i)}`;

/** The moment that a sentence on the wire names, in milliseconds since the epoch. */
export function wireTimeMs(sentence: string): number {
  const moment = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00/.exec(sentence)?.[0];
  if (moment === undefined) throw new Error(`no time is named: ${sentence}`);
  return Date.parse(moment);
}
