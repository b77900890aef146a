import { STANDARD_WINDOW, stepAt, type TotpMemory, type TotpSettings } from '../domain/factor/totp.ts';
import { PROOF_SECONDS } from '../domain/proof.ts';
import type { Connection } from './connection.ts';

const RESTORED = 'restored from a backup';

/** Verifications that were open, and messages that were still to be sent. */
export type Ended = {
  readonly ended: number;
  readonly canceled: number;
  /** Access keys that are in force again. One of them may have been revoked since, which the backup cannot know. */
  readonly keys: readonly { readonly id: string; readonly mode: string; readonly name: string }[];
};

/**
 * Ends whatever a backup shows as open, and uses up what may have been used since: no code that worked once, works
 * again. Wrong guesses stay counted. Within the transaction that restores, so that there is no moment in between.
 */
export async function endWhatWasOpen(connection: Connection, nowMs: number): Promise<Ended> {
  const ended = await count(connection, "SELECT count(*) FROM verifications WHERE state = 'open'");
  const canceled = await count(connection, "SELECT count(*) FROM messages WHERE state = 'pending'");
  const without = 'code_digest = NULL, attempts_left = NULL';
  await connection.run(
    `UPDATE verifications SET state = 'expired', closed_at_ms = expires_at_ms, ${without}
     WHERE state = 'open' AND expires_at_ms <= ?`,
    [nowMs],
  );
  await connection.run(
    `UPDATE verifications SET state = 'failed', closed_at_ms = ?, reason = ?, ${without} WHERE state = 'open'`,
    [nowMs, RESTORED],
  );
  await connection.run('UPDATE verifications SET sealed_code = NULL WHERE sealed_code IS NOT NULL');
  await connection.run(
    `UPDATE messages SET state = 'canceled', ended_at_ms = ?, reason = ?, holder = NULL, due_at_ms = NULL
     WHERE state = 'pending'`,
    [nowMs, RESTORED],
  );
  await connection.run(
    `UPDATE challenges SET state = 'failed', closed_at_ms = ?, reason = ? WHERE state = 'open'`,
    [nowMs, RESTORED],
  );
  // What was to be told may have been told since, and its receivers cannot know that this is the past.
  await connection.run(
    `UPDATE webhook_deliveries SET state = 'failed', ended_at_ms = ?, holder = NULL, due_at_ms = NULL
     WHERE state IN ('waiting', 'pending')`,
    [nowMs],
  );
  await connection.run(
    `UPDATE hlrs SET state = 'failed', status_at_ms = ?, holder = NULL, due_at_ms = NULL WHERE state = 'sent'`,
    [nowMs],
  );
  // Whether its proof has been redeemed since, nobody knows any more.
  await connection.run(
    "UPDATE challenges SET redeemed_at_ms = ? WHERE state = 'approved' AND redeemed_at_ms IS NULL",
    [nowMs],
  );
  await connection.run(
    `INSERT INTO redemptions (id, project_id, mode, redeemed_at_ms)
     SELECT id, project_id, mode, ? FROM verifications
     WHERE state = 'verified' AND closed_at_ms > ? AND id NOT IN (SELECT id FROM redemptions)`,
    [nowMs, nowMs - PROOF_SECONDS * 1000],
  );
  await useUpSteps(connection, nowMs);
  // Nobody can tell which recovery codes were used since, so all are: users make new ones, by another factor.
  await connection.run(`UPDATE factors SET memory = '{"digests":[]}' WHERE kind = 'recovery'`);
  // What was being registered may have been registered since, and removed again.
  await connection.run("DELETE FROM factors WHERE kind = 'webauthn' AND confirmed_at_ms IS NULL");
  const keys = await connection.run(
    'SELECT id, mode, name FROM access_keys WHERE revoked_at_ms IS NULL ORDER BY id',
  );
  return {
    ...{ ended, canceled },
    keys: keys.map(([id, mode, name]) => ({ id: String(id), mode: String(mode), name: String(name) })),
  };
}

/** Whatever code an authenticator could have shown until now is used up; the next one works. */
async function useUpSteps(connection: Connection, nowMs: number): Promise<void> {
  for (const [table, key] of TOTP_ROWS) {
    const rows = await connection.run(
      `SELECT settings, memory, ${key.join(', ')} FROM ${table} WHERE kind = 'totp'`,
    );
    for (const [settingsText, memoryText, ...values] of rows) {
      const settings = JSON.parse(String(settingsText)) as TotpSettings;
      const memory = JSON.parse(String(memoryText)) as TotpMemory;
      const latest = stepAt(nowMs, settings) + settings.mostDriftSteps + STANDARD_WINDOW.ahead;
      const lastStep = Math.max(memory.lastStep ?? 0, latest);
      await connection.run(
        `UPDATE ${table} SET memory = ? WHERE ${key.map((name) => `${name} = ?`).join(' AND ')}`,
        [JSON.stringify({ ...memory, lastStep }), ...values],
      );
    }
  }
}

/** Where authenticators are kept: those of users, and those that wait to be given to one. */
const TOTP_ROWS = [
  ['factors', ['id']],
  ['tokens', ['project_id', 'mode', 'serial']],
] as const;

async function count(connection: Connection, sql: string): Promise<number> {
  const [row] = await connection.run(sql);
  return Number(row?.[0] ?? 0);
}
