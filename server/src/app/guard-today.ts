import { isInForce } from '../domain/access-key.ts';
import { type Counts, sum } from '../domain/guard/counts.ts';
import { readBroken } from '../domain/guard/note.ts';
import { LINES } from '../domain/guard/ranges.ts';
import type { LimitRule, Rule } from '../domain/guard/rules.ts';
import { countryIn } from '../domain/noted-country.ts';
import type { Scope } from '../domain/scope.ts';
import { type Place, placeAt, type Store, tables } from '../store/store.ts';
import { tallyName } from './guard.ts';

/** What a rule did lately. */
export type RuleCount = { readonly refused: number; readonly wouldRefuse: number };
export type GuardToday = {
  /** Looked at: of each sort the newest within a day, up to a bound. */
  readonly sent: number;
  readonly refused: number;
  readonly isWhole: boolean;
  readonly byRule: ReadonlyMap<string, RuleCount>;
  readonly sentByCountry: ReadonlyMap<string, number>;
  readonly refusedByCountry: ReadonlyMap<string, number>;
};

const DAY_MS = 86_400_000;
const MOST_SENT = 5_000;
const MOST_REFUSED = 10_000;
/** As a note has it, read without the rest. */

/** What each rule did within a day, by the newest decisions. */
export async function guardToday(store: Store): Promise<GuardToday> {
  const [sent, refused] = await Promise.all([newest(store, 'verifications'), newest(store, 'refusals')]);
  const byRule = new Map<string, { refused: number; wouldRefuse: number }>();
  const of = (rule: string) => {
    const found = byRule.get(rule) ?? { refused: 0, wouldRefuse: 0 };
    byRule.set(rule, found);
    return found;
  };
  const { insight } = store.read;
  const decisions = await insight.countable({ ...sent.stretch, limit: MOST_SENT });
  const sentByCountry = new Map<string, number>();
  for (const { guard } of decisions) {
    const country = countryIn(guard);
    if (country !== null) sentByCountry.set(country, (sentByCountry.get(country) ?? 0) + 1);
    if (guard === null) continue;
    for (const { rule, verdict } of readBroken(guard)) {
      if (verdict === 'would-refuse') of(rule).wouldRefuse += 1;
    }
  }
  const refusals = await insight.countableRefusals({ ...refused.stretch, limit: MOST_REFUSED });
  const refusedByCountry = new Map<string, number>();
  for (const { rule, country } of refusals) {
    of(rule).refused += 1;
    if (country !== null) refusedByCountry.set(country, (refusedByCountry.get(country) ?? 0) + 1);
  }
  return {
    ...{ sent: decisions.length, refused: refusals.length, isWhole: sent.isWhole && refused.isWhole },
    ...{ byRule, sentByCountry, refusedByCountry },
  };
}

type Window = {
  readonly stretch: { readonly after: Place; readonly before: Place };
  readonly isWhole: boolean;
};

async function newest(store: Store, of: 'verifications' | 'refusals'): Promise<Window> {
  const nowMs = store.nowMs();
  const before = placeAt(nowMs + DAY_MS);
  const dayAgo = placeAt(nowMs - DAY_MS);
  const back = await store.read.insight.placeBack(of, before, of === 'refusals' ? MOST_REFUSED : MOST_SENT);
  const isWhole = back === null || back <= dayAgo;
  return { stretch: { after: isWhole ? dayAgo : (back ?? dayAgo), before }, isWhole };
}

/** What was counted about a country within a day. */
export type CountryCount = { readonly country: string; readonly sends: number; readonly verified: number };

export async function countriesToday(
  store: Store,
  scope: Scope,
  countries: readonly string[],
): Promise<readonly CountryCount[]> {
  const nowMs = store.nowMs();
  return Promise.all(
    countries.map(async (country) => {
      const parts = await partsOf(store, tallyName(scope, 'country', country), nowMs);
      return {
        ...{ country, sends: sum(parts, 'sends', DAY_MS, nowMs) },
        verified: sum(parts, 'verified', DAY_MS, nowMs),
      };
    }),
  );
}

/** A budget of money and what was used of it, for one of its subjects. */
export type BudgetUse = {
  readonly rule: LimitRule;
  readonly what: string;
  readonly usedMicros: number;
  /** Within the last hour. */
  readonly lastHourMicros: number;
};

/** Budgets of one project and its keys, and of the countries named. */
export async function budgetsToday(
  store: Store,
  rules: readonly Rule[],
  projectId: string,
  countries: readonly string[],
): Promise<readonly BudgetUse[]> {
  const nowMs = store.nowMs();
  const scope: Scope = { projectId, mode: 'live' };
  const keys = (await store.read.accessKeys()).filter(
    (key) => key.projectId === projectId && key.mode === 'live' && isInForce(key, store.nowMs()),
  );
  const wanted = rules.flatMap((rule) => {
    if (rule.kind !== 'limit' || rule.of !== 'micros' || rule.mode === 'off') return [];
    const whats =
      rule.on === 'key'
        ? keys.map(({ id }) => id)
        : rule.on === 'country'
          ? countries
          : rule.on === 'line'
            ? LINES
            : rule.on === 'project' || rule.on === 'installation'
              ? ['']
              : [];
    return whats.map((what) => ({ rule, what }));
  });
  return Promise.all(
    wanted.map(async ({ rule, what }) => {
      const parts = await partsOf(store, tallyName(scope, rule.on, what), nowMs);
      return {
        ...{ rule, what, usedMicros: sum(parts, 'micros', rule.windowMs, nowMs) },
        lastHourMicros: sum(parts, 'micros', 3_600_000, nowMs),
      };
    }),
  );
}

const partsOf = async (store: Store, subject: string, nowMs: number): Promise<readonly Counts[]> =>
  (await store.read.list(tables.partsOfTally, { subject }, nowMs)).map(({ counts }) => counts);
