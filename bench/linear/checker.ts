import { apply, type Op, START, type State, type Told } from './model.ts';

/** One operation as its caller saw it. Times are places in one order of events, not clock times. */
export type Event = {
  readonly op: Op;
  readonly invokedAt: number;
  /** Null when no answer came: it may have happened at any time after, or never. */
  readonly answer: { readonly told: Told; readonly at: number } | null;
};

/**
 * Whether a history is linearizable (Wing and Gong): whether each operation can be given one moment between
 * its call and its answer so that the model, run in that order, tells everybody what they were told.
 * At most 30 operations; the work grows with how many overlap.
 */
export function isLinearizable(history: readonly Event[]): boolean {
  if (history.length > 30) throw new Error(`${history.length} operations are too many for this search`);
  const answered = history.reduce((mask, event, i) => (event.answer === null ? mask : mask | (1 << i)), 0);
  const seen = new Set<string>();

  const search = (done: number, state: State): boolean => {
    if ((done & answered) === answered) return true;
    const place = `${done} ${state.kind} ${state.kind === 'open' ? state.left : ''}`;
    if (seen.has(place)) return false;
    seen.add(place);
    // Whatever comes next must have been called before the first answer among those still to come.
    const firstAnswer = Math.min(
      ...history.map((event, i) => (done & (1 << i) ? Infinity : (event.answer?.at ?? Infinity))),
    );
    return history.some((event, i) => {
      if (done & (1 << i) || event.invokedAt > firstAnswer) return false;
      const { told, after } = apply(state, event.op);
      if (event.answer !== null && event.answer.told !== told) return false;
      return search(done | (1 << i), after);
    });
  };
  return search(0, START);
}
