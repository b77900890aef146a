import type { LoadSpec } from '../driver/load.ts';
import { type Enrolment, openEnrolment, type Waiting } from '../targets/enrolled.ts';
import { startRoost } from '../targets/roost.ts';
import type { Target } from '../targets/target.ts';
import { planOf, type StoredRow } from './parts.ts';
import { type Burst, median, type Plan, type Row, runBurst, summarise } from './rounds.ts';
import type { Workshop } from './workshop.ts';

export type FactorFigures = {
  /** A check of each kind, by users who have enrolled; ratios are to a code that was sent for a challenge. */
  readonly checks: readonly Row[];
  /** Cost of the check of an authenticator's code, by users who have enrolled. */
  readonly users: readonly StoredRow[];
};

/** Checks that a fast server could do in one burst. More are not made, and a burst that runs dry is measured to there. */
const CHECKS_A_SECOND = 8_000;
const FEW_USERS = 1_000;

export async function factors(shop: Workshop): Promise<FactorFigures> {
  return { checks: await checks(shop), users: await byUsers(shop) };
}

const burstSize = ({ warmUpMs, measureMs }: Plan): number =>
  Math.ceil(((warmUpMs + measureMs) / 1000) * CHECKS_A_SECOND);

/** Codes of messages and of authenticators, for challenges, and codes of Verify, in turn on one server. */
async function checks(shop: Workshop): Promise<Row[]> {
  const plan = planOf(shop);
  const folder = shop.folder();
  const waiting = await filled(folder, async (enrolment) => {
    await enrolment.users('totp', FEW_USERS);
    const size = burstSize(plan) * plan.rounds;
    const sms = await enrolment.challenges('sms', size);
    return { sms, totp: await enrolment.challenges('totp', size) };
  });
  const verify = await shop.keep(startRoost({ folder }));
  const challenge: Target = { ...verify, dialect: 'challenge', stop: async () => {} };
  const bursts: Record<'sms' | 'totp' | 'verify', Burst[]> = { sms: [], totp: [], verify: [] };
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const kind of ['sms', 'totp'] as const) {
      bursts[kind].push(await burstOf(shop, challenge, plan, waiting[kind], round));
    }
    bursts.verify.push(await verifyBurst(shop, verify, plan));
  }
  await verify.stop();
  const base = bursts.sms.map(({ perSecond }) => perSecond);
  const row = (name: string, list: readonly Burst[]) =>
    summarise({ ...challenge, name }, 'check', plan, list, base);
  return [
    row('challenge, code of a message', bursts.sms),
    row('challenge, code of an authenticator', bursts.totp),
    row('Verify, code of a message', bursts.verify),
  ];
}

/** The same check with more and more users, beside a server with few in the same rounds. */
async function byUsers(shop: Workshop): Promise<StoredRow[]> {
  const plan = planOf(shop);
  const size = burstSize(plan);
  const rows: StoredRow[] = [];
  const largeFolder = shop.folder();
  let enrolled = 0;
  for (const users of shop.options.users) {
    const smallFolder = shop.folder();
    const few = await filled(smallFolder, (enrolment) => enrolment.challenges('totp', size * plan.rounds));
    const more = Math.max(0, users - enrolled - size * plan.rounds);
    const many = await filled(
      largeFolder,
      async (enrolment) => {
        await enrolment.users('totp', more);
        return enrolment.challenges('totp', size * plan.rounds);
      },
      enrolled,
    );
    enrolled += more + size * plan.rounds;
    const small = await shop.keep(startRoost({ folder: smallFolder }));
    const large = await shop.keep(startRoost({ folder: largeFolder }));
    const pairs: { readonly base: Burst; readonly full: Burst }[] = [];
    for (let round = 0; round < plan.rounds; round += 1) {
      const base = await burstOf(shop, { ...small, dialect: 'challenge' }, plan, few, round);
      const full = await burstOf(shop, { ...large, dialect: 'challenge' }, plan, many, round);
      pairs.push({ base, full });
    }
    await Promise.all([small.stop(), large.stop()]);
    const of = (value: (pair: (typeof pairs)[number]) => number) => median(pairs.map(value));
    rows.push({
      stored: enrolled,
      perSecond: of(({ full }) => full.perSecond),
      p99Ms: of(({ full }) => full.latency.p99Ms),
      serverCpuUs: of(({ full }) => full.serverCpuUs),
      costByRate: of(({ base, full }) => base.perSecond / full.perSecond),
      costByCpu: of(({ base, full }) => full.serverCpuUs / base.serverCpuUs),
    });
    shop.say(`  ${enrolled} users: cost ${rows.at(-1)?.costByCpu.toFixed(3)}`);
  }
  return rows;
}

async function filled<T>(folder: string, fill: (enrolment: Enrolment) => Promise<T>, known = 0): Promise<T> {
  const enrolment = await openEnrolment(folder, known);
  try {
    return await fill(enrolment);
  } finally {
    await enrolment.close();
  }
}

let pools = 0;

/** The right answers are made now, since those of authenticators change every 30 s. */
async function burstOf(
  shop: Workshop,
  target: Target,
  plan: Plan,
  waiting: readonly Waiting[],
  round: number,
): Promise<Burst> {
  const size = burstSize(plan);
  const pool = `challenges ${pools++}`;
  const tickets = waiting.slice(round * size, (round + 1) * size).map((one) => one.ticket());
  await shop.driver.give(pool, tickets);
  return runBurst(shop.driver, target, 'check', plan, shop.numbers, pool);
}

async function verifyBurst(shop: Workshop, target: Target, plan: Plan): Promise<Burst> {
  const pool = `verify ${pools++}`;
  const spec: LoadSpec = {
    ...{ urls: target.urls, dialect: target.dialect, accessKey: target.accessKey, work: 'create' },
    ...{ connections: 64, warmUpMs: 0, measureMs: 0, firstNumber: shop.numbers.next },
  };
  const { asked } = await shop.driver.fill(spec, pool, burstSize(plan));
  shop.numbers.used(asked);
  const { delivered: _, ...plain } = target; // these messages were handed over when they were made
  return runBurst(shop.driver, plain, 'check', plan, shop.numbers, pool);
}
