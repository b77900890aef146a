import { BUDGET_MEMORY_MS } from '../../domain/budget.ts';
import type { Channel, Wording } from '../../domain/message.ts';
import type { Key, Mode, RecipientKey } from '../../domain/scope.ts';
import type { Ending, Verification } from '../../domain/verification.ts';
import { bufferOf, bytesHex, hexBytes, type Query, type SqlRow, type Table } from '../table.ts';

const columns = {
  id: 'id',
  project_id: 'text',
  mode: 'text',
  state: 'text',
  channel: 'text',
  recipient_key: 'hex',
  sealed_recipient: 'bytes',
  originator: 'text',
  reference: 'text',
  wording: 'json',
  token_length: 'int',
  message_id: 'id',
  created_at_ms: 'int',
  expires_at_ms: 'int',
  code_digest: 'bytes',
  attempts_left: 'int',
  wrong_guesses: 'int',
  last_wrong_at_ms: 'int',
  closed_at_ms: 'int',
  reason: 'text',
  sealed_code: 'bytes',
  code_is_kept: 'text',
  bound_to: 'text',
  guard: 'json',
} as const;

export const verifications: Table<Verification, Key> = {
  name: 'verifications',
  columns,
  key: ['id', 'project_id', 'mode'],
  mutable: [
    'state',
    'sealed_recipient',
    'message_id',
    'expires_at_ms',
    'code_digest',
    'attempts_left',
    'wrong_guesses',
    'last_wrong_at_ms',
    'closed_at_ms',
    'reason',
    'sealed_code',
    'bound_to',
  ],
  keyValues: (key) => [key.id, key.projectId, key.mode],
  keyOf: (v) => v,
  toRow: (v) => [
    v.id,
    v.projectId,
    v.mode,
    v.state,
    v.channel,
    hexBytes(v.recipientKey),
    v.sealedRecipient,
    v.originator,
    v.reference,
    JSON.stringify(v.wording),
    v.tokenLength,
    v.messageId,
    v.createdAtMs,
    v.expiresAtMs,
    v.state === 'open' ? v.codeDigest : null,
    v.state === 'open' ? v.attemptsLeft : null,
    v.wrongGuesses,
    v.lastWrongAtMs,
    v.state === 'open' ? null : v.closedAtMs,
    v.state === 'open' ? null : v.reason,
    v.sealedCode,
    v.codeIsKept,
    v.boundTo,
    v.guard,
  ],
  fromRow,
};

function fromRow(row: SqlRow): Verification {
  const about = {
    id: row[0] as string,
    projectId: row[1] as string,
    mode: row[2] as Mode,
    channel: row[4] as Channel,
    recipientKey: bytesHex(row[5]),
    sealedRecipient: row[6] === null ? null : bufferOf(row[6]),
    originator: row[7] as string,
    reference: row[8] as string | null,
    wording: wordingOf(row[9] as string),
    tokenLength: row[10] as number,
    messageId: row[11] as string,
    createdAtMs: row[12] as number,
    expiresAtMs: row[13] as number,
    wrongGuesses: row[16] as number,
    lastWrongAtMs: row[17] as number | null,
    sealedCode: row[20] === null ? null : bufferOf(row[20]),
    codeIsKept: row[21] as Verification['codeIsKept'],
    boundTo: row[22] as string | null,
    guard: row[23] as string | null,
  };
  if (row[3] === 'open') {
    return { ...about, state: 'open', codeDigest: bufferOf(row[14]), attemptsLeft: row[15] as number };
  }
  const reason = row[19] as string | null;
  return { ...about, state: row[3] as Ending, closedAtMs: row[18] as number, reason };
}

// Most verifications are worded alike, and reading the same JSON for each would cost as much as reading its row.
const wordings = new Map<string, Wording>();
const MOST_WORDINGS = 256;

function wordingOf(json: string): Wording {
  if (json.includes('"sealedTemplate"')) return JSON.parse(json) as Wording; // no two of these are equal
  const known = wordings.get(json);
  if (known !== undefined) return known;
  const wording = Object.freeze(JSON.parse(json) as Wording);
  if (wordings.size >= MOST_WORDINGS) wordings.clear();
  wordings.set(json, wording);
  return wording;
}

/**
 * The verifications that count towards the budget of their recipient, and are indexed by it: an open one has a
 * digest. A question must hold this condition to the letter, or the index is not used. Those that only the sandbox
 * still shows are left out, or somebody who deletes what he creates could fill the index at one number.
 */
const COUNTING = '(code_digest IS NOT NULL OR wrong_guesses > 0)';

/** The condition of the index by expiry, to the letter. */
export const WITH_CODE = '(code_digest IS NOT NULL OR sealed_code IS NOT NULL)';

/** Verifications of a recipient that are open or were guessed wrongly: what its budget is summed over. */
export const guessHistory: Query<Verification, RecipientKey> = {
  name: 'guess_history',
  table: verifications as Table<Verification, never>,
  columns: ['recipient_key', 'project_id', 'mode'],
  equals: (by) => [hexBytes(by.recipientKey), by.projectId, by.mode],
  condition: `${COUNTING} AND created_at_ms > ?`,
  sinceMs: BUDGET_MEMORY_MS,
  memory: {
    counts: (v, cutoffMs) => (v.state === 'open' || v.wrongGuesses > 0) && v.createdAtMs > cutoffMs,
    bucketOf: bucket,
    bucketFor: bucket,
    idOf: (v) => v.id,
    keyFor: ({ projectId, mode }, id): Key => ({ projectId, mode, id }),
    conditions: [WITH_CODE, 'wrong_guesses > 0'],
  },
};

/** Verifications of a recipient, in any project, that were made within a day. */
export const recentVerifications: Query<Verification, Pick<RecipientKey, 'recipientKey'>> = {
  name: 'recent_verifications',
  table: verifications as Table<Verification, never>,
  columns: ['recipient_key'],
  equals: (by) => [hexBytes(by.recipientKey)],
  condition: 'created_at_ms > ?',
  sinceMs: 86_400_000,
  newest: { by: 'created_at_ms', most: 64 },
};

/** Verifications of a recipient that a real provider carried and that succeeded within 90 days. */
export const provenVerifications: Query<Verification, RecipientKey> = {
  name: 'proven_verifications',
  table: verifications as Table<Verification, never>,
  columns: ['recipient_key', 'project_id', 'mode'],
  equals: (by) => [hexBytes(by.recipientKey), by.projectId, by.mode],
  condition: "state = 'verified' AND code_is_kept = 'until-hand-over' AND closed_at_ms > ?",
  sinceMs: 90 * 86_400_000,
};

function bucket({ recipientKey, projectId, mode }: RecipientKey): string {
  return `${recipientKey} ${mode} ${projectId}`;
}
