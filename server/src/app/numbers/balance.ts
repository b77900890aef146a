import type { Scope } from '../../domain/scope.ts';
import { refuse } from '../../kernel/failure.ts';
import type { Log } from '../../kernel/log.ts';
import type { Balance, NumberSource } from './source.ts';

export type BalanceDeps = {
  readonly source: (scope: Scope) => NumberSource;
  readonly log: Log;
};

/** Within what its clients wait for an answer. */
const PATIENCE_MS = 4_000;

/**
 * What the account of the provider has left.
 * @throws Failure `unavailable` when the provider does not say
 */
export async function readBalance({ source, log }: BalanceDeps, scope: Scope): Promise<Balance> {
  const asked = source(scope);
  const told = await asked.balance(AbortSignal.timeout(PATIENCE_MS));
  if (told.kind === 'told') return told.value;
  log.warn('balance.failed', { provider: asked.id, reason: told.reason });
  throw refuse('unavailable', 'Service unavailable; the provider does not tell its balance now');
}
