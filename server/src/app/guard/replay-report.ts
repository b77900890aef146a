import type { Judgement } from '../../domain/guard/judge.ts';
import type { GuardNote } from '../../domain/guard/note.ts';
import type { Key } from '../../domain/scope.ts';

/** What became of it in truth. */
export type Truth = 'verified' | 'sent' | 'refused';

/** What a rule or a country comes to. */
export type ReplaySum = {
  /** Codes that were sent, and that the rules would have stopped. */
  readonly stopped: number;
  /** Of those, the ones that were verified: people who would have been turned away. */
  readonly hurt: number;
  /** What the stopped ones cost, in millionths of the price book's currency. */
  readonly savedMicros: number;
  /** Codes that the rules refuse, whether they were sent or not. */
  readonly refused: number;
};
/** One code that was sent and would be stopped. Who was to get it is found by its key. */
export type ReplayExample = {
  readonly key: Key;
  readonly atMs: number;
  readonly rule: string;
  readonly country: string | null;
  readonly value: number;
  readonly most: number;
  readonly wasVerified: boolean;
};
export type ReplayReport = ReplaySum & {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly decisions: number;
  /** How it was: codes sent, and codes refused. */
  readonly was: { readonly sent: number; readonly refused: number };
  /** Codes that were refused, and that the rules would have let through. What would have become of them nobody knows. */
  readonly admitted: number;
  /** Different recipients among the hurt. */
  readonly hurtRecipients: number;
  readonly byRule: { readonly [rule: string]: ReplaySum };
  readonly byCountry: { readonly [country: string]: ReplaySum };
  readonly examples: readonly ReplayExample[];
};

type Row = Key & { readonly atMs: number; readonly recipientKey: string };
type Summing = { -readonly [name in keyof ReplaySum]: number };

const EXAMPLES_EACH = 3;
const NOTHING: ReplaySum = { stopped: 0, hurt: 0, savedMicros: 0, refused: 0 };

/** Adds up a replay. */
export function createReport() {
  const all: Summing = { ...NOTHING };
  const byRule = new Map<string, Summing>();
  const byCountry = new Map<string, Summing>();
  const hurt = new Set<string>();
  const examples = new Map<string, ReplayExample[]>();
  const was = { sent: 0, refused: 0 };
  let admitted = 0;
  const of = (sums: Map<string, Summing>, name: string): Summing => {
    const found = sums.get(name) ?? { ...NOTHING };
    sums.set(name, found);
    return found;
  };
  return {
    add(row: Row, note: GuardNote, { refusal, readings }: Judgement, truth: Truth): void {
      was[truth === 'refused' ? 'refused' : 'sent'] += 1;
      if (refusal === null) {
        if (truth === 'refused') admitted += 1;
        return;
      }
      const country = note.subjects.find(({ kind }) => kind === 'country')?.what ?? null;
      for (const sum of [all, of(byRule, refusal.rule), of(byCountry, country ?? 'none')]) {
        sum.refused += 1;
        if (truth === 'refused') continue;
        sum.stopped += 1;
        sum.savedMicros += note.micros;
        if (truth === 'verified') sum.hurt += 1;
      }
      if (truth === 'refused') return;
      if (truth === 'verified') hurt.add(row.recipientKey);
      const { projectId, mode, id, atMs } = row;
      const reading = readings.find(({ rule }) => rule === refusal.rule);
      const shown = examples.get(refusal.rule) ?? [];
      examples.set(refusal.rule, shown);
      // One who was hurt tells more than those who were not.
      if (shown.length >= EXAMPLES_EACH && (truth !== 'verified' || shown.some((one) => one.wasVerified)))
        return;
      if (shown.length >= EXAMPLES_EACH) shown.pop();
      shown.push({
        ...{ key: { projectId, mode, id }, atMs, rule: refusal.rule, country },
        ...{ value: reading?.value ?? 0, most: reading?.most ?? 0, wasVerified: truth === 'verified' },
      });
    },
    done(span: { readonly sinceMs: number; readonly untilMs: number }): ReplayReport {
      return {
        ...{ ...span, ...all, was, admitted, decisions: was.sent + was.refused, hurtRecipients: hurt.size },
        byRule: Object.fromEntries(byRule),
        byCountry: Object.fromEntries([...byCountry].sort(([, a], [, b]) => b.stopped - a.stopped)),
        examples: [...examples.values()].flat(),
      };
    },
  };
}
