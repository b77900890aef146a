import { createHash, randomBytes } from 'node:crypto';
import type { Role } from '../../src/domain/operator.ts';
import { tables } from '../../src/store/store.ts';
import type { StartedRoost } from '../support/roost.ts';

export type Seen = { readonly status: number; readonly headers: Headers; readonly text: string };
export type Visitor = {
  readonly role: Role;
  /** `name=value` of the cookie that holds the session. */
  readonly cookie: string;
  get(path: string): Promise<Seen>;
  /** Sends a form of the console, with the token of the visitor's session unless `token` says otherwise. */
  post(path: string, form?: Record<string, string>, token?: string): Promise<Seen>;
};

/** Somebody who is signed in to the console, and showed a factor `provedAgoMs` ago. */
export async function signedIn(
  { roost, url }: StartedRoost,
  role: Role,
  { provedAgoMs = 0 } = {},
): Promise<Visitor> {
  const id = randomBytes(32).toString('base64url');
  const digest = createHash('sha256').update(id).digest('hex');
  await roost.store.transaction(async (tx) => {
    const operatorId = randomBytes(16).toString('hex');
    const name = `${role}-${operatorId.slice(0, 6)}`;
    const times = { createdAtMs: tx.nowMs, disabledAtMs: null };
    tx.insert(tables.operators, { id: operatorId, name, role, password: 'none', ...times });
    tx.insert(tables.operatorSessions, {
      ...{ digest, operatorId, stage: 'whole', createdAtMs: tx.nowMs, seenAtMs: tx.nowMs },
      provedAtMs: tx.nowMs - provedAgoMs,
    });
  });
  const cookie = `roost_console=${id}`;
  const send = async (method: string, path: string, form?: Record<string, string>): Promise<Seen> => {
    const headers = { cookie, ...(form === undefined ? {} : { origin: url }) };
    const body = form === undefined ? null : new URLSearchParams(form);
    const signal = AbortSignal.timeout(10_000);
    const answer = await fetch(url + path, { method, headers, body, redirect: 'manual', signal });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };
  let known: string | null = null;
  const tokenOf = async (): Promise<string> => {
    known ??= /name="form_token" value="([^"]+)"/.exec((await send('GET', '/console/me')).text)?.[1] ?? '';
    return known;
  };
  return {
    ...{ role, cookie },
    get: (path) => send('GET', path),
    post: async (path, form = {}, token) =>
      send('POST', path, { ...form, form_token: token ?? (await tokenOf()) }),
  };
}
