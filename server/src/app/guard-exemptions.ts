import type { Transaction } from '../store/store.ts';
import type { Audit } from './audit.ts';
import type { Exemption } from './guard.ts';

/** Writes into the audit log that the safe list let something be sent which a rule in force would have refused. */
export function noteExemption(
  audit: Audit,
  tx: Transaction,
  { by, projectId, mode, rule, recipientKey }: Exemption,
): void {
  const object = `${projectId} ${mode} ${rule}`;
  audit.note(tx, { actor: by, action: 'guard.exempted', object, result: `recipient ${recipientKey}` });
}
