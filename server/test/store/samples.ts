import type { RecipientKey, Scope } from '../../src/domain/scope.ts';
import type { Open } from '../../src/domain/verification.ts';
import { type Store, type Transaction, tables } from '../../src/store/store.ts';

export const SCOPE: Scope = { projectId: 'default', mode: 'test' };

/** A recipient that no other test uses. */
export function recipientOf(store: Store): RecipientKey {
  return { ...SCOPE, recipientKey: store.newId() };
}

/** An open verification of a recipient. */
export function verificationOf(store: Store, about: RecipientKey, more: Partial<Open> = {}): Open {
  const nowMs = store.nowMs();
  return {
    ...about,
    id: store.newId(),
    messageId: store.newId(),
    channel: 'sms',
    sealedRecipient: Buffer.from([1, 2, 3]),
    originator: 'Code',
    reference: null,
    wording: {
      template: 'Your code is %token',
      datacoding: 'auto',
      language: 'en-gb',
      voice: 'female',
      subject: null,
    },
    tokenLength: 6,
    createdAtMs: nowMs,
    expiresAtMs: nowMs + 60_000,
    wrongGuesses: 0,
    lastWrongAtMs: null,
    sealedCode: Buffer.from([4, 5, 6]),
    codeIsKept: 'until-expiry',
    boundTo: null,
    guard: null,
    state: 'open',
    codeDigest: Buffer.alloc(32, 7),
    attemptsLeft: 3,
    ...more,
  };
}

export const put = (store: Store, name: string, value: string): Promise<void> =>
  store.transaction(async (tx) => tx.insert(tables.settings, { name, value }));

/** What is committed under this name; null when nothing is. */
export const read = async (store: Store, name: string): Promise<string | null> =>
  (await store.read.get(tables.settings, { name }))?.value ?? null;

/** Adds one to a number that is kept as text; a row that does not exist yet counts from 0. */
export async function addOne(tx: Transaction, name: string): Promise<number> {
  const found = await tx.get(tables.settings, { name });
  const value = Number(found?.value ?? 0) + 1;
  if (found === null) tx.insert(tables.settings, { name, value: String(value) });
  else tx.update(tables.settings, { name, value: String(value) });
  return value;
}

export const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
