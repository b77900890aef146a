/** One verification as it must look from outside, whoever asks and over whichever node. */
export type State =
  | { readonly kind: 'open'; readonly left: number }
  | { readonly kind: 'verified' | 'failed' | 'deleted' };

export type Op = 'right' | 'wrong' | 'read' | 'delete';
/** What the caller was told, in one word; `judged 2` is a wrong guess after which two attempts are left. */
export type Told = string;

const LIMIT = 3;
export const START: State = { kind: 'open', left: LIMIT };

/** What an operation answers and what it leaves, when it takes place at one moment. */
export function apply(state: State, op: Op): { readonly told: Told; readonly after: State } {
  if (state.kind === 'deleted') return { told: 'not-found', after: state };
  if (op === 'delete') return { told: 'removed', after: { kind: 'deleted' } };
  if (op === 'read') return { told: state.kind === 'open' ? 'sent' : state.kind, after: state };
  if (state.kind !== 'open') return { told: 'refused', after: state };
  if (op === 'right') return { told: 'verified', after: { kind: 'verified' } };
  const left = state.left - 1;
  return { told: `judged ${left}`, after: left > 0 ? { kind: 'open', left } : { kind: 'failed' } };
}
