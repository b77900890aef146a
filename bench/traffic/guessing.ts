import { between, pick, seeded } from '../driver/random.ts';
import { OTHER_KEY, openScene } from './scene.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START_MS = Date.UTC(2026, 2, 2);
const WAYS = ['+31612345678', '31612345678', '+31 6 1234 5678', '+31 (0)6-12345678', '0031612345678'];
const CHANNELS = ['sms', 'flash', 'tts'];

export type GuessingFigures = {
  readonly scenario: 'guessing';
  readonly seed: number;
  readonly days: number;
  readonly tried: number;
  readonly judged: number;
  readonly mostInADay: number;
  readonly mostInAMonth: number;
  readonly seconds: number;
  readonly isGood: boolean;
};

/**
 * Guesses at one recipient with unlimited patience, from an address of its own each time: every spelling, every channel,
 * two keys, and a restart of the server each week.
 */
export async function guess(seed: number, days = 33): Promise<GuessingFigures> {
  const sinceMs = performance.now();
  const random = seeded(seed);
  const scene = await openScene({ startMs: START_MS, guard: { voice: '*' }, settle: 'never' });
  const judgedAtMs: number[] = [];
  let tried = 0;
  try {
    for (let hour = 0; hour < days * 24; hour += 1) {
      if (hour % 168 === 167) await scene.restart();
      scene.moveTo(START_MS + hour * HOUR_MS + between(random, 0, 60_000));
      for (let i = 0; i < 3; i += 1) {
        const made = await scene.create({
          ...{ recipient: pick(random, WAYS), type: pick(random, CHANNELS), maxAttempts: 10 },
          clientIp: `198.51.${between(random, 0, 255)}.${between(random, 1, 254)}`,
          ...(random() < 0.5 ? { key: OTHER_KEY } : {}),
        });
        if (made.status !== 201) continue;
        const right = scene.codeOf('+31612345678');
        for (let k = 0; k < 12; k += 1) {
          const code = String(between(random, 0, 999_999)).padStart(6, '0');
          if (code === right) continue;
          tried += 1;
          const answer = await scene.check(made.id, code);
          if (answer.headers['roost-attempts-left'] !== undefined) judgedAtMs.push(scene.nowMs());
        }
        scene.moveTo(scene.nowMs() + between(random, 300, 900) * 1000);
      }
    }
  } finally {
    await scene.close();
  }
  const mostInADay = mostWithin(judgedAtMs, DAY_MS);
  const mostInAMonth = mostWithin(judgedAtMs, 30 * DAY_MS);
  return {
    ...{ scenario: 'guessing', seed, days, tried, judged: judgedAtMs.length, mostInADay, mostInAMonth },
    seconds: (performance.now() - sinceMs) / 1000,
    isGood: judgedAtMs.length > 0 && mostInADay <= 10 && mostInAMonth <= 50,
  };
}

/** The most that fell into any span of this length. */
export function mostWithin(momentsMs: readonly number[], spanMs: number): number {
  let from = 0;
  let most = 0;
  for (const [i, atMs] of momentsMs.entries()) {
    while ((momentsMs[from] ?? 0) <= atMs - spanMs) from += 1;
    most = Math.max(most, i - from + 1);
  }
  return most;
}
