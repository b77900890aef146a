import type { Challenge } from '../../domain/challenge.ts';
import type { FactorKind } from '../../domain/factor.ts';
import type { Key, Mode } from '../../domain/scope.ts';
import { bufferOf, bytesHex, hexBytes, type SqlRow, type SqlValue, type Table } from '../table.ts';

export const challenges: Table<Challenge, Key> = {
  name: 'challenges',
  columns: {
    id: 'id',
    project_id: 'text',
    mode: 'text',
    user_key: 'hex',
    purpose: 'text',
    audience: 'text',
    kinds: 'json',
    created_at_ms: 'int',
    expires_at_ms: 'int',
    state: 'text',
    attempts_left: 'int',
    verification_ids: 'json',
    closed_at_ms: 'int',
    reason: 'text',
    factor_id: 'hex',
    factor_kind: 'text',
    transaction_digest: 'hex',
    sealed_transaction: 'bytes',
    sealed_evidence: 'bytes',
    redeemed_at_ms: 'int',
    session_key: 'hex',
    webauthn: 'json',
  },
  key: ['id', 'project_id', 'mode'],
  mutable: [
    'user_key',
    'state',
    'attempts_left',
    'verification_ids',
    'closed_at_ms',
    'reason',
    'factor_id',
    'factor_kind',
    'sealed_evidence',
    'redeemed_at_ms',
    'webauthn',
  ],
  keyValues: (key) => [key.id, key.projectId, key.mode],
  keyOf: (c) => c,
  toRow: (c) => [
    c.id,
    c.projectId,
    c.mode,
    hexBytes(c.userKey ?? NOBODY),
    c.purpose,
    c.audience,
    JSON.stringify(c.kinds),
    c.createdAtMs,
    c.expiresAtMs,
    c.state,
    c.attemptsLeft,
    JSON.stringify(c.verificationIds),
    ...toStateRow(c),
    c.transaction === null ? null : hexBytes(c.transaction.digest),
    c.transaction === null ? null : c.transaction.sealed,
    c.state === 'approved' ? c.sealedEvidence : null,
    c.state === 'approved' ? c.redeemedAtMs : null,
    c.sessionKey === null ? null : hexBytes(c.sessionKey),
    c.webauthn === null ? null : JSON.stringify(c.webauthn),
  ],
  fromRow,
};

/** Stands for a user whom no passkey has named yet. */
const NOBODY = '';

/** closed_at_ms, reason, factor_id, factor_kind */
function toStateRow(c: Challenge): readonly SqlValue[] {
  switch (c.state) {
    case 'open':
      return [null, null, null, null];
    case 'approved':
      return [c.closedAtMs, null, hexBytes(c.approval.factorId), c.approval.kind];
    default:
      return [c.closedAtMs, c.reason, null, null];
  }
}

function fromRow(row: SqlRow): Challenge {
  const about = {
    id: row[0] as string,
    projectId: row[1] as string,
    mode: row[2] as Mode,
    userKey: bytesHex(row[3]) || null,
    purpose: row[4] as string,
    audience: row[5] as string,
    kinds: JSON.parse(row[6] as string) as Challenge['kinds'],
    createdAtMs: row[7] as number,
    expiresAtMs: row[8] as number,
    attemptsLeft: row[10] as number,
    verificationIds: JSON.parse(row[11] as string) as readonly string[],
    transaction: row[16] === null ? null : { digest: bytesHex(row[16]), sealed: bufferOf(row[17]) },
    sessionKey: row[20] === null ? null : bytesHex(row[20]),
    webauthn: row[21] === null ? null : (JSON.parse(row[21] as string) as Challenge['webauthn']),
  };
  const state = row[9] as Challenge['state'];
  if (state === 'open') return { ...about, state };
  const closedAtMs = row[12] as number;
  if (state !== 'approved') return { ...about, state, closedAtMs, reason: row[13] as string | null };
  const { userKey } = about;
  if (userKey === null) throw new Error('a challenge was approved by nobody');
  const approval = { factorId: bytesHex(row[14]), kind: row[15] as FactorKind };
  const sealedEvidence = row[18] === null ? null : bufferOf(row[18]);
  const redeemedAtMs = row[19] as number | null;
  return { ...about, userKey, state, closedAtMs, approval, sealedEvidence, redeemedAtMs };
}
