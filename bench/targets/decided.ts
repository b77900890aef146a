import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Counts, count, NOTHING } from '../../server/src/domain/guard/counts.ts';
import { writeNote } from '../../server/src/domain/guard/note.ts';
import type { Closed } from '../../server/src/domain/verification.ts';
import { createLog } from '../../server/src/kernel/log.ts';
import { systemRandom } from '../../server/src/kernel/random.ts';
import { openStore } from '../../server/src/store/open.ts';
import { tables } from '../../server/src/store/store.ts';
import { between, pick, type Random, seeded } from '../driver/random.ts';

const AT_ONCE = 1_000;
const COUNTRIES = ['NL', 'BE', 'DE', 'FR', 'GB', 'ES', 'IT', 'PL', 'US', 'BR', 'IN', 'ZA'];
const WORDING = { template: 'Your code is: %token', datacoding: 'auto', language: 'en-gb' } as const;

const hex = (n: number): string => n.toString(16).padStart(32, '0');

/** Writes codes that a real provider carried, evenly over the last `days`, straight to the database in `folder`. */
export async function fillDecisions(folder: string, decisions: number, days: number): Promise<void> {
  const random = seeded(7);
  const endMs = Date.now() - 60_000;
  const everyMs = (days * 86_400_000) / decisions;
  let nowMs = endMs - days * 86_400_000;
  const log = createLog('silent', { write: () => {} });
  const where = { databaseUrl: null, dataFolder: folder };
  const store = await openStore(where, {
    clock: () => Math.floor(nowMs),
    random: systemRandom,
    log,
    use: 'serve',
  });
  for (let done = 0; done < decisions; done += AT_ONCE) {
    const rows = Array.from({ length: Math.min(AT_ONCE, decisions - done) }, () => {
      nowMs += everyMs;
      return decided(random, store.newId(), Math.floor(nowMs));
    });
    await store.transaction(async (tx) => {
      for (const row of rows) tx.insert(tables.verifications, row);
    });
  }
  await store.close();
}

function decided(random: Random, id: string, createdAtMs: number): Closed {
  const country = pick(random, COUNTRIES);
  const isVerified = random() < 0.7;
  const subject = (kind: 'block' | 'country' | 'key' | 'network' | 'project', what: string) => ({
    ...{ kind, what, isExact: false, isCounted: true },
  });
  const reading = (rule: string, value: number, most: number) => ({
    rule,
    value,
    most,
    verdict: 'under' as const,
  });
  const guard = writeNote({
    ...{
      whence: 'new',
      isProven: false,
      line: null,
      micros: 70_000,
      place: between(random, 0, 9_999),
      signals: [],
    },
    subjects: [
      subject('block', hex(between(random, 0, 50_000))),
      subject('country', country),
      subject('key', 'benchbench'),
      subject('network', hex(between(random, 0, 1_000_000))),
      subject('project', ''),
    ],
    places: [hex(between(random, 0, 1e9)), hex(between(random, 0, 1e9))],
    readings: [
      ...[reading('ranges', 0, 0), reading('countries', 0, 0), reading('cool-down', 0, 5)],
      ...[
        reading('recipient-hour', 1, 5),
        reading('recipient-day', 1, 10),
        reading('block-unverified', 2, 10),
      ],
      ...[
        reading('country-unverified', 12, 70),
        reading('country-conversion', 66, 15),
        reading('key-day', 500, 1000),
      ],
    ],
  });
  const closedAtMs = createdAtMs + (isVerified ? 30_000 : 300_000);
  return {
    state: isVerified ? 'verified' : 'expired',
    ...{ id, projectId: 'default' },
    mode: 'live',
    channel: 'sms',
    codeIsKept: 'until-hand-over',
    recipientKey: hex(between(random, 0, 600_000)),
    wording: { ...WORDING, voice: 'female', subject: null },
    ...{ sealedRecipient: null, originator: 'Code', reference: null, tokenLength: 6, messageId: hex(0) },
    ...{ createdAtMs, expiresAtMs: createdAtMs + 300_000, closedAtMs, reason: null },
    ...{ wrongGuesses: 0, lastWrongAtMs: null, sealedCode: null, boundTo: null, guard },
  };
}

/** Writes counts of so many blocks of numbers, of the last hours, while no server has the database. */
export function fillCounts(folder: string, subjects: number): void {
  const db = new DatabaseSync(join(folder, 'roost.db'));
  const nowMs = Date.now();
  let counts: Counts = NOTHING;
  for (let hour = 5; hour >= 0; hour -= 1) {
    counts = count(counts, { sends: 3, verified: 2, checks: 2 }, nowMs - hour * 3_600_000, nowMs, 24);
  }
  const text = JSON.stringify(counts);
  const put = db.prepare('INSERT INTO tallies (subject, part, counts, until_ms) VALUES (?, 0, ?, ?)');
  db.exec('BEGIN');
  for (let i = 0; i < subjects; i += 1)
    put.run(`test default block ${hex(i * 7919)}`, text, nowMs + 172_800_000);
  db.exec('COMMIT');
  db.close();
}
