import type { Operator, Role } from '../../domain/operator.ts';
import { Failure, refuse } from '../../kernel/failure.ts';
import { type Store, tables } from '../../store/store.ts';
import type { Audit } from '../audit.ts';
import { endSessions } from './sessions.ts';

export type PeopleDeps = { readonly store: Store; readonly audit: Audit };

/** Everybody who may or might sign in, the oldest first. */
export async function listOperators({ store }: PeopleDeps): Promise<readonly Operator[]> {
  const all = await store.read.list(tables.allOperators, {}, store.nowMs());
  return [...all].sort((a, b) => a.createdAtMs - b.createdAtMs);
}

/**
 * Gives an operator another role, or takes their access away or back; either ends their sessions. The last owner stays.
 * `by` is null where somebody does it on the command line.
 * @throws Failure `not_found`; `invalid_parameter` when nobody would be left who may do this
 */
export async function changeOperator(
  { store, audit }: PeopleDeps,
  by: Operator | null,
  id: string,
  change: { readonly role?: Role; readonly isDisabled?: boolean },
): Promise<Operator> {
  const answer = await store.transaction(async (tx): Promise<Operator | Failure> => {
    const ownersBefore = await tx.list(tables.operatorsOfRole, { role: 'owner' });
    const found = await tx.get(tables.operators, { id });
    if (found === null) return refuse('not_found', 'There is no such operator.');
    const disabledAtMs =
      change.isDisabled === undefined
        ? found.disabledAtMs
        : change.isDisabled
          ? (found.disabledAtMs ?? tx.nowMs)
          : null;
    const next: Operator = { ...found, role: change.role ?? found.role, disabledAtMs };
    const others = ownersBefore.filter((one) => one.id !== id && isActiveOwner(one));
    if (others.length === 0 && !isActiveOwner(next))
      return refuse('invalid_parameter', 'Somebody must stay owner: name another one first.', 'role');
    tx.update(tables.operators, next);
    await endSessions(tx, id, null);
    const result = next.disabledAtMs === null ? next.role : 'disabled';
    audit.note(tx, { actor: by?.id ?? null, action: 'operator.changed', object: found.name, result });
    return next;
  });
  if (answer instanceof Failure) throw answer;
  return answer;
}

const isActiveOwner = ({ role, disabledAtMs }: Operator): boolean =>
  role === 'owner' && disabledAtMs === null;
