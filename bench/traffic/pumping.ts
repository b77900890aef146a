import { seeded } from '../driver/random.ts';
import { type Attack, adjacent, burst, drip, planAttack, rotating, spread } from './attackers.ts';
import { COUNTRIES } from './countries.ts';
import { crowdOf, type Person } from './people.ts';
import { openScene } from './scene.ts';
import { timelineOf } from './timeline.ts';

/** People satisfy the page of the customer, and who pumps does not. */
const CAPTCHA = { stepUp: { ways: ['captcha'], mostAnHour: 100 } };

/** Each attack, with what it may cost and the share of the ordinary users of its country that may be turned away. */
export const PUMPING = {
  burst: { make: burst, mostSent: 60, mostHurt: 0.005 },
  drip: { make: drip, mostSent: 60, mostHurt: 0.005 },
  spread: { make: spread, mostSent: 60, mostHurt: 0.05 },
  'spread-long': { make: longSpread, mostSent: null, mostHurt: null },
  'spread-captcha': { make: captchaSpread, mostSent: null, mostHurt: 0.005, guard: CAPTCHA },
  rotating: { make: rotating, mostSent: null, mostHurt: null },
  adjacent: { make: adjacent, mostSent: 60, mostHurt: 0.005 },
} as const satisfies { readonly [name: string]: Scenario };
export type PumpingName = keyof typeof PUMPING;
type Scenario = {
  readonly make: (country: 'NL', random: () => number) => Attack;
  readonly mostSent: number | null;
  readonly mostHurt: number | null;
  readonly guard?: object;
};

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 2, 2);
const WARM_UP_MS = 50 * HOUR_MS;
const [ATTACKED, ...OTHERS] = COUNTRIES;

function longSpread(country: 'NL', random: () => number): Attack {
  return spread(country, random, 10 * HOUR_MS, 'spread-long');
}

function captchaSpread(country: 'NL', random: () => number): Attack {
  return spread(country, random, 10 * HOUR_MS, 'spread-captcha');
}

export type Size = {
  /** Ordinary users of the country that is attacked, and of all others. */
  readonly here: number;
  readonly elsewhere: number;
  readonly hours: number;
  /** How much of the attack takes place, from its beginning. */
  readonly share: number;
};
export const FULL: Size = { here: 300, elsewhere: 300, hours: 48, share: 1 };

export type Hurt = {
  readonly users: number;
  /** Refused although they came no sooner than they may. */
  readonly hurt: number;
  /** Of those, the ones to whom no code came within five minutes. */
  readonly lost: number;
};
export type PumpingFigures = {
  readonly scenario: PumpingName;
  readonly seed: number;
  readonly asked: number;
  readonly sent: number;
  readonly firstTime: Hurt;
  readonly returning: Hurt;
  readonly elsewhere: Hurt;
  readonly verified: number;
  readonly seconds: number;
  /** Whether it is within the bars of the scenario. */
  readonly isGood: boolean;
};

/** One attack on one country while its people, and those of 39 others, go on as ever. */
export async function pump(
  name: PumpingName,
  seed: number,
  size: Size = FULL,
  guard: object = {},
): Promise<PumpingFigures> {
  const sinceMs = performance.now();
  const random = seeded(seed * 7919 + name.length);
  const scenario: Scenario = PUMPING[name];
  const scene = await openScene({ guard: { ...scenario.guard, ...guard }, startMs: START_MS });
  try {
    const timeline = timelineOf(scene);
    const fromMs = START_MS + WARM_UP_MS;
    const toMs = fromMs + size.hours * HOUR_MS;
    const here = crowdOf(ATTACKED, size.here, random);
    const elsewhere = OTHERS.map((country, i) => {
      const count =
        Math.floor((size.elsewhere * (i + 1)) / OTHERS.length) -
        Math.floor((size.elsewhere * i) / OTHERS.length);
      return crowdOf(country, count, random);
    });
    for (const crowd of [here, ...elsewhere]) crowd.plan(scene, timeline, { fromMs, toMs });
    const attack = partOf(scenario.make(ATTACKED, random), size.share);
    const slackMs = Math.max(0, toMs - fromMs - attack.lastsMs);
    // Not at once and not by night: an attack that meets nobody would look harmless.
    const beginsMs = fromMs + Math.min(slackMs, (9 + random() * 6) * HOUR_MS);
    const damage = planAttack(attack, scene, timeline, beginsMs);
    await timeline.run();
    const others = elsewhere.flatMap(({ people }) => people);
    const figures = {
      ...{ scenario: name, seed, ...damage },
      firstTime: hurtOf(here.people.filter(({ isReturning }) => !isReturning)),
      returning: hurtOf(here.people.filter(({ isReturning }) => isReturning)),
      elsewhere: hurtOf(others),
      verified: [...here.people, ...others].filter(({ isVerified }) => isVerified).length,
      seconds: (performance.now() - sinceMs) / 1000,
    };
    return { ...figures, isGood: isGood(name, figures) };
  } finally {
    await scene.close();
  }
}

const partOf = (attack: Attack, share: number): Attack => ({
  ...attack,
  requests: Math.ceil(attack.requests * share),
  lastsMs: attack.lastsMs * share,
});

const hurtOf = (people: readonly Person[]): Hurt => ({
  users: people.length,
  hurt: people.filter(({ isHurt }) => isHurt).length,
  lost: people.filter(({ isLost }) => isLost).length,
});

function isGood(
  name: PumpingName,
  { sent, firstTime, returning, elsewhere }: Omit<PumpingFigures, 'isGood'>,
): boolean {
  const { mostSent, mostHurt } = PUMPING[name];
  if (mostSent !== null && sent > mostSent) return false;
  if (elsewhere.hurt > 0) return false;
  if (mostHurt === null) return true;
  // In the spread those who come back are not refused at all; else all of the country are taken together.
  if (name === 'spread') return returning.hurt === 0 && firstTime.hurt <= firstTime.users * mostHurt;
  return firstTime.hurt + returning.hurt <= Math.max(1, (firstTime.users + returning.users) * mostHurt);
}
