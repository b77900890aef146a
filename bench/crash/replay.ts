import { setTimeout as sleep } from 'node:timers/promises';
import { type Random, seeded } from '../driver/random.ts';
import { VerifyClient, wrongToken } from '../driver/verify-client.ts';
import { type Entry, isUntouched, type Ledger } from './ledger.ts';

/** How a verification ended, as found when it was replayed; it must stay so for good. */
export type Settled = { readonly id: string; readonly token: string; readonly status: string };
export type Replayed = {
  readonly settled: Settled[];
  /** Untouched verifications whose message had not come yet. */
  readonly undelivered: Entry[];
  readonly messages: number;
};

const CALLERS = 16;

/**
 * Compares what the journal says with what the server says after the crash: nothing acknowledged is lost, no
 * code works twice, no guess is given back or lost, and an untouched code still works and was handed over.
 */
export async function replay(
  urls: readonly string[],
  accessKey: string,
  ledger: Ledger,
  entries: readonly Entry[],
  seed: number,
): Promise<Replayed> {
  const settled: Settled[] = [];
  const undelivered: Entry[] = [];
  let messages = 0;
  await inParallel(urls, accessKey, entries, async (client, entry, index) => {
    const status = await readState(client, entry, ledger);
    if (status === null) return;
    if (status === 'sent' && isUntouched(entry)) {
      if (!(await wasHandedOver(client, entry, ledger))) {
        undelivered.push(entry);
        return;
      }
      messages += 1;
    }
    settled.push(await settle(client, entry, ledger, status, seeded(seed + index)));
  });
  ledger.flush();
  return { settled, undelivered, messages };
}

/** What was settled in earlier rounds must still be so, and its code must still be refused. */
export async function recheck(
  urls: readonly string[],
  accessKey: string,
  ledger: Ledger,
  earlier: readonly Settled[],
): Promise<void> {
  await inParallel(urls, accessKey, earlier, async (client, { id, token, status }) => {
    const now = await patiently(() => client.read(id));
    if (now !== status) ledger.problem({ id }, `was ${status} after an earlier crash, now ${now}`);
    const answer = await client.guess(id, token);
    if (answer.kind === 'verified')
      ledger.problem({ id }, 'a code from before an earlier crash was accepted');
  });
}

/** Runs `work` on every item, with a few callers at once, dealt out over the nodes. */
async function inParallel<T>(
  urls: readonly string[],
  accessKey: string,
  items: readonly T[],
  work: (client: VerifyClient, item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const caller = async (_: unknown, i: number) => {
    const client = new VerifyClient(urls[i % urls.length] ?? '', accessKey);
    for (let at = next++; at < items.length; at = next++) await work(client, items[at] as T, at);
    client.close();
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
}

/** Reads the state and judges it by the journal. Null when there is nothing more to ask. */
async function readState(client: VerifyClient, entry: Entry, ledger: Ledger): Promise<string | null> {
  const status = await patiently(() => client.read(entry.id));
  const { attempts, judged, wrongUnknown, removed, removeUnknown, verified, rightUnknown } = entry;
  if (status === 'not-found') {
    if (removed + removeUnknown === 0) ledger.problem(entry, 'LOST: acknowledged, and now not found');
    return removed + removeUnknown === 0 ? null : status;
  }
  const allowed: Record<string, boolean> = {
    sent: verified === 0 && judged.length < attempts,
    verified: verified + rightUnknown > 0,
    failed: verified === 0 && judged.length + wrongUnknown >= attempts,
  };
  if (removed > 0) ledger.problem(entry, `deleted, and now ${status}`);
  if (allowed[status] !== true) ledger.problem(entry, `is ${status}, which ${told(entry)} does not allow`);
  return status;
}

async function wasHandedOver(client: VerifyClient, entry: Entry, ledger: Ledger): Promise<boolean> {
  const messages = await client.messages(entry.recipient);
  const mine = messages?.filter((message) => message.id === entry.messageId) ?? [];
  if (mine.some((message) => message.token !== entry.token)) {
    ledger.problem(entry, 'another code was handed over than the one acknowledged');
  }
  return mine.length > 0;
}

/** Uses the verification up: half of them by the right token, half by guessing until the end. */
async function settle(
  client: VerifyClient,
  entry: Entry,
  ledger: Ledger,
  status: string,
  random: Random,
): Promise<Settled> {
  const { id, token, attempts } = entry;
  const mayStillWork = status === 'sent';
  if (mayStillWork && random() < 0.5) {
    const before = entry.verified;
    ledger.right(entry, await client.guess(id, token));
    if (entry.verified === before)
      ledger.problem(entry, `open, yet the right token was refused (${told(entry)})`);
  } else if (mayStillWork) {
    const certain = entry.judged.length;
    for (let i = 0; i <= attempts; i++) {
      const answer = await client.guess(id, wrongToken(token, ++entry.guesses));
      ledger.wrong(entry, answer);
      if (answer.kind !== 'judged') break;
    }
    const judgedAll = entry.judged.length + entry.wrongUnknown;
    if (judgedAll < attempts) ledger.problem(entry, `closed after ${judgedAll} of ${attempts} guesses`);
    if (entry.judged.length === certain) ledger.problem(entry, 'open, yet a guess was not judged');
  }
  // Whatever happened, the right token must not be accepted once more.
  const again = await client.guess(id, token);
  if (again.kind === 'verified') ledger.problem(entry, `a used-up code was accepted (${told(entry)})`);
  return { id, token, status: await patiently(() => client.read(id)) };
}

/** A server that has just come back may answer 503 for a moment; it may not do so for long. */
async function patiently(read: () => Promise<string>): Promise<string> {
  let answer = await read();
  for (let i = 0; i < 50 && (answer === 'unknown' || answer === 'unsent'); i++) {
    await sleep(100);
    answer = await read();
  }
  return answer;
}

function told({
  verified,
  rightUnknown,
  judged,
  wrongUnknown,
  removed,
  removeUnknown,
  attempts,
}: Entry): string {
  return (
    `verified ${verified}+${rightUnknown}?, wrong ${judged.length}+${wrongUnknown}? of ${attempts}, ` +
    `removed ${removed}+${removeUnknown}?`
  );
}
