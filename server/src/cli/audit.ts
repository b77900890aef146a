import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { auditKey } from '../app/audit.ts';
import { listAudit, listCheckpoints } from '../app/audit-list.ts';
import { chainOf, checkpointsIn, verifyAudit } from '../app/audit-verify.ts';
import { createVault } from '../app/vault.ts';
import type { AuditEntry } from '../domain/audit.ts';
import { AUDIT_MS } from '../domain/retention.ts';
import { systemRandom } from '../kernel/random.ts';
import { type Command, NO_OPTIONS, WrongUsage } from './command.ts';
import { counted, existingMasterKey, readSettings, withStore } from './store-tools.ts';

const MOST = 10_000;
const SINCE = /^(\d{1,5})([mhd])$/;
const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export const auditVerify: Command = {
  does: 'Checks that nothing was changed, removed, moved or put into the audit log',
  words: [],
  options: { checkpoints: { type: 'string' } },
  optionWords: [
    [
      '--checkpoints FILE',
      'signed checkpoints kept elsewhere: saved log lines, or what roost audit export wrote',
    ],
  ],
  more: [
    'Without --checkpoints the end of the log may have been cut off up to its last entry, and nothing shows it.',
    'May run while Roost serves. Ends with 1 when something is wrong, and says what and where.',
  ],
  examples: ['roost audit verify', 'roost audit verify --checkpoints saved.log --json'],
  run(surroundings, { options: { checkpoints: file } }) {
    const masterKey = existingMasterKey(readSettings(surroundings));
    const elsewhere = typeof file === 'string' ? checkpointsOf(resolve(surroundings.folder, file), file) : [];
    return withStore(surroundings, async (store) => {
      const vault = createVault(masterKey, systemRandom);
      const deps = { store, vault, key: auditKey(masterKey), auditMs: AUDIT_MS };
      const { entries, loose, checkpoints, damages } = await verifyAudit(deps, elsewhere);
      const isWhole = damages.length === 0;
      const read = `${entries.toLocaleString('en-US')} ${entries === 1 ? 'entry' : 'entries'}, ${counted(checkpoints, 'checkpoint')}`;
      const kept = `${elsewhere.length} kept elsewhere`;
      return {
        json: { whole: isWhole, entries, loose, checkpoints, elsewhere: elsewhere.length, damages },
        text: [
          ...damages.map(({ at, what }) => `WRONG   ${at}: ${what}`),
          `${isWhole ? 'The audit log is whole' : 'The audit log is not as Roost wrote it'}: ${read}, ${kept}.`,
          ...(elsewhere.length === 0
            ? ['Whether its end was cut off only a checkpoint kept elsewhere can tell (--checkpoints FILE).']
            : []),
        ],
        exitCode: isWhole ? 0 : 1,
      };
    });
  },
};

export const auditExport: Command = {
  does: 'Writes the whole audit log as JSON, an entry or a signed checkpoint on each line',
  words: [],
  ...NO_OPTIONS,
  more: [
    'Goes to standard output, the oldest entry first. Kept elsewhere it serves roost audit verify --checkpoints.',
    'With --json, which changes nothing: every line is JSON already.',
  ],
  examples: ['roost audit export > audit.jsonl'],
  run: (surroundings) =>
    withStore(surroundings, async (store) => {
      const line = (value: object) => surroundings.write(Buffer.from(`${JSON.stringify(value)}\n`));
      for await (const entry of chainOf(store))
        await line({ entry: { ...shown(entry), mac: entry.mac, hash: entry.hash } });
      for (const { sequence, statement } of await listCheckpoints(store)) {
        await line({ checkpoint: { sequence, statement } });
      }
      return null;
    }),
};

export const auditList: Command = {
  does: 'Lists what was done and by whom, the newest last',
  words: [],
  options: { since: { type: 'string' }, limit: { type: 'string' } },
  optionWords: [
    ['--since 7d', 'how far back: 90m, 24h, 7d, or a moment such as 2026-11-23 (24h)'],
    ['--limit 200', `how many at most, up to ${MOST}: the newest of them (200)`],
  ],
  more: ['Each line: when, its place in the chain, who, what was done, what it was done to, how it went.'],
  examples: ['roost audit list', 'roost audit list --since 30d --json'],
  run(surroundings, { options: { since = '24h', limit = '200' } }) {
    const most = Number(limit);
    if (!Number.isInteger(most) || most < 1 || most > MOST) throw new WrongUsage(`--limit: set 1 to ${MOST}`);
    return withStore(surroundings, async (store) => {
      const sinceMs = readSince(String(since), store.nowMs());
      const found = await listAudit(store, { sinceMs, limit: most });
      const entries = found.toReversed().map((entry) => ({ ...shown(entry), name: entry.name }));
      const lines = entries.map(({ at, place, name, actor, action, object, result, node }) =>
        [at, String(place).padStart(6), (name ?? actor ?? node).padEnd(16), action, object, result].join(
          '  ',
        ),
      );
      return { json: { entries }, text: lines.length === 0 ? ['None since then.'] : lines };
    });
  },
};

const shown = ({ id, sequence, atMs, node, actor, action, object, result }: AuditEntry) => ({
  ...{ id, place: sequence, at: new Date(atMs).toISOString(), node, actor, action, object, result },
});

/** @throws WrongUsage */
function readSince(text: string, nowMs: number): number {
  const [, count, unit] = SINCE.exec(text) ?? [];
  if (count !== undefined) return nowMs - Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
  const atMs = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isFinite(atMs))
    throw new WrongUsage('--since: set 90m, 24h, 7d, or a moment such as 2026-11-23');
  return atMs;
}

function checkpointsOf(path: string, name: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`${name} cannot be read: ${code === 'ENOENT' ? 'there is no such file' : code}`);
  }
  const found = checkpointsIn(text);
  if (found.length === 0)
    throw new Error(`${name} holds no signed checkpoint; save the lines audit.checkpoint of the log`);
  return found;
}
