import { type Factor, isSent } from '../../domain/factor.ts';
import { maskRecipient } from '../../kernel/mask.ts';
import type { Vault } from '../vault.ts';

/** A factor as its user may be shown it: enough to recognise it by, nothing to use it with. */
export type FactorView = {
  readonly factor: Factor;
  /** Where codes are sent, all but a few characters hidden; null for factors whose codes are not sent. */
  readonly recipient: string | null;
};

export function viewFactor(vault: Vault, factor: Factor): FactorView {
  if (!isSent(factor)) return { factor, recipient: null };
  return { factor, recipient: maskRecipient(addressOf(vault, factor)) };
}

/** The phone number or e-mail address that codes of this factor are sent to. */
export const addressOf = (vault: Vault, factor: Extract<Factor, { recipientKey: string }>): string =>
  vault.openSecret(factor).toString();
