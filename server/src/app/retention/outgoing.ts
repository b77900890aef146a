import { BUDGET_MEMORY_MS } from '../../domain/budget.ts';
import type { Key } from '../../domain/scope.ts';
import { forgetText } from '../../domain/text.ts';
import { type Table, tables } from '../../store/store.ts';
import { KEY_LIFE_MS } from '../once.ts';
import type { RetentionDeps } from './retain.ts';

/** Rows that change in one transaction: few, so that no create waits for it. */
const AT_ONCE = 50;
/** The row that tells how far texts have been forgotten, so that no pass begins at the oldest row again. */
const MARK = 'texts forgotten up to';

/**
 * Forgets what went out other than codes, when its time is over: what texts said and whom they were for, what was
 * told by webhook, what networks said of numbers, the answers kept for repeats, what the guard refused, and wrong
 * guesses at recipients that were erased. Goes in small steps until nothing
 * is left to do or `most` rows of a kind were seen. Several nodes may do it at once.
 */
export async function retainOutgoing(deps: RetentionDeps, most: number): Promise<void> {
  const { recipientMs, rowMs } = deps.retention;
  await forgetAnswers(deps, most);
  await forgetTexts(deps, most);
  await deleteOlder(deps, tables.webhookDeliveries, recipientMs, most);
  await deleteOlder(deps, tables.hlrs, recipientMs, most);
  await deleteOlder(deps, tables.texts, rowMs, most);
  await deleteOlder(deps, tables.eventStreams, rowMs, most);
  await deleteOlder(deps, tables.refusals, rowMs, most);
  await deleteOlder(deps, tables.erasedCodes, BUDGET_MEMORY_MS, most);
}

async function forgetAnswers({ store, goOn }: RetentionDeps, most: number): Promise<void> {
  const beforeMs = store.nowMs() - KEY_LIFE_MS;
  for (let seen = 0; seen < most; seen += AT_ONCE) {
    const keys = await store.read.oldAnswers(beforeMs, AT_ONCE);
    if (keys.length === 0) return;
    await store.transaction(async (tx) => {
      const found = await Promise.all(keys.map((key) => tx.get(tables.idempotencyKeys, key)));
      for (const answer of found) {
        if (answer === null || answer.createdAtMs >= beforeMs) continue;
        const { projectId, mode, keyHash } = answer;
        tx.remove(tables.idempotencyKeys, { projectId, mode, keyHash });
        tx.forget({ projectId, mode, recipientKey: keyHash });
      }
    });
    if (keys.length < AT_ONCE || !(await goOn())) return;
  }
}

async function forgetTexts({ store, retention, goOn }: RetentionDeps, most: number): Promise<void> {
  const beforeMs = store.nowMs() - retention.recipientMs;
  let after = (await store.read.get(tables.settings, { name: MARK }))?.value ?? null;
  for (let seen = 0; seen < most; seen += AT_ONCE) {
    const rows = await store.read.madeBefore(tables.texts, { after, beforeMs, limit: AT_ONCE });
    const place = rows.at(-1)?.place;
    if (place === undefined) return;
    await store.transaction(async (tx) => {
      const found = await Promise.all(rows.map(({ key }) => tx.get(tables.texts, key)));
      for (const text of found) {
        // One that was scheduled long ahead is of use until it has left.
        if (text !== null && tx.nowMs >= text.expiresAtMs)
          tx.update(tables.texts, forgetText(text, tx.nowMs));
      }
      const mark = await tx.get(tables.settings, { name: MARK });
      if (mark === null) tx.insert(tables.settings, { name: MARK, value: place });
      else if (mark.value < place) tx.update(tables.settings, { name: MARK, value: place });
    });
    after = place;
    if (rows.length < AT_ONCE || !(await goOn())) return;
  }
}

async function deleteOlder<Value>(
  { store, goOn }: RetentionDeps,
  table: Table<Value, Key>,
  ageMs: number,
  most: number,
): Promise<void> {
  const beforeMs = store.nowMs() - ageMs;
  for (let seen = 0; seen < most; seen += AT_ONCE) {
    const rows = await store.read.madeBefore(table, { after: null, beforeMs, limit: AT_ONCE });
    if (rows.length === 0) return;
    await store.transaction(async (tx) => {
      for (const { key } of rows) tx.remove(table, key);
    });
    if (rows.length < AT_ONCE || !(await goOn())) return;
  }
}
