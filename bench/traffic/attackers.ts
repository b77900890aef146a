import { between, pick, type Random } from '../driver/random.ts';
import { type Country, mobileBlocks, mobileNumber } from './countries.ts';
import type { Create, Scene } from './scene.ts';
import type { Timeline } from './timeline.ts';

/** Somebody who earns by each message that is sent, and never types a code. */
export type Attack = {
  readonly name: string;
  readonly requests: number;
  readonly lastsMs: number;
  /** The request with this number. */
  readonly request: (i: number) => Create;
};

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const address = (random: Random): string =>
  `${between(random, 100, 220)}.${between(random, 0, 255)}.${between(random, 0, 255)}.${between(random, 1, 254)}`;
const digits = (n: number): string => String(n).padStart(4, '0');

/** 10,000 requests in ten minutes over 500 numbers in five blocks. */
export function burst(country: Country, random: Random): Attack {
  const numbers = mobileBlocks(country, 5, random).flatMap((block) =>
    Array.from({ length: 100 }, () => block + digits(between(random, 0, 9999))),
  );
  return {
    ...{ name: 'burst', requests: 10_000, lastsMs: 10 * MINUTE_MS },
    request: () => ({ recipient: pick(random, numbers), clientIp: address(random) }),
  };
}

/** One request every two minutes for two days over one block. */
export function drip(country: Country, random: Random): Attack {
  const [block = ''] = mobileBlocks(country, 1, random);
  return {
    ...{ name: 'drip', requests: 1_440, lastsMs: 48 * HOUR_MS },
    request: () => ({ recipient: block + digits(between(random, 0, 9999)), clientIp: address(random) }),
  };
}

/** 5,000 requests to random numbers of the country, each from another address. */
export function spread(country: Country, random: Random, lastsMs = HOUR_MS, name = 'spread'): Attack {
  return {
    ...{ name, requests: 5_000, lastsMs },
    request: () => ({ recipient: mobileNumber(country, random), clientIp: address(random) }),
  };
}

/** 3,000 requests over 300 numbers of 30 blocks, each from another address, which the headers tell otherwise too. */
export function rotating(country: Country, random: Random): Attack {
  const numbers = mobileBlocks(country, 30, random).flatMap((block) =>
    Array.from({ length: 10 }, () => block + digits(between(random, 0, 9999))),
  );
  return {
    ...{ name: 'rotating', requests: 3_000, lastsMs: 3 * HOUR_MS },
    request: () => ({
      ...{ recipient: pick(random, numbers), clientIp: address(random) },
      headers: {
        'x-forwarded-for': address(random),
        forwarded: `for=${address(random)}`,
        'x-real-ip': address(random),
      },
    }),
  };
}

/** 2,000 requests to numbers one after another. */
export function adjacent(country: Country, random: Random): Attack {
  const [block = ''] = mobileBlocks(country, 1, random);
  return {
    ...{ name: 'adjacent', requests: 2_000, lastsMs: 2 * HOUR_MS },
    request: (i) => ({ recipient: block + digits(i % 10_000), clientIp: address(random) }),
  };
}

export type Damage = { asked: number; sent: number };

/** Plans an attack from `fromMs` on; tells how much of it was sent. */
export function planAttack(attack: Attack, scene: Scene, timeline: Timeline, fromMs: number): Damage {
  const damage: Damage = { asked: 0, sent: 0 };
  const everyMs = attack.lastsMs / attack.requests;
  const step = (i: number) => async () => {
    damage.asked += 1;
    const answer = await scene.create(attack.request(i));
    if (answer.status === 201) damage.sent += 1;
    if (i + 1 < attack.requests) timeline.at(fromMs + (i + 1) * everyMs, step(i + 1));
  };
  timeline.at(fromMs, step(0));
  return damage;
}
