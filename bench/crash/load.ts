import { setTimeout as sleep } from 'node:timers/promises';
import { recipient } from '../driver/numbers.ts';
import { pick, type Random, seeded } from '../driver/random.ts';
import { VerifyClient, wrongToken } from '../driver/verify-client.ts';
import type { Entry, Ledger } from './ledger.ts';

export type LoadOptions = {
  readonly urls: readonly string[];
  readonly accessKey: string;
  readonly actors: number;
  /** Creates in all, spread evenly over `spreadMs`, so that writing goes on until the crash. */
  readonly mostCreates: number;
  readonly spreadMs: number;
  readonly firstNumber: number;
  readonly seed: number;
};
export type Load = {
  /** Ends the load and waits for what is under way. Answers how many recipients were used. */
  stop(): Promise<number>;
};

const TIMEOUT_S = 7_200;

/**
 * Callers that create, check rightly and wrongly, read and delete, at random and sometimes two at once on one
 * verification, each writing down what it was told. They outlive a server that dies: they try again.
 */
export function startLoad(options: LoadOptions, ledger: Ledger): Load {
  const shared = { startedMs: performance.now(), stopped: false, created: 0, open: [] as Entry[] };
  const actors = Array.from({ length: options.actors }, (_, i) => act(options, ledger, shared, i));
  return {
    async stop() {
      shared.stopped = true;
      await Promise.all(actors);
      ledger.flush();
      return shared.created;
    },
  };
}

type Shared = { readonly startedMs: number; stopped: boolean; created: number; readonly open: Entry[] };

async function act(options: LoadOptions, ledger: Ledger, shared: Shared, actor: number): Promise<void> {
  const random = seeded(options.seed * 1_000 + actor);
  const clients = options.urls.map((url) => new VerifyClient(url, options.accessKey));
  while (!shared.stopped) {
    const client = pick(random, clients);
    const entry = shared.open.length > 0 ? pick(random, shared.open) : null;
    const chance = random();
    let reached = true;
    if (entry === null || (chance < 0.5 && mayCreate(options, shared))) {
      reached = await create(client, options, ledger, shared, random);
    } else if (chance < 0.7) reached = await right(client, ledger, shared, entry, random);
    else if (chance < 0.9) reached = await wrong(client, ledger, shared, entry);
    else if (chance < 0.94) reached = await remove(client, ledger, shared, entry);
    else reached = (await client.read(entry.id)) !== 'unsent';
    if (!reached) await sleep(5);
  }
  for (const client of clients) client.close();
}

async function create(
  client: VerifyClient,
  options: LoadOptions,
  ledger: Ledger,
  shared: Shared,
  random: Random,
): Promise<boolean> {
  if (!mayCreate(options, shared)) return false;
  const number = options.firstNumber + shared.created++;
  const made = await client.create(recipient(number), pick(random, [1, 2, 3, 3, 3, 5]), TIMEOUT_S);
  if (typeof made === 'string') {
    if (made !== 'unknown' && made !== 'unsent') ledger.problem(null, made);
    return made !== 'unsent';
  }
  const entry = ledger.made(made);
  // Some are left untouched, to see that their code still works after the crash; some with a guess or two
  // taken, to see that these stay taken; the rest is everybody's.
  const fate = random();
  if (fate < 0.3) return true;
  if (fate > 0.6) shared.open.push(entry);
  for (let i = 1; fate <= 0.6 && i < entry.attempts && !shared.stopped; i++) {
    if (!(await wrong(client, ledger, shared, entry))) return false;
  }
  return true;
}

function mayCreate({ mostCreates, spreadMs }: LoadOptions, { startedMs, created }: Shared): boolean {
  return created < mostCreates * Math.min(1, (performance.now() - startedMs) / spreadMs);
}

async function right(
  client: VerifyClient,
  ledger: Ledger,
  shared: Shared,
  entry: Entry,
  random: Random,
): Promise<boolean> {
  const answer = await client.guess(entry.id, entry.token);
  ledger.right(entry, answer);
  if (answer.kind === 'verified' && random() < 0.8) forget(shared, entry);
  return answer.kind !== 'unsent';
}

async function wrong(client: VerifyClient, ledger: Ledger, shared: Shared, entry: Entry): Promise<boolean> {
  const answer = await client.guess(entry.id, wrongToken(entry.token, ++entry.guesses));
  ledger.wrong(entry, answer);
  if (answer.kind === 'refused') forget(shared, entry);
  return answer.kind !== 'unsent';
}

async function remove(client: VerifyClient, ledger: Ledger, shared: Shared, entry: Entry): Promise<boolean> {
  const answer = await client.remove(entry.id);
  ledger.removed(entry, answer);
  if (answer === 'removed') forget(shared, entry);
  return answer !== 'unsent';
}

function forget(shared: Shared, entry: Entry): void {
  const at = shared.open.indexOf(entry);
  if (at >= 0) shared.open.splice(at, 1);
}
