import type { StartedRoost } from '../support/roost.ts';
import { numberNo, until, verificationOf } from '../wire/wire.ts';
import { chainOf } from './chain.ts';
import type { Asked, Fate } from './gateway.ts';

/** A verification that was answered with 201. */
export type Acknowledged = { readonly id: string; readonly recipient: string };

/** What a gateway saw. */
export type Seen = { readonly asked: readonly Asked[]; readonly taken: readonly Asked[] };

export type Verdict = {
  /** What must not be, in one sentence each. */
  readonly problems: readonly string[];
  readonly handedOver: number;
  readonly failed: number;
  /** Hand-overs of a code that had been handed over before. */
  readonly duplicates: number;
};

/** So many percent of all sendings meet one of these faults; which, is drawn by a small generator of its own. */
export function faulty(seed: number, percent: number, faults: readonly Fate[]): () => Fate {
  let state = seed >>> 0;
  const draw = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  return () => (draw(100) < percent ? (faults[draw(faults.length)] ?? 'taken') : 'taken');
}

/** Creates verifications, so many at a time, until `count` are acknowledged or `create` gives up with null. */
export async function createAll(
  count: number,
  atOnce: number,
  first: number,
  create: (recipient: string) => Promise<string | null>,
): Promise<Acknowledged[]> {
  const made: Acknowledged[] = [];
  let next = first;
  const lane = async () => {
    while (next < first + count) {
      const recipient = numberNo(next);
      next += 1;
      const id = await create(recipient);
      if (id !== null) made.push({ id, recipient });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return made;
}

/** Waits until nothing is on its way any more. */
export async function settledAll(roost: StartedRoost, withinMs: number): Promise<void> {
  const { store } = roost.roost;
  await until(
    'no message is on its way',
    async () => (await store.read.dueMessages(Number.MAX_SAFE_INTEGER, 1)).length === 0,
    withinMs,
  );
}

/** Holds what gateways saw against what was promised (see docs/delivery.md). */
export async function judge(
  roost: StartedRoost,
  made: readonly Acknowledged[],
  gateways: readonly Seen[],
  crashes: number,
): Promise<Verdict> {
  const asked = Map.groupBy(
    gateways.flatMap((gateway) => gateway.asked),
    ({ to }) => to,
  );
  const taken = Map.groupBy(
    gateways.flatMap((gateway) => gateway.taken),
    ({ to }) => to,
  );
  const problems: string[] = [];
  let [handedOver, failed, duplicates] = [0, 0, 0];
  for (const { id, recipient } of made) {
    const mine = taken.get(recipient) ?? [];
    handedOver += Math.min(1, mine.length);
    duplicates += Math.max(0, mine.length - 1);
    if (mine.length - 1 > crashes) problems.push(`${id} was handed over ${mine.length} times`);
    problems.push(...ofAsked(id, asked.get(recipient) ?? []));
    if (mine.length > 0) continue;
    failed += 1;
    problems.push(...(await ofFailed(roost, id)));
  }
  return { problems, handedOver, failed, duplicates };
}

function ofAsked(id: string, asked: readonly Asked[]): string[] {
  const codes = new Set(asked.map(({ code }) => code));
  const late = asked.filter(({ atMs, expiresAt }) => atMs >= Date.parse(expiresAt));
  return [
    ...(codes.size > 1 ? [`${id} was given ${codes.size} codes`] : []),
    ...(late.length > 0 ? [`${id} was handed over after it had expired`] : []),
  ];
}

/** What reached no gateway must say so, and why. */
async function ofFailed(roost: StartedRoost, id: string): Promise<string[]> {
  const verification = await verificationOf(roost, id, 'live');
  const last = (await chainOf(roost, id)).at(-1);
  const isTold =
    (verification.state === 'failed' && verification.reason !== null) ||
    (last?.state === 'failed' && last.reason !== null) ||
    last?.state === 'canceled';
  return isTold ? [] : [`${id} was handed to nobody, and nothing says why: ${last?.state}`];
}
