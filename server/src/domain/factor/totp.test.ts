import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  acceptTotp,
  NEW_TOTP_MEMORY,
  STANDARD_WINDOW,
  STRICT_WINDOW,
  stepAt,
  type TotpMemory,
  type TotpSettings,
  totp,
  USUAL_TOTP,
} from './totp.ts';

const SECRET = Buffer.from('12345678901234567890');
const NOW_MS = Date.UTC(2026, 10, 23, 12, 0, 10);
const STEP_MS = 30_000;

const codeAt = (steps: number, settings = USUAL_TOTP) =>
  totp(settings, SECRET, NOW_MS + steps * settings.periodSeconds * 1000);
const accept = (
  code: string,
  memory: TotpMemory = NEW_TOTP_MEMORY,
  window = STANDARD_WINDOW,
  nowMs = NOW_MS,
) => acceptTotp(USUAL_TOTP, SECRET, memory, code, nowMs, window);

// RFC 6238, appendix B. Its keys are as long as the hash, which the text does not say but its program does.
const RFC_TABLE = [
  [59, '94287082', '46119246', '90693936'],
  [1111111109, '07081804', '68084774', '25091201'],
  [1111111111, '14050471', '67062674', '99943326'],
  [1234567890, '89005924', '91819424', '93441116'],
  [2000000000, '69279037', '90698825', '38618901'],
  [20000000000, '65353130', '77737706', '47863826'],
] as const;

test('the 18 codes of RFC 6238, appendix B, come out', () => {
  const settings = { digits: 8, periodSeconds: 30, mostDriftSteps: 0 } as const;
  const key = (bytes: number) => Buffer.from('1234567890'.repeat(7).slice(0, bytes));
  for (const [seconds, sha1, sha256, sha512] of RFC_TABLE) {
    assert.equal(totp({ ...settings, algorithm: 'SHA1' }, key(20), seconds * 1000), sha1);
    assert.equal(totp({ ...settings, algorithm: 'SHA256' }, key(32), seconds * 1000), sha256);
    assert.equal(totp({ ...settings, algorithm: 'SHA512' }, key(64), seconds * 1000), sha512);
  }
});

test('the codes of one step either way are accepted, those of two are not', () => {
  const accepted = [-3, -2, -1, 0, 1, 2, 3].filter((steps) => accept(codeAt(steps)) !== null);
  assert.deepEqual(accepted, [-1, 0, 1]);
});

test('the strict window takes the present code and the one before it', () => {
  const accepted = [-3, -2, -1, 0, 1, 2, 3].filter(
    (steps) => accept(codeAt(steps), NEW_TOTP_MEMORY, STRICT_WINDOW) !== null,
  );
  assert.deepEqual(accepted, [-1, 0]);
});

test('a step changes exactly at its full period', () => {
  const startMs = stepAt(NOW_MS, USUAL_TOTP) * STEP_MS;
  const code = totp(USUAL_TOTP, SECRET, startMs);
  const untilMs = startMs + 2 * STEP_MS; // its own step and the one that still looks back at it
  assert.notEqual(accept(code, NEW_TOTP_MEMORY, STANDARD_WINDOW, untilMs - 1), null);
  assert.equal(accept(code, NEW_TOTP_MEMORY, STANDARD_WINDOW, untilMs), null);
});

// Stops replay (RFC 6238, section 5.2), also with an older code of the window that was never shown to us.
test('once a step was accepted, it and every step before it are refused', () => {
  const memory = accept(codeAt(0));
  assert.ok(memory !== null);
  assert.equal(accept(codeAt(0), memory), null);
  assert.equal(accept(codeAt(-1), memory), null);
  assert.notEqual(accept(codeAt(1), memory), null);
});

test('whatever is typed, and whenever, accepted steps only ever go up', () => {
  const tries = fc.array(
    fc.record({ waitMs: fc.nat({ max: 90_000 }), steps: fc.integer({ min: -3, max: 3 }) }),
  );
  const property = fc.property(tries, fc.nat({ max: 4 }), (all, mostDriftSteps) => {
    const settings: TotpSettings = { ...USUAL_TOTP, mostDriftSteps };
    let memory = NEW_TOTP_MEMORY;
    let nowMs = NOW_MS;
    for (const { waitMs, steps } of all) {
      nowMs += waitMs;
      const code = totp(settings, SECRET, nowMs + steps * STEP_MS);
      const next = acceptTotp(settings, SECRET, memory, code, nowMs, STANDARD_WINDOW);
      if (next === null) continue;
      assert.ok((next.lastStep ?? 0) > (memory.lastStep ?? 0));
      assert.ok(Math.abs(next.drift) <= mostDriftSteps);
      memory = next;
    }
  });
  fc.assert(property, { numRuns: 300 });
});

test('the clock of a phone is not learned: its window stays around the true time', () => {
  const memory = accept(codeAt(1));
  assert.deepEqual(memory, { lastStep: stepAt(NOW_MS, USUAL_TOTP) + 1, drift: 0 });
});

test('the clock of a token is followed step by step, as far as it may be off and no further', () => {
  const token: TotpSettings = { ...USUAL_TOTP, mostDriftSteps: 2 };
  const at = (memory: TotpMemory, nowMs: number, steps: number) =>
    acceptTotp(token, SECRET, memory, totp(token, SECRET, nowMs + steps * STEP_MS), nowMs, STANDARD_WINDOW);
  const dayMs = 86_400_000;
  const one = at(NEW_TOTP_MEMORY, NOW_MS, 1);
  assert.equal(one?.drift, 1);
  const two = at(one ?? NEW_TOTP_MEMORY, NOW_MS + dayMs, 2);
  assert.equal(two?.drift, 2);
  const three = at(two ?? NEW_TOTP_MEMORY, NOW_MS + 2 * dayMs, 3);
  assert.equal(three?.drift, 2);
  assert.equal(at(three ?? NEW_TOTP_MEMORY, NOW_MS + 3 * dayMs, 4), null);
});
