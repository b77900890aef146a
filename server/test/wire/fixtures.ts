import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

type Sent = {
  readonly method: string;
  readonly path: string;
  readonly query?: { readonly [name: string]: string };
  readonly headers?: { readonly [name: string]: string | null };
  readonly encoding?: 'json' | 'form' | 'raw';
  readonly body?: unknown;
};
type Got = { readonly status: number; readonly body?: unknown };

/** One case of the wire contract. Ids, keys and dates in it are made up; `{base}` is the server's own address. */
export type Fixture = {
  readonly file: string;
  readonly number: number;
  readonly case: string;
  readonly request: Sent;
  readonly response: Got;
  /** Where copying upstream is advised against: the answer to give instead. */
  readonly recommended?: Got;
  readonly steps?: readonly { readonly request: Sent; readonly response: Got }[];
};

const FOLDER = fileURLToPath(new URL('../fixtures/messagebird/', import.meta.url));

export function readFixtures(): readonly Fixture[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({
      ...(JSON.parse(readFileSync(FOLDER + file, 'utf8')) as Omit<Fixture, 'file' | 'number'>),
      file,
      number: Number(file.slice(0, 2)),
    }));
}

/** What the fixtures call the verification, its message, an id that nobody has, and its right code. */
export const MADE_UP = {
  id: '0a1b2c3d4e5f60718293a4b5c6d7e8f9',
  messageId: '1111222233334444555566667777888a',
  code: '123456',
  liveKey: 'live_EXAMPLEKEYEXAMPLEKEY12345',
  testKey: 'test_EXAMPLEKEYEXAMPLEKEY12345',
} as const;
