import type { Breaker } from '../../domain/breaker.ts';
import {
  addFigures,
  blank,
  type Facet,
  type Figures,
  type KeptBook,
  readBook,
  type Tally,
} from '../../domain/insight/figures.ts';
import { usualMode } from '../../domain/insight/usual-mode.ts';
import { isShownTo } from '../../domain/operator.ts';
import type { Mode } from '../../domain/scope.ts';
import { placeAt, type Store, tables } from '../../store/store.ts';
import { DAY_MS, dayOf, SPAN_MS } from './count-span.ts';
import { findListed } from './search.ts';
import { EVERYTHING } from './wanted.ts';

const HOUR_MS = 3_600_000;
/** The setting that says up to when the figures were complete, and how old it may be. */
export const COMPLETE = 'figures are complete up to';
const PATIENCE_MS = 15 * 60_000;
/** Days that the longer period has, today included. */
const DAYS = 30;

export type Named = { readonly name: string; readonly figures: Figures };
/** What was counted of one period. */
export type Period = {
  readonly sinceMs: number;
  readonly total: Figures;
  readonly by: { readonly [facet in Exclude<Facet, 'all'> | 'project']: readonly Named[] };
  /** By hour or by day, the oldest first, empty ones too. */
  readonly steps: readonly { readonly atMs: number; readonly figures: Figures }[];
};
export type Home = {
  readonly mode: Mode;
  readonly today: Period;
  readonly month: Period;
  /** When the newest figures were counted; null while nothing has been. */
  readonly countedAtMs: number | null;
  /** All projects that have figures. */
  readonly projects: readonly string[];
  /** Whether what was made before is still being counted, as after an upgrade. */
  readonly isCatchingUp: boolean;
  readonly breakers: readonly Breaker[];
};
export type HomeDeps = { readonly store: Pick<Store, 'read' | 'nowMs'> };
export type HomeQuestion = { readonly mode: Mode | null; readonly projectId: string | null };

type Counted = { readonly beginsAtMs: number; readonly book: KeptBook };

/** The figures of today (from midnight, UTC) and of the last 30 days, from what has been counted. */
export async function readHome({ store }: HomeDeps, question: HomeQuestion): Promise<Home> {
  const nowMs = store.nowMs();
  const todayMs = dayOf(nowMs);
  const sinceMs = todayMs - (DAYS - 1) * DAY_MS;
  const read = (lengthMs: number, fromMs: number) =>
    store.read.list(tables.figuresSince, { lengthMs }, fromMs);
  const [dayRows, breakers, isCatchingUp] = await Promise.all([
    read(DAY_MS, sinceMs),
    store.read.breakers(),
    isBehind(store, nowMs),
  ]);
  // Yesterday's sum comes some seconds after midnight.
  const isSummed = dayRows.some(({ beginsAtMs }) => beginsAtMs === todayMs - DAY_MS);
  const spanRows = await read(SPAN_MS, isSummed ? todayMs : todayMs - DAY_MS);
  const days: Counted[] = dayRows.filter(({ beginsAtMs }) => beginsAtMs < todayMs).map(opened);
  const spans: Counted[] = spanRows.map(opened);
  const all = [...days, ...spans];
  const mode = question.mode ?? usualMode(all.flatMap(({ book }) => [...book.keys()]));
  const pick = { mode, projectId: question.projectId };
  const today = spans.filter(({ beginsAtMs }) => beginsAtMs >= todayMs);
  return {
    mode,
    today: periodOf(today, pick, todayMs, HOUR_MS, Math.floor((nowMs - todayMs) / HOUR_MS) + 1),
    month: periodOf(all, pick, sinceMs, DAY_MS, DAYS),
    countedAtMs: spanRows.reduce<number | null>((last, row) => Math.max(last ?? 0, row.countedAtMs), null),
    projects: projectsOf(all),
    isCatchingUp,
    breakers,
  };
}

const opened = (row: { readonly beginsAtMs: number; readonly book: string }): Counted => ({
  beginsAtMs: row.beginsAtMs,
  book: readBook(row.book),
});

/** Whether something that is not young any more may be missing in the figures. */
async function isBehind({ read }: Pick<Store, 'read'>, nowMs: number): Promise<boolean> {
  const mark = await read.get(tables.settings, { name: COMPLETE });
  if (mark !== null && nowMs - Number(mark.value) < PATIENCE_MS) return false;
  return (await read.insight.placeBack('verifications', placeAt(nowMs - PATIENCE_MS), 0)) !== null;
}

/** Looks at rows, not at figures, so that the first create is noticed at once. */
export async function isNothingThere(store: Pick<Store, 'read' | 'nowMs'>): Promise<boolean> {
  return (await findListed({ store }, EVERYTHING)).rows.length === 0;
}

const projectOf = (group: string): string => group.slice(group.indexOf(' ') + 1);

const projectsOf = (all: readonly Counted[]): readonly string[] =>
  [...new Set(all.flatMap(({ book }) => [...book.keys()].map(projectOf)))]
    .filter((project) => isShownTo(project, null))
    .sort();

function periodOf(
  counted: readonly Counted[],
  { mode, projectId }: { readonly mode: Mode; readonly projectId: string | null },
  sinceMs: number,
  stepMs: number,
  steps: number,
): Period {
  const total = blank();
  const named = new Map<string, Map<string, Tally>>();
  const into = (facet: string, name: string): Tally => {
    const names = named.get(facet) ?? new Map<string, Tally>();
    named.set(facet, names);
    const tally = names.get(name) ?? blank();
    names.set(name, tally);
    return tally;
  };
  const byStep = Array.from({ length: steps }, (_, i) => ({ atMs: sinceMs + i * stepMs, figures: blank() }));
  for (const { beginsAtMs, book } of counted) {
    const step = byStep[Math.floor((beginsAtMs - sinceMs) / stepMs)];
    for (const [group, entries] of book) {
      const project = projectOf(group);
      if (!group.startsWith(`${mode} `) || (projectId !== null && project !== projectId)) continue;
      if (!isShownTo(project, projectId)) continue;
      for (const [entry, figures] of entries) {
        const at = entry.indexOf(' ');
        const facet = entry.slice(0, at);
        if (facet !== 'all') {
          addFigures(into(facet, entry.slice(at + 1)), figures);
          continue;
        }
        addFigures(total, figures);
        addFigures(into('project', project), figures);
        if (step !== undefined) addFigures(step.figures, figures);
      }
    }
  }
  const list = (facet: string): readonly Named[] =>
    [...(named.get(facet) ?? [])]
      .map(([name, figures]) => ({ name, figures }))
      .sort((a, b) => weight(b.figures) - weight(a.figures) || (a.name < b.name ? -1 : 1));
  const by = {
    ...{ country: list('country'), channel: list('channel'), provider: list('provider') },
    ...{ rule: list('rule'), project: list('project') },
  };
  return { sinceMs, total, by, steps: byStep };
}

const weight = ({ created, messages, refused }: Figures): number => created + messages + refused;

/**
 * What the codes that the guard stopped would have cost, by what those cost that went to the same countries; null where
 * nothing is known of any price.
 */
export function savedMicros({ total, by }: Period): { readonly [currency: string]: number } | null {
  if (Object.keys(total.costs).length === 0) return null;
  const saved: { [currency: string]: number } = {};
  for (const { figures } of by.country) {
    const known = figures.accepted > 0 && Object.keys(figures.costs).length > 0 ? figures : total;
    for (const [currency, micros] of Object.entries(known.costs)) {
      if (figures.refused === 0 || known.accepted === 0) continue;
      saved[currency] = (saved[currency] ?? 0) + Math.round((micros / known.accepted) * figures.refused);
    }
  }
  return saved;
}
