import { between, seeded } from '../driver/random.ts';
import { openScene } from './scene.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const START_MS = Date.UTC(2026, 2, 2);
const VICTIM = {
  recipient: '+31612345678',
  clientIp: '203.0.113.9',
  deviceToken: 'the victim’s own browser',
};
const CONTEXTS = 100;
const AN_HOUR = 1_000;

export type LockOutFigures = {
  readonly scenario: 'lock-out';
  readonly seed: number;
  readonly hours: number;
  /** What the attackers did in vain: wrong codes, and codes that were refused to them. */
  readonly failures: number;
  readonly visits: number;
  /** Visits of the victim in which the first create and the first check succeeded. */
  readonly admitted: number;
  readonly seconds: number;
  readonly isGood: boolean;
};

/** A thousand failures an hour from a hundred places, while the victim signs in from where they always do. */
export async function lockOut(seed: number, hours = 6, anHour = AN_HOUR): Promise<LockOutFigures> {
  const sinceMs = performance.now();
  const random = seeded(seed);
  const scene = await openScene({ startMs: START_MS, settle: 'each' });
  let failures = 0;
  let visits = 0;
  let admitted = 0;
  const visit = async (): Promise<boolean> => {
    const made = await scene.create(VICTIM);
    if (made.status !== 201) return false;
    return (await scene.check(made.id, scene.codeOf(VICTIM.recipient))).state === 'verified';
  };
  try {
    if (!(await visit())) throw new Error('the victim was not admitted before there was any attack');
    scene.moveTo(START_MS + 2 * HOUR_MS);
    const open: string[] = [];
    for (let hour = 0; hour < hours; hour += 1) {
      const visitAt = between(random, 0, anHour - 1);
      for (let i = 0; i < anHour; i += 1) {
        scene.moveTo(START_MS + (2 + hour) * HOUR_MS + Math.round((i * HOUR_MS) / anHour));
        if (i === visitAt && hour % 2 === 1) {
          visits += 1;
          if (await visit()) admitted += 1;
        }
        const made = await scene.create({
          recipient: VICTIM.recipient,
          clientIp: `198.51.100.${1 + ((hour * anHour + i) % CONTEXTS)}`,
        });
        if (made.status === 201) open.push(made.id);
        const at = open.at(-1);
        const answer = at === undefined ? made : await scene.check(at, '000000');
        if (answer.status >= 400) failures += 1;
      }
    }
  } finally {
    await scene.close();
  }
  return {
    ...{ scenario: 'lock-out', seed, hours, failures, visits, admitted },
    seconds: (performance.now() - sinceMs) / 1000,
    isGood: visits > 0 && admitted === visits && failures >= hours * anHour * 0.99,
  };
}
