import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { seeded } from '../../../bench/driver/random.ts';
import { openScene, type Scene } from '../../../bench/traffic/scene.ts';
import { timelineOf } from '../../../bench/traffic/timeline.ts';
import { type Replayed, replayGuard } from '../../src/app/guard/replay.ts';
import { createVault } from '../../src/app/vault.ts';
import { readGuardRules } from '../../src/config.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import { placeAt } from '../../src/store/store.ts';

const START_MS = Date.UTC(2026, 2, 2, 8);
const HOUR_MS = 3_600_000;
const STRICT = {
  countries: ['NL', 'FR'],
  rules: {
    'block-unverified': { most: 4 },
    'country-unverified': { most: 12 },
    'country-conversion': { leastSends: 10, closesBelowPercent: 30 },
    'key-day': { most: 130 },
  },
  money: { perCountryAndDay: 5 },
};

type Ask = {
  readonly atMs: number;
  readonly recipient: string;
  readonly clientIp: string;
  readonly isTyped: boolean;
};

/** Requests that come whatever became of those before: people, and somebody who pumps a block and a country. */
function stream(seed: number): readonly Ask[] {
  const random = seeded(seed);
  const digits = (most: number) => String(Math.floor(random() * 10 ** most)).padStart(most, '0');
  const asks: Ask[] = [];
  for (let i = 0; i < 190; i += 1) {
    const atMs = START_MS + HOUR_MS + i * 97_003;
    const kind = random();
    const isTyped = kind < 0.45 && random() < 0.8;
    const recipient =
      kind < 0.45
        ? `+3161${digits(7)}`
        : kind < 0.65
          ? `+3162345${digits(4)}`
          : kind < 0.9
            ? `+336${digits(8)}`
            : `+4915${digits(9)}`;
    const clientIp = `198.51.100.${1 + Math.floor(random() * 40)}`;
    asks.push({ atMs, recipient, clientIp, isTyped });
    if (random() < 0.15) asks.push({ atMs: atMs + 9_001, recipient, clientIp, isTyped: false });
  }
  return asks;
}

async function play(t: TestContext, mode: 'enforce' | 'monitor-live', guard: object): Promise<Scene> {
  const scene = await openScene({ startMs: START_MS, guard, env: { ROOST_GUARD: mode } });
  t.after(() => scene.close());
  const timeline = timelineOf(scene);
  for (const { atMs, isTyped, ...ask } of stream(4)) {
    timeline.at(atMs, async () => {
      const { status, id } = await scene.create(ask);
      const code = scene.codeOf(ask.recipient);
      if (status === 201 && isTyped)
        timeline.at(atMs + 41_003, async () => void (await scene.check(id, code)));
    });
  }
  await timeline.run();
  scene.moveTo(START_MS + 12 * HOUR_MS);
  return scene;
}

const replay = (scene: Scene, guard: object): Promise<Replayed> => {
  const { store, masterKey } = scene.roost();
  const vault = createVault(masterKey, systemRandom);
  const span = { sinceMs: START_MS, untilMs: START_MS + 12 * HOUR_MS };
  const rules = readGuardRules(guard);
  return replayGuard({ store, vault }, { rules: () => rules, ...span, of: 'real' });
};

const refusedOf = (sums: Replayed['byRule']) =>
  Object.fromEntries(
    Object.entries(sums)
      .map(([name, { refused }]) => [name, refused] as const)
      .sort(),
  );

test('a replay of what was only monitored refuses exactly what enforcing would have refused', async (t) => {
  const monitored = await play(t, 'monitor-live', STRICT);
  const enforced = await play(t, 'enforce', STRICT);
  const told = await replay(monitored, STRICT);
  const stretch = { after: placeAt(START_MS), before: placeAt(START_MS + 12 * HOUR_MS), limit: 1_000 };
  const { history } = enforced.roost().store.read;
  const refused = await history.refused(stretch);
  const sent = await history.sent(stretch);
  const count = (names: readonly string[]) =>
    Object.fromEntries(
      Object.entries(Object.groupBy(names, (name) => name))
        .map(([name, all]) => [name, all?.length ?? 0] as const)
        .sort(),
    );
  assert.deepEqual(refusedOf(told.byRule), count(refused.map(({ rule }) => rule)));
  assert.ok(Object.keys(told.byRule).length >= 5, JSON.stringify(told.byRule));
  assert.equal(told.decisions - told.refused, sent.length);
  assert.equal(told.was.refused, 0);
  assert.equal(told.stopped, refused.length);
  assert.equal(told.savedMicros, refused.length * 70_000);
  const verified = (await monitored.roost().store.read.history.sent(stretch)).filter(
    (one) => one.verifiedAtMs !== null,
  );
  const stillVerified = sent.filter((one) => one.verifiedAtMs !== null);
  assert.equal(told.hurt, verified.length - stillVerified.length);
  assert.ok(told.hurt > 0);
  for (const example of told.examples) assert.match(example.recipient ?? '', /^\+\d{0,2}\*+\d\d$/);
});

test('replayed by the rules that were in force, what was enforced is refused again', async (t) => {
  const enforced = await play(t, 'enforce', STRICT);
  const told = await replay(enforced, STRICT);
  assert.ok(told.was.refused > 20);
  assert.deepEqual([told.stopped, told.admitted, told.refused], [0, 0, told.was.refused]);
});
