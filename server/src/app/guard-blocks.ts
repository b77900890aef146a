import { brakeOf, judgeBrake } from '../domain/guard/brake.ts';
import { type Brake, NOTHING, sum } from '../domain/guard/counts.ts';
import { isExact, type Rule } from '../domain/guard/rules.ts';
import type { Mode } from '../domain/scope.ts';
import { type Failure, refuse } from '../kernel/failure.ts';
import { type Store, tables } from '../store/store.ts';

/** A brake that is closed: nothing is sent there, but for probes. */
export type Block = {
  /** What it is counted under, which holds no personal data. */
  readonly subject: string;
  readonly on: 'block' | 'country';
  readonly projectId: string;
  readonly mode: Mode;
  /** A country, or the keyed hash of a block of numbers. */
  readonly what: string;
  readonly rule: string;
  /** Whether it refuses, or is only written down. */
  readonly isEnforced: boolean;
  readonly sinceMs: number;
  /** From then on probes are let through. */
  readonly untilMs: number;
  readonly times: number;
  /** Sendings let through since it may be tried again. */
  readonly probes: number;
  /** Of the rule's window. */
  readonly sends: number;
  readonly verified: number;
};

/** The rules of a project. */
type RulesOf = (projectId: string) => readonly Rule[];

const MOST = 200;
const KEPT_MS = 8 * 86_400_000;

/** Blocks in force, those that last the longest first. */
export async function listBlocks(store: Store, rules: RulesOf): Promise<readonly Block[]> {
  const nowMs = store.nowMs();
  const subjects = [...new Set(await store.read.brakedTallies(nowMs, MOST))];
  const found = await Promise.all(subjects.map((subject) => blockOf(store, rules, subject, nowMs)));
  return found.filter((block) => block !== null);
}

async function blockOf(store: Store, rules: RulesOf, subject: string, nowMs: number): Promise<Block | null> {
  const about = subjectOf(subject);
  if (about === null) return null;
  const rule = rules(about.projectId).find((one) => one.kind === 'brake' && one.on === about.on);
  if (rule?.kind !== 'brake' || rule.mode === 'off') return null;
  const parts = (await store.read.list(tables.partsOfTally, { subject }, nowMs)).map(({ counts }) => counts);
  const brake = brakeOf(parts);
  if (brake === null || brake.healedAtMs !== null) return null;
  const state = judgeBrake(parts, rule, nowMs);
  return {
    ...{ subject, ...about, rule: rule.id, isEnforced: rule.mode === 'enforce', sinceMs: brake.closedAtMs },
    untilMs: state.kind === 'closed' ? state.untilMs : brake.untilMs,
    ...{ times: brake.times, probes: brake.probes },
    sends: sum(parts, 'sends', rule.windowMs, nowMs),
    verified: sum(parts, 'verified', rule.windowMs, nowMs),
  };
}

/**
 * Opens a brake by hand. What was counted before is forgotten for it, so it closes again only by what comes after.
 * @throws Failure `not_found` when it is not closed
 */
export async function liftBlock(store: Store, rules: RulesOf, subject: string): Promise<void> {
  const about = subjectOf(subject);
  if (about === null) throw notClosed();
  const refusal = await store.transaction(async (tx): Promise<Failure | null> => {
    const tally = await tx.tally({ name: subject, isExact: isExact(rules(about.projectId), about.on) });
    const own = tally.own ?? NOTHING;
    const brake = brakeOf([own, ...tally.others]);
    if (brake === null || brake.healedAtMs !== null) return notClosed();
    const lifted: Brake = { ...brake, healedAtMs: tx.nowMs };
    tally.keep({ ...own, brake: lifted }, tx.nowMs + KEPT_MS);
    return null;
  });
  if (refusal !== null) throw refusal;
}

/** See `tallyName`. */
function subjectOf(subject: string): Pick<Block, 'on' | 'projectId' | 'mode' | 'what'> | null {
  const found = /^(live|test) (\S+) (block|country) (\S+)$/.exec(subject);
  if (found === null) return null;
  const [, mode, projectId = '', on, what = ''] = found;
  return { mode: mode as Mode, projectId, on: on as Block['on'], what };
}

const notClosed = () => refuse('not_found', 'There is no such block, or it has ended.');
