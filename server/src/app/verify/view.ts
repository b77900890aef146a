import type { Verification } from '../../domain/verification.ts';
import type { Vault } from '../vault.ts';

/** A verification and whom it is about, for its owner. */
export type VerificationView = { readonly verification: Verification; readonly recipient: string };

export const view = (vault: Vault, verification: Verification): VerificationView => ({
  verification,
  recipient: vault.openRecipient(verification),
});
