import type { Key } from '../../domain/scope.ts';
import { type ConsumeDeps, consume, type Proof } from '../consume.ts';
import { type VerificationView, view } from './view.ts';

export type CheckDeps = ConsumeDeps & {
  /** Told after a verification was closed by a right code. */
  readonly closed: () => void;
};

/**
 * Checks the code of a verification. Nothing but its own row decides.
 * @throws Failure `not_found`; `malformed_code` (nothing is counted); `wrong_code`, `code_expired`, `code_spent`
 */
export async function checkProof(deps: CheckDeps, key: Key, proof: Proof): Promise<VerificationView> {
  const verification = await consume(deps, 'verification', { key }, proof);
  deps.closed();
  return view(deps.vault, verification);
}
