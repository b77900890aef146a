import { between, pick, type Random } from '../driver/random.ts';
import { AHEAD_HOURS, type Country, mobileNumber } from './countries.ts';
import type { Answer, Scene } from './scene.ts';
import type { Timeline } from './timeline.ts';

/** Somebody who wants to sign in, and what became of it. */
export type Person = {
  readonly recipient: string;
  readonly country: Country;
  /** Verified within the days before; else it is their first time. */
  readonly isReturning: boolean;
  readonly clientIp: string;
  readonly deviceToken: string;
  /** Whether this person will type the code, was it sent. */
  readonly converts: boolean;
  refusals: number;
  /** A create was refused although it came no sooner than it may. */
  isHurt: boolean;
  /** No code came within the five minutes that people wait. */
  isLost: boolean;
  isVerified: boolean;
};

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const PATIENCE_MS = 5 * MINUTE_MS;
const CONVERSION = 0.75;
const RESENDS = 0.15;
const WRONG = 0.1;

export type Crowd = {
  readonly people: readonly Person[];
  /** Of those who come back, the first time, in the days before `fromMs`; of all, once between `fromMs` and `toMs`. */
  plan(scene: Scene, timeline: Timeline, span: { readonly fromMs: number; readonly toMs: number }): void;
};

/** `count` people of a country. Of them 40 in 100 come back to where they were verified in the two days before. */
export function crowdOf(country: Country, count: number, random: Random): Crowd {
  const people = Array.from(
    { length: count },
    (_, i): Person => ({
      ...{ recipient: mobileNumber(country, random), country, isReturning: i % 5 < 2 },
      clientIp: `${between(random, 11, 99)}.${between(random, 0, 255)}.${between(random, 0, 255)}.${between(random, 1, 254)}`,
      deviceToken: `device-${country}-${i}-${between(random, 0, 999_999)}`,
      converts: random() < CONVERSION,
      ...{ refusals: 0, isHurt: false, isLost: false, isVerified: false },
    }),
  );
  return {
    people,
    plan(scene, timeline, { fromMs, toMs }) {
      for (const person of people) {
        if (person.isReturning) {
          const atMs = byDay(country, fromMs - 48 * HOUR_MS, fromMs - HOUR_MS, random);
          timeline.at(atMs, () => visit(scene, timeline, { ...person, converts: true }, random));
        }
        const atMs = byDay(country, fromMs, toMs, random);
        timeline.at(atMs, () => visit(scene, timeline, person, random));
      }
    },
  };
}

/** A moment between two, by day rather than by night: at noon ten times as many people ask as at midnight. */
function byDay(country: Country, fromMs: number, toMs: number, random: Random): number {
  for (;;) {
    const atMs = fromMs + random() * (toMs - fromMs);
    const hour = (atMs / HOUR_MS + AHEAD_HOURS[country]) % 24;
    const busy = 0.55 - 0.45 * Math.cos(((hour - 1) / 24) * 2 * Math.PI);
    if (random() < busy) return atMs;
  }
}

async function askFor(scene: Scene, { recipient, clientIp, deviceToken }: Person): Promise<Answer> {
  const first = await scene.create({ recipient, clientIp, deviceToken });
  // The page of the customer shows its captcha where that is offered instead of a refusal.
  if (!(first.headers['roost-step-up'] ?? '').includes('captcha')) return first;
  return scene.create({ recipient, clientIp, deviceToken, stepUp: 'captcha' });
}

async function visit(scene: Scene, timeline: Timeline, person: Person, random: Random): Promise<void> {
  const sinceMs = scene.nowMs();
  const ask = () => askFor(scene, person);
  const answer = await ask();
  if (answer.status === 201) return wait(scene, timeline, person, answer, random);
  person.isHurt = true;
  person.refusals += 1;
  const again = async (refused: Answer): Promise<void> => {
    const atMs = Math.max(refused.retryAtMs ?? Number.POSITIVE_INFINITY, scene.nowMs() + 30_000);
    if (atMs > sinceMs + PATIENCE_MS) {
      person.isLost = true;
      return;
    }
    timeline.at(atMs, async () => {
      const next = await ask();
      if (next.status === 201) await wait(scene, timeline, person, next, random);
      else {
        person.refusals += 1;
        await again(next);
      }
    });
  };
  await again(answer);
}

/** A code is under way: perhaps another is asked for, perhaps it is mistyped once, and three in four type it. */
async function wait(
  scene: Scene,
  timeline: Timeline,
  person: Person,
  sent: Answer,
  random: Random,
): Promise<void> {
  const { recipient } = person;
  let current = sent;
  let code = scene.codeOf(recipient);
  const atMs = scene.nowMs();
  if (random() < RESENDS) {
    timeline.at(atMs + between(random, 40, 90) * 1000, async () => {
      const more = await askFor(scene, person);
      if (more.status === 201) {
        current = more;
        code = scene.codeOf(recipient);
      } else {
        person.isHurt = true;
        person.refusals += 1;
      }
    });
  }
  if (!person.converts) return;
  const isMistyped = random() < WRONG;
  timeline.at(atMs + between(random, 95, 160) * 1000, async () => {
    if (isMistyped) await scene.check(current.id, otherThan(code, random));
    person.isVerified = (await scene.check(current.id, code)).state === 'verified';
  });
}

function otherThan(code: string, random: Random): string {
  const other = String(between(random, 0, 999_999)).padStart(6, '0');
  return other === code
    ? pick(
        random,
        ['000000', '999999'].filter((one) => one !== code),
      )
    : other;
}
