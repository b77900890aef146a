import { count, HOUR_MS, NOTHING, sum } from '../domain/guard/counts.ts';
import type { Judgement } from '../domain/guard/judge.ts';
import {
  isSteppable,
  PUZZLE_LASTS_MS,
  type PuzzleFor,
  readStepUp,
  type StepUp,
  type StepUpPolicy,
  writePuzzle,
} from '../domain/guard/step-up.ts';
import type { NewVerification } from '../domain/new-verification.ts';
import type { Random } from '../kernel/random.ts';
import type { Tally, TallySubject } from '../store/store.ts';
import type { Vault } from './vault.ts';

export type StepUpDeps = {
  readonly vault: Pick<Vault, 'puzzleTag'>;
  readonly stepUp: StepUpPolicy;
  readonly random: Random;
  readonly nowMs: () => number;
};
export type PreparedStepUp = {
  /** What the header offers should a crowd be refused; null where the policy offers nothing. */
  readonly offer: string | null;
  /** What the caller brought, when it is good. */
  readonly brought: StepUp | null;
  readonly policy: StepUpPolicy;
  /** What is counted of it: how many were let through so, and whether the puzzle is used. Empty without one. */
  readonly subjects: readonly TallySubject[];
};
export type StepUpTallies = { readonly passed: Tally; readonly used: Tally | null };

const NONCE_BYTES = 8;

/** Makes a puzzle to offer, and judges what the caller brought, outside of the transaction. */
export function prepareStepUp(
  { vault, stepUp: policy, random, nowMs }: StepUpDeps,
  about: PuzzleFor,
  given: string | null,
  { recipient }: NewVerification,
  force: 'refuse' | 'record',
): PreparedStepUp {
  if (policy.ways.length === 0 || force === 'record')
    return { offer: null, brought: null, policy, subjects: [] };
  const brought = given === null ? null : readStepUp(given, about, policy, vault.puzzleTag);
  const country = recipient.kind === 'phone' ? (recipient.country ?? '') : '';
  const name = `${about.mode} ${about.projectId} step-up`;
  const used = brought?.kind === 'solved' ? [{ name: `${name} ${brought.puzzle}`, isExact: true }] : [];
  const subjects = brought === null ? [] : [{ name: `${name} country ${country}`, isExact: true }, ...used];
  const nonce = random.bytes(NONCE_BYTES).toString('hex');
  const puzzle = writePuzzle(about, policy.bits, nowMs() + PUZZLE_LASTS_MS, nonce, vault.puzzleTag);
  const offer = policy.ways.map((way) =>
    way === 'captcha' ? way : `${way}; puzzle="${puzzle}"; bits=${policy.bits}`,
  );
  return { offer: offer.join(', '), brought, policy, subjects };
}

export const stepUpTallies = ([passed, used]: readonly Tally[]): StepUpTallies => ({
  passed: passed as Tally,
  used: used ?? null,
});

/** Whether what the caller brought may pass this refusal. */
export function mayStepUp(
  { brought, policy }: PreparedStepUp,
  tallies: StepUpTallies | null,
  { on, of }: NonNullable<Judgement['refusal']>,
  nowMs: number,
): boolean {
  if (brought === null || tallies === null || !isSteppable(on, of)) return false;
  const { passed, used } = tallies;
  if (brought.kind === 'solved' && (nowMs >= brought.expiresAtMs || used === null || used.own !== null))
    return false;
  return sum([passed.own ?? NOTHING], 'sends', HOUR_MS, nowMs) < policy.mostAnHour;
}

/** It let a code through: counted, and never again. */
export function useStepUp({ brought }: PreparedStepUp, { passed, used }: StepUpTallies, nowMs: number): void {
  passed.keep(count(passed.own ?? NOTHING, { sends: 1 }, nowMs, nowMs, 1), nowMs + 2 * HOUR_MS);
  if (brought?.kind === 'solved') used?.keep(NOTHING, brought.expiresAtMs + PUZZLE_LASTS_MS);
}
