import { OPEN_AT_ONCE, WRONG_A_DAY } from '../domain/budget.ts';
import type { Retention } from '../domain/retention.ts';
import type { SqlValue } from './table.ts';

/** Something that must hold. `broken` finds what does not: its first column names it, and is shown. */
export type Fact = {
  readonly check: string;
  readonly tables: readonly string[];
  readonly broken: string;
  readonly values?: readonly SqlValue[];
};

/** The sweep comes every 30 s. So much later it has come, or does not. */
const SWEEP_SLACK_MS = 300_000;
const RETENTION_SLACK_MS = 86_400_000;
const LONGEST_LIFE_MS = 172_800_000;

/**
 * What must hold between the rows, in SQL that both databases read.
 * @param asOfMs the time of the newest row: what chores should have done by then, they have, however long nobody served
 */
export function factsOf(asOfMs: number, retention: Retention): readonly Fact[] {
  return [...verificationFacts(asOfMs, retention), ...messageFacts(asOfMs, retention), ...OTHERS];
}

function verificationFacts(asOfMs: number, { recipientMs }: Retention): readonly Fact[] {
  const fact = (check: string, where: string, ...values: SqlValue[]): Fact => ({
    ...{ check, tables: ['verifications'], values },
    broken: `SELECT id FROM verifications WHERE ${where}`,
  });
  return [
    fact(
      'the state of every verification is known',
      "state NOT IN ('open', 'verified', 'failed', 'expired', 'deleted')",
    ),
    fact(
      'a verification has a digest exactly while it is open',
      "(state = 'open') <> (code_digest IS NOT NULL)",
    ),
    fact(
      'a verification has attempts left exactly while it is open',
      "(state = 'open') <> (attempts_left IS NOT NULL) OR attempts_left < 1",
    ),
    fact(
      'a verification that is closed says when',
      "(state = 'open') = (closed_at_ms IS NOT NULL) OR closed_at_ms < created_at_ms",
    ),
    fact(
      'no code is kept past its expiry',
      '(sealed_code IS NOT NULL OR code_digest IS NOT NULL) AND expires_at_ms < ?',
      asOfMs - SWEEP_SLACK_MS,
    ),
    fact(
      'a verification expires within two days',
      'expires_at_ms < created_at_ms OR expires_at_ms > created_at_ms + ?',
      LONGEST_LIFE_MS,
    ),
    fact(
      'wrong guesses have a time, and stay within the attempts',
      '(wrong_guesses > 0) <> (last_wrong_at_ms IS NOT NULL) OR wrong_guesses < 0 OR wrong_guesses + COALESCE(attempts_left, 0) > ?',
      WRONG_A_DAY,
    ),
    fact('every recipient has its keyed hash', 'length(recipient_key) <> 16'),
    fact(
      'recipients are erased in time, and not before',
      `(sealed_recipient IS NULL AND created_at_ms > ?) OR (sealed_recipient IS NOT NULL AND created_at_ms < ?)`,
      asOfMs - recipientMs + SWEEP_SLACK_MS,
      asOfMs - recipientMs - RETENTION_SLACK_MS,
    ),
    {
      check: `a recipient has at most ${OPEN_AT_ONCE} open verifications and ${WRONG_A_DAY} attempts reserved`,
      tables: ['verifications'],
      broken: `SELECT recipient_key FROM verifications WHERE state = 'open' AND expires_at_ms > ?
        GROUP BY recipient_key, project_id, mode
        HAVING count(*) > ${OPEN_AT_ONCE} OR sum(attempts_left) > ${WRONG_A_DAY}`,
      values: [asOfMs],
    },
    {
      check: 'every verification has its message',
      tables: ['verifications', 'messages'],
      broken: `SELECT v.id FROM verifications v LEFT JOIN messages m ON m.id = v.message_id WHERE m.id IS NULL`,
    },
  ];
}

function messageFacts(asOfMs: number, { rowMs }: Retention): readonly Fact[] {
  const fact = (check: string, where: string): Fact => ({
    ...{ check, tables: ['messages'] },
    broken: `SELECT id FROM messages WHERE ${where}`,
  });
  const ended = "('delivered', 'undelivered', 'failed', 'canceled')";
  return [
    {
      check: 'every message has its verification, or its text',
      tables: ['verifications', 'messages', 'texts'],
      broken: `SELECT m.id FROM messages m LEFT JOIN verifications v ON v.id = m.verification_id
        LEFT JOIN texts t ON t.id = m.verification_id
        WHERE v.id IS NULL AND t.id IS NULL AND m.created_at_ms > ?`,
      values: [asOfMs - rowMs + LONGEST_LIFE_MS + RETENTION_SLACK_MS],
    },
    fact('the state of every message is known', `state NOT IN ('pending', 'sent') AND state NOT IN ${ended}`),
    fact(
      'a message that is pending is due, and one that has ended is not',
      `
      (state = 'pending' AND due_at_ms IS NULL) OR (state IN ${ended} AND due_at_ms IS NOT NULL)
      OR (state <> 'pending' AND holder IS NOT NULL)`,
    ),
    fact('a message that has ended says when', `(state IN ${ended}) <> (ended_at_ms IS NOT NULL)`),
  ];
}

const OTHERS: readonly Fact[] = [
  {
    check: 'every text has its message',
    tables: ['texts', 'messages'],
    broken: `SELECT t.id FROM texts t LEFT JOIN messages m ON m.id = t.message_id WHERE m.id IS NULL`,
  },
  {
    check: 'what is to be told by webhook is due, or waits for what is to be told before',
    tables: ['webhook_deliveries'],
    broken: `SELECT id FROM webhook_deliveries WHERE (state = 'pending') <> (due_at_ms IS NOT NULL)
      OR state NOT IN ('waiting', 'pending', 'delivered', 'failed')
      OR (state IN ('delivered', 'failed')) <> (ended_at_ms IS NOT NULL)`,
  },
  {
    check: 'a look-up in a network is due exactly while it has no answer',
    tables: ['hlrs'],
    broken: `SELECT id FROM hlrs WHERE (state = 'sent') <> (due_at_ms IS NOT NULL)`,
  },
  {
    check: 'what operators set over the configuration stands among its versions, as it is in force',
    tables: ['layers', 'layer_versions'],
    broken: `SELECT l.part FROM layers l LEFT JOIN layer_versions v
        ON v.part = l.part AND v.project_id = l.project_id AND v.version = l.version
      WHERE l.version > 0 AND (v.version IS NULL OR v.document <> l.document)`,
  },
  {
    check: 'every access key has a digest, a name to call it by and a mode',
    tables: ['access_keys'],
    broken: `SELECT id FROM access_keys WHERE length(digest) <> 32 OR id = '' OR mode NOT IN ('live', 'test')`,
  },
];
