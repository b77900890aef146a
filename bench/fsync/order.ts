import type { Call } from './trace.ts';

/** What was found about the answers of a traced server. */
export type Order = {
  readonly created: number;
  readonly verified: number;
  /** Answers that left before what they say was on the disk, one sentence each. */
  readonly early: readonly string[];
  readonly syncs: number;
};

const CREATED = /^HTTP\/1\.1 201 .*?"id":"([0-9a-f]{32})"/s;
const VERIFIED = /^HTTP\/1\.1 200 .*?"id":"([0-9a-f]{32})".*?"status":"verified"/s;
const ROW_STATES = ['open', 'verified'] as const;
type State = (typeof ROW_STATES)[number];

/**
 * Goes through the calls of a server on SQLite in their order: whatever an answer says must lie in a page that was
 * written to the log, and synced since, before the answer is written to its socket.
 * @param toStored the bytes under which an id is stored
 * @param owner what follows the id in a row, before its state
 */
export function judgeOrder(
  calls: Iterable<Call>,
  toStored: (id: string) => Uint8Array,
  owner = 'defaulttest',
): Order {
  const written = new Set<string>();
  const durable = new Set<string>();
  const early: string[] = [];
  let created = 0;
  let verified = 0;
  let syncs = 0;
  for (const { name, target, data, isDone } of calls) {
    if (target.endsWith('-wal')) {
      if (name.startsWith('pwrite')) for (const fact of factsIn(data, owner)) written.add(fact);
      if (!/^f(data)?sync$/.test(name) || !isDone) continue;
      syncs += 1;
      for (const fact of written) durable.add(fact);
      written.clear();
    } else if (/^(write|writev|sendto)$/.test(name)) {
      const isKept = (id: string, state: State) => durable.has(factOf(latin1(toStored(id)), state));
      const made = CREATED.exec(data)?.[1];
      const proven = VERIFIED.exec(data)?.[1];
      if (made !== undefined) {
        created += 1;
        if (!isKept(made, 'open')) early.push(`201 for ${made} left before its row was synced`);
      } else if (proven !== undefined) {
        verified += 1;
        if (!isKept(proven, 'verified'))
          early.push(`"verified" for ${proven} left before its row was synced`);
      }
    }
  }
  return { created, verified, early, syncs };
}

/** The rows of verifications that lie in a page: 16 bytes of id, its owner, its state. */
function* factsIn(page: string, owner: string): Generator<string> {
  for (let at = page.indexOf(owner); at >= 0; at = page.indexOf(owner, at + 1)) {
    const state = ROW_STATES.find((each) => page.startsWith(each, at + owner.length));
    if (state !== undefined && at >= 16) yield factOf(page.slice(at - 16, at), state);
  }
}

const factOf = (stored: string, state: State): string => `${stored} ${state}`;
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
