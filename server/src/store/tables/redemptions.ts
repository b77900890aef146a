import type { Key, Mode } from '../../domain/scope.ts';
import type { Redemption } from '../../domain/verification-proof.ts';
import type { Table } from '../table.ts';

/** Proofs of verifications that were redeemed. Those of challenges are marked on the challenge. */
export const redemptions: Table<Redemption, Key> = {
  name: 'redemptions',
  columns: { id: 'id', project_id: 'text', mode: 'text', redeemed_at_ms: 'int' },
  key: ['id', 'project_id', 'mode'],
  mutable: ['redeemed_at_ms'],
  keyValues: (key) => [key.id, key.projectId, key.mode],
  keyOf: (redemption) => redemption,
  toRow: (redemption) => [redemption.id, redemption.projectId, redemption.mode, redemption.redeemedAtMs],
  fromRow: (row) => ({
    id: row[0] as string,
    projectId: row[1] as string,
    mode: row[2] as Mode,
    redeemedAtMs: row[3] as number,
  }),
};
