import type { Block } from '../../app/guard-blocks.ts';
import type { BudgetUse, CountryCount, GuardToday } from '../../app/guard-today.ts';
import type { Decision } from '../../app/verify/decision.ts';
import type { Rule } from '../../domain/guard/rules.ts';

export type GuardNeeds = {
  /** The rules in force for a project. */
  readonly rules: (projectId: string) => readonly Rule[];
  /** How it is meant, as `ROOST_GUARD` says it. */
  readonly force: 'enforce' | 'monitor' | 'monitor-live';
  /** Of the prices; null when there are none. */
  readonly currency: string | null;
};
export type GuardView = Omit<GuardNeeds, 'rules'> & {
  readonly rules: readonly Rule[];
  readonly projectId: string;
  readonly today: GuardToday;
  readonly blocks: readonly Block[];
  readonly countries: readonly CountryCount[];
  readonly budgets: readonly BudgetUse[];
};
/** A decision that was looked for; null when there is none of that id. */
export type Sought = { readonly id: string; readonly decision: Decision | null };
