import type { Retention } from '../../domain/retention.ts';
import type { Key } from '../../domain/scope.ts';
import { age, forgetRecipient } from '../../domain/verification.ts';
import { type Place, type Store, tables } from '../../store/store.ts';

/** Rows that change in one transaction: few, so that no create waits for it. */
const AT_ONCE = 50;
/** The row that tells how far recipients have been erased, so that no pass begins at the oldest row again. */
const MARK = 'recipients erased up to';

export type RetentionDeps = {
  readonly store: Store;
  readonly retention: Retention;
  /** Lets others work between two steps. False when there should be no more of them. */
  readonly goOn: () => Promise<boolean>;
};
export type Retained = { readonly erased: number; readonly deleted: number };

/**
 * Erases the recipients of old verifications, and deletes older ones with their messages. Goes in small steps, each
 * a transaction of its own, until nothing is left to do or `most` rows were seen. Several nodes may do it at once.
 * @returns how many recipients it erased and verifications it deleted
 */
export async function retain(deps: RetentionDeps, most: number): Promise<Retained> {
  const deleted = await deleteRows(deps, most);
  await deleteStrayMessages(deps, most);
  return { deleted, erased: await eraseRecipients(deps, most) };
}

async function eraseRecipients({ store, retention, goOn }: RetentionDeps, most: number): Promise<number> {
  const beforeMs = store.nowMs() - retention.recipientMs;
  let erased = 0;
  let after = (await store.read.get(tables.settings, { name: MARK }))?.value ?? null;
  for (let seen = 0; seen < most; seen += AT_ONCE) {
    const rows = await store.read.madeBefore(tables.verifications, { after, beforeMs, limit: AT_ONCE });
    const last = rows.at(-1);
    if (last === undefined) break;
    const { place } = last;
    erased += await eraseStep(
      store,
      rows.map(({ key }) => key),
      place,
    );
    after = place;
    if (rows.length < AT_ONCE) break;
    if (!(await goOn())) break;
  }
  return erased;
}

/** One step, kept together with the mark: what the mark has passed is erased, whatever happens in between. */
function eraseStep(store: Store, keys: readonly Key[], place: Place): Promise<number> {
  return store.transaction(async (tx) => {
    let erased = 0;
    // All at once: a database that is asked for one after the other takes a trip for each, and others wait.
    const found = await Promise.all(keys.map((key) => tx.get(tables.verifications, key)));
    for (const verification of found) {
      if (verification === null || verification.sealedRecipient === null) continue;
      const aged = age(verification, tx.nowMs);
      if (aged.state === 'open') continue; // it is of use until it ends
      tx.update(tables.verifications, forgetRecipient(aged));
      erased += 1;
    }
    const mark = await tx.get(tables.settings, { name: MARK });
    if (mark === null) tx.insert(tables.settings, { name: MARK, value: place });
    else if (mark.value < place) tx.update(tables.settings, { name: MARK, value: place });
    return erased;
  });
}

async function deleteRows({ store, retention, goOn }: RetentionDeps, most: number): Promise<number> {
  const beforeMs = store.nowMs() - retention.rowMs;
  let deleted = 0;
  for (let seen = 0; seen < most; seen += AT_ONCE) {
    const rows = await store.read.madeBefore(tables.verifications, { after: null, beforeMs, limit: AT_ONCE });
    if (rows.length === 0) break;
    deleted += await store.transaction(async (tx) => {
      let gone = 0;
      const found = await Promise.all(rows.map(({ key }) => tx.get(tables.verifications, key)));
      for (const verification of found) {
        if (verification === null) continue;
        tx.remove(tables.messages, { ...verification, id: verification.messageId });
        tx.remove(tables.verifications, verification);
        tx.remove(tables.redemptions, verification);
        tx.forget(verification);
        gone += 1;
      }
      return gone;
    });
    if (rows.length < AT_ONCE) break;
    if (!(await goOn())) break;
  }
  return deleted;
}

/** Messages of earlier routes, which their verifications no longer point at. They are younger than those. */
async function deleteStrayMessages({ store, retention, goOn }: RetentionDeps, most: number): Promise<void> {
  const beforeMs = store.nowMs() - retention.rowMs;
  for (let seen = 0; seen < most; seen += AT_ONCE) {
    const rows = await store.read.madeBefore(tables.messages, { after: null, beforeMs, limit: AT_ONCE });
    if (rows.length === 0) break;
    await store.transaction(async (tx) => {
      for (const { key } of rows) tx.remove(tables.messages, key);
    });
    if (rows.length < AT_ONCE) break;
    if (!(await goOn())) break;
  }
}
