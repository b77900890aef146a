import { readNote } from '../../domain/guard/note.ts';
import type { Outcome } from '../../domain/guard/outcome.ts';
import { type Past, replayOf } from '../../domain/guard/replay.ts';
import type { Rule } from '../../domain/guard/rules.ts';
import { maskRecipient } from '../../kernel/mask.ts';
import { placeAt, type Store, tables, timeOfPlace } from '../../store/store.ts';
import type { Vault } from '../vault.ts';
import { Outcomes } from './outcomes-in-order.ts';
import { createReport, type ReplayExample, type ReplayReport } from './replay-report.ts';

export type ReplayDeps = {
  readonly store: Pick<Store, 'read'>;
  readonly vault: Pick<Vault, 'openRecipient'>;
};
export type Replayed = Omit<ReplayReport, 'examples'> & { readonly examples: readonly MaskedExample[] };
/** Whom it was for: all but the last two digits hidden; null once that is forgotten. */
type MaskedExample = ReplayExample & { readonly recipient: string | null };
export type ReplayQuestion = {
  /** Those that a project is judged by. */
  readonly rules: (projectId: string) => readonly Rule[];
  /** The one project whose codes are asked about; those of all without it. */
  readonly projectId?: string;
  readonly sinceMs: number;
  readonly untilMs: number;
  /** Codes that real providers carried, or those of the sandbox. */
  readonly of: 'real' | 'sandbox';
};

type Sent = Awaited<ReturnType<Store['read']['history']['sent']>>[number];
type Refused = Awaited<ReturnType<Store['read']['history']['refused']>>[number];
type Asked = { readonly sent: Sent | null; readonly refused: Refused | null; readonly atMs: number };

/** What was counted before the time that is asked about still counts within it: a day, and a week of what is usual. */
const BEFORE_MS = 8 * 86_400_000;
const AT_ONCE = 2_000;
/** Rows are found by when they were begun, which is up to this long before they were written. */
const BLUR_MS = 10_000;

/**
 * Judges what was asked for since `sinceMs` once more, by other rules. What is counted starts from what was sent in the
 * days before. A code that the rules would have stopped was never verified, and counts for nothing after.
 */
export async function replayGuard(deps: ReplayDeps, question: ReplayQuestion): Promise<Replayed> {
  const { store } = deps;
  const { rules, projectId, sinceMs, untilMs, of } = question;
  const replay = replayOf(rules);
  const report = createReport();
  const pending = new Outcomes<() => void>();
  for await (const asked of inOrder(store, sinceMs - BEFORE_MS, untilMs)) {
    const row = asked.sent ?? asked.refused;
    if (row === null || (projectId !== undefined && row.projectId !== projectId)) continue;
    // Of what the guard refused nobody says who would have carried it: it refuses only what a real provider would.
    const isReal = asked.sent?.isReal ?? true;
    if (isReal !== (of === 'real')) continue;
    pending.before(asked.atMs, (due) => due());
    const note = readNote(row.guard);
    if (note.isText === true) continue;
    const past: Past = { ...row, note };
    const isBefore = asked.atMs < sinceMs;
    if (isBefore && asked.sent === null) continue;
    const judgement = isBefore ? replay.begin(past) : replay.ask(past);
    if (!isBefore) report.add(row, note, judgement, asked.sent === null ? 'refused' : outcomeOf(asked.sent));
    if (asked.sent === null) continue;
    const { verifiedAtMs, wrongGuesses, lastWrongAtMs } = asked.sent;
    const isSent = isBefore || judgement.refusal === null;
    const after = (outcome: Outcome, atMs: number) =>
      pending.add(atMs, () => replay.outcome(past, judgement.uncounted, outcome, atMs));
    if (isSent && lastWrongAtMs !== null) {
      for (let i = 0; i < wrongGuesses; i += 1) after('wrong', lastWrongAtMs);
    }
    if (verifiedAtMs === null) continue;
    pending.add(verifiedAtMs, () => replay.proved(past));
    if (isSent) after('verified', verifiedAtMs);
  }
  const told = report.done({ sinceMs, untilMs });
  return { ...told, examples: await Promise.all(told.examples.map((example) => masked(deps, example))) };
}

async function masked({ store, vault }: ReplayDeps, example: ReplayExample): Promise<MaskedExample> {
  const found = await store.read.get(tables.verifications, example.key);
  const isKept = found !== null && found.sealedRecipient !== null;
  return { ...example, recipient: isKept ? maskRecipient(vault.openRecipient(found)) : null };
}

const outcomeOf = ({ verifiedAtMs }: Sent): 'verified' | 'sent' =>
  verifiedAtMs === null ? 'sent' : 'verified';

/** Everything that was asked for, in the order of its time. */
async function* inOrder(store: ReplayDeps['store'], fromMs: number, untilMs: number): AsyncGenerator<Asked> {
  const pages = [
    pagesOf((stretch) => store.read.history.sent(stretch), fromMs, untilMs),
    pagesOf((stretch) => store.read.history.refused(stretch), fromMs, untilMs),
  ] as const;
  let waiting: Asked[] = [];
  let isOver = false;
  while (!isOver) {
    const [sent, refused] = await Promise.all([pages[0].next(), pages[1].next()]);
    waiting.push(...sent.map((row) => ({ sent: row, refused: null, atMs: row.atMs })));
    waiting.push(...refused.map((row) => ({ sent: null, refused: row, atMs: row.atMs })));
    waiting.sort((a, b) => a.atMs - b.atMs);
    const surelyMs = Math.min(pages[0].readToMs(), pages[1].readToMs()) - BLUR_MS;
    isOver = surelyMs > untilMs;
    const ready = isOver ? waiting.length : firstAfter(waiting, surelyMs);
    for (let i = 0; i < ready; i += 1) {
      const asked = waiting[i];
      if (asked !== undefined && asked.atMs < untilMs && asked.atMs >= fromMs) yield asked;
    }
    waiting = waiting.slice(ready);
  }
}

function firstAfter(waiting: readonly Asked[], atMs: number): number {
  const at = waiting.findIndex((asked) => asked.atMs > atMs);
  return at < 0 ? waiting.length : at;
}

/** One table in pieces; it is read only where it is behind. */
function pagesOf<Row extends { readonly place: string }>(
  read: (stretch: { after: string; before: string; limit: number }) => Promise<readonly Row[]>,
  fromMs: number,
  untilMs: number,
) {
  let after = placeAt(fromMs - BLUR_MS);
  const before = placeAt(untilMs);
  let isOver = false;
  return {
    readToMs: () => (isOver ? Number.POSITIVE_INFINITY : timeOfPlace(after)),
    async next(): Promise<readonly Row[]> {
      if (isOver) return [];
      const rows = await read({ after, before, limit: AT_ONCE });
      after = rows.at(-1)?.place ?? after;
      isOver = rows.length < AT_ONCE;
      return rows;
    },
  };
}
