import { createKey, type NoteKey, revokeKey, rotateKey } from '../app/access/keyring.ts';
import type { Audit } from '../app/audit.ts';
import { type AccessKey, isInForce } from '../domain/access-key.ts';
import { KEY_SCOPES, type KeyScopes, readKeyScopes } from '../domain/key-scope.ts';
import { Failure } from '../kernel/failure.ts';
import { systemRandom } from '../kernel/random.ts';
import { type Command, NO_OPTIONS, WrongUsage } from './command.ts';
import { auditOf, counted, NOT_AUDITED, withStore } from './store-tools.ts';

const PROJECT = 'default';
const NAME = /^[^\p{Cc}]{1,64}$/u;

export const keysList: Command = {
  does: 'Lists the access keys',
  words: [],
  ...NO_OPTIONS,
  more: ['Only a digest of each key is kept, so none can be shown again.'],
  examples: ['roost keys list'],
  run: (surroundings) =>
    withStore(surroundings, async (store) => {
      const keys = await store.read.accessKeys();
      const lines = keys.map((key) => {
        const { id, mode, created, revoked, expires, lastUsed, name, scopes } = shown(key);
        const ends =
          expires === null ? 'in force' : `${isInForce(key, store.nowMs()) ? 'until' : 'ended'} ${expires}`;
        const state = revoked === null ? ends : `revoked ${revoked}`;
        const used = lastUsed === null ? 'never used' : `used ${lastUsed}`;
        const opens = scopes === null ? 'opens everything' : `opens ${scopes.join(',')}`;
        return `${id.padEnd(10)}  ${mode}  ${created}  ${state}  ${used}  ${opens}  ${name}`;
      });
      return { json: { keys: keys.map(shown) }, text: [...lines, counted(keys.length, 'access key')] };
    }),
};

export const keysCreate: Command = {
  does: 'Makes an access key, and shows it this once',
  words: [],
  options: {
    ...{ mode: { type: 'string' }, name: { type: 'string' } },
    ...{ days: { type: 'string' }, scopes: { type: 'string' } },
  },
  optionWords: [
    ['--mode test|live', 'what it opens: the sandbox, or real sending'],
    ['--name TEXT', 'what it is for, up to 64 characters'],
    ['--days N', 'after which it ends by itself, 1 to 3650'],
    ['--scopes A,B', `all it opens, of ${Object.keys(KEY_SCOPES).join(', ')}; everything unless said`],
  ],
  more: ['Nodes that run take it within a second.'],
  examples: [
    'roost keys create --mode live --name "web shop"',
    'roost keys create --mode live --name "sign-in" --scopes verify,proofs',
  ],
  run(surroundings, { options: { mode, name, days, scopes: typed } }) {
    if (mode !== 'test' && mode !== 'live') throw new WrongUsage('--mode: set test or live');
    if (typeof name !== 'string' || !NAME.test(name))
      throw new WrongUsage('--name: say what it is for, in up to 64 characters');
    const scopes = typed === undefined ? null : scopesIn(String(typed));
    const lastsMs = days === undefined ? null : spanOf(days, '--days', 3_650) * DAY_MS;
    return withStore(surroundings, async (store) => {
      const draw = (below: number) => systemRandom.below(below);
      const wanted = { mode, name, projectId: PROJECT, lastsMs, scopes } as const;
      const audit = auditOf(surroundings, store);
      const { id, key } = await createKey(store, draw, wanted, noted(audit, 'key.created'));
      return {
        json: { id, mode, name, scopes, key },
        text: [
          'This access key is shown this once. Keep it where secrets are kept.',
          `  ${key}`,
          `Its id is ${id}.${scopes === null ? '' : ` It opens ${scopes.join(', ')} and nothing else.`}`,
          ...(audit === null ? [NOT_AUDITED] : []),
        ],
      };
    });
  },
};

export const keysRotate: Command = {
  does: 'Makes a key in the place of another, which works on for a while',
  words: ['ID'],
  options: { hours: { type: 'string' } },
  optionWords: [['--hours N', 'for which the old key works on, 1 to 720; 24 unless said']],
  more: [
    'The new key has the name, mode, project and scopes of the old one. ID is what roost keys list shows.',
  ],
  examples: ['roost keys rotate 7Kq2mXw9', 'roost keys rotate 7Kq2mXw9 --hours 72'],
  run(surroundings, { words: [id = ''], options: { hours } }) {
    const overlapMs = (hours === undefined ? 24 : spanOf(hours, '--hours', 720)) * HOUR_MS;
    return withStore(surroundings, async (store) => {
      const audit = auditOf(surroundings, store);
      const draw = (below: number) => systemRandom.below(below);
      const { old, made } = await rotateKey(store, draw, id, overlapMs, noted(audit, 'key.rotated'));
      const until = new Date(old.expiresAtMs ?? 0).toISOString();
      return {
        json: { ...made, mode: old.mode, name: old.name, old: id, oldUntil: until },
        text: [
          'This access key is shown this once. Keep it where secrets are kept.',
          `  ${made.key}`,
          `Its id is ${made.id}. The old one, ${id}, works until ${until}.`,
          ...(audit === null ? [NOT_AUDITED] : []),
        ],
      };
    });
  },
};

function scopesIn(typed: string): KeyScopes {
  try {
    return readKeyScopes(typed.split(',').map((name) => name.trim()));
  } catch (error) {
    if (error instanceof Failure) throw new WrongUsage(`--scopes: ${error.message}`);
    throw error;
  }
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

function spanOf(given: string | boolean, option: string, most: number): number {
  if (typeof given === 'string' && /^[1-9]\d{0,3}$/.test(given) && Number(given) <= most)
    return Number(given);
  throw new WrongUsage(`${option}: set a whole number from 1 to ${most}`);
}

export const keysRevoke: Command = {
  does: 'Takes an access key out of force for good',
  words: ['ID'],
  ...NO_OPTIONS,
  more: ['Within a second every node refuses it. ID is what roost keys list shows.'],
  examples: ['roost keys revoke 7Kq2mXw9'],
  run: (surroundings, { words: [id = ''] }) =>
    withStore(surroundings, async (store) => {
      const audit = auditOf(surroundings, store);
      const keys = await revokeKey(store, id, noted(audit, 'key.revoked'));
      if (keys.length === 0)
        throw new Error(`there is no access key ${JSON.stringify(id)}; roost keys list shows them all`);
      return {
        json: { revoked: keys.map(shown) },
        text: [
          ...keys.map(
            ({ mode, name }) =>
              `The ${mode} key ${id} (${name}) is revoked. Every node refuses it within a second.`,
          ),
          ...(audit === null ? [NOT_AUDITED] : []),
        ],
      };
    }),
};

/** Writes it down, where the master key is at hand. */
const noted =
  (audit: Audit | null, action: string): NoteKey =>
  (tx, { id, mode, name, scopes }) => {
    const only = scopes === null ? '' : `, only ${scopes.join(' ')}`;
    audit?.note(tx, { actor: null, action, object: id, result: `${mode} ${name}${only}` });
  };

function shown({ id, mode, name, scopes, createdAtMs, revokedAtMs, expiresAtMs, lastUsedAtMs }: AccessKey) {
  const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  const times = { created: iso(createdAtMs), revoked: iso(revokedAtMs) };
  return { id, mode, name, scopes, ...times, expires: iso(expiresAtMs), lastUsed: iso(lastUsedAtMs) };
}
