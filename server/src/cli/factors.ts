import { basename, resolve } from 'node:path';
import { createAudit } from '../app/audit.ts';
import { takeOutFactors } from '../app/factors/take-out.ts';
import { createVault } from '../app/vault.ts';
import { writeMigration } from '../domain/factor/migration.ts';
import { type OtpauthKey, writeOtpauth } from '../domain/factor/otpauth.ts';
import {
  otpauthKeyOf,
  type Portable,
  portableLine,
  tokenCsvLine,
  tokenLine,
} from '../domain/factor/portable.ts';
import { systemRandom } from '../kernel/random.ts';
import { type Command, type Told, WrongUsage } from './command.ts';
import { newFile } from './new-file.ts';
import { COMMAND_LINE, counted, existingMasterKey, readSettings, withStore } from './store-tools.ts';
import type { Surroundings } from './surroundings.ts';

const FORMS = ['jsonl', 'otpauth', 'migration', 'csv'] as const;
type Form = (typeof FORMS)[number];
const ISSUER = /^[^\p{Cc}:]{1,64}$/u;
/** Keys of one hand-over from app to app: ten codes of ten. */
const KEYS_IN_A_BATCH = 100;

export const factorsExport: Command = {
  does: 'Writes every factor and token of a project with its secret, to be taken to another system',
  words: ['FILE'],
  options: {
    ...{ 'with-secrets': { type: 'boolean' }, project: { type: 'string' }, mode: { type: 'string' } },
    ...{ format: { type: 'string' }, issuer: { type: 'string' } },
  },
  optionWords: [
    ['--with-secrets', 'must be given: whoever reads the file can answer in the place of every user'],
    ['--project NAME', 'the project (default)'],
    ['--mode live|test', 'users of live keys, or of test keys (live)'],
    ['--format jsonl|otpauth|migration|csv', 'what each line of it is (jsonl)'],
    ['--issuer NAME', 'whose codes they are, as apps will show it (Roost)'],
  ],
  more: [
    'A line of jsonl is a factor of any kind, or a hardware token that nobody holds; of otpauth the otpauth:// address of an',
    'authenticator or a counting token of a user; of migration an otpauth-migration:// address of ten of them, as apps hand',
    'them over; of csv a token in the stock, as POST /v1/tokens/import takes it.',
    'FILE must not exist yet, and is readable by you alone; - is standard output, to be sealed by another program.',
    'What was never confirmed is left out. Of recovery codes only digests are kept, which are good under the same master key',
    'alone: to take the codes themselves to another machine, restore a backup there.',
    'May run while Roost serves; nothing is changed. It is in the audit log before the first secret is read.',
  ],
  examples: [
    'roost factors export factors.jsonl --with-secrets',
    'roost factors export - --with-secrets | age -r age1… > factors.age',
    'roost factors export keys.txt --with-secrets --format otpauth --issuer BirdBank',
  ],
  async run(surroundings, { words: [file = '-'], options }) {
    const asked = readOptions(options);
    const masterKey = existingMasterKey(readSettings(surroundings));
    const count = await withStore(surroundings, async (store) => {
      const into = file === '-' ? null : await newFile(resolve(surroundings.folder, file), 'export');
      const write = (line: string) => writeTo(surroundings, into, `${line}\n`);
      const deps = { store, vault: createVault(masterKey, systemRandom) };
      const audit = createAudit({ store, masterKey, node: COMMAND_LINE });
      const { projectId, mode, form } = asked;
      try {
        const all = takeOutFactors({ ...deps, audit }, null, { projectId, mode }, form);
        const written = await writeAll(all, asked, write);
        await into?.keep();
        return written;
      } catch (error) {
        await into?.drop();
        throw error;
      }
    });
    return toldOf(file, asked, count);
  },
};

type Asked = {
  readonly projectId: string;
  readonly mode: 'live' | 'test';
  readonly form: Form;
  readonly issuer: string;
};

/** @throws WrongUsage */
function readOptions(options: Parameters<Command['run']>[1]['options']): Asked {
  const { project = 'default', mode = 'live', format = 'jsonl', issuer = 'Roost' } = options;
  if (options['with-secrets'] !== true) {
    throw new WrongUsage(
      '--with-secrets: it writes the secret of every factor in the clear; give it if that is what you mean',
    );
  }
  if (mode !== 'live' && mode !== 'test') throw new WrongUsage('--mode: set live or test');
  const form = FORMS.find((each) => each === format);
  if (form === undefined) throw new WrongUsage('--format: set jsonl, otpauth, migration or csv');
  if (!ISSUER.test(String(issuer)))
    throw new WrongUsage('--issuer: set up to 64 characters, without a colon');
  return { projectId: String(project), mode, form, issuer: String(issuer) };
}

type Into = Awaited<ReturnType<typeof newFile>> | null;

const writeTo = ({ write }: Surroundings, into: Into, text: string): Promise<void> =>
  into === null ? write(Buffer.from(text)) : into.write(Buffer.from(text));

/** Factors by kind; tokens that nobody holds by kind and state, such as `hotp in stock`. */
type Counts = { readonly [what: string]: number };
type Count = {
  readonly written: Counts;
  readonly tokens: Counts;
  readonly leftOut: Counts;
  /** Recovery codes that are left and are not in it, since only their digests are kept. */
  readonly codesUntold: number;
};

/** Writes what comes as it comes; no more of it is held than one batch has. */
async function writeAll(
  all: AsyncIterable<Portable>,
  { form, issuer }: Asked,
  write: (line: string) => Promise<void>,
): Promise<Count> {
  const [written, tokens, leftOut] = [new Tally(), new Tally(), new Tally()];
  let codesUntold = 0;
  let batch: OtpauthKey[] = [];
  const handOver = async () => {
    for (const uri of writeMigration(batch, systemRandom.below(2 ** 31))) await write(uri);
    batch = [];
  };
  for await (const portable of all) {
    if ('token' in portable) {
      const { kind, state } = portable.token;
      const isTold = form === 'jsonl' || (form === 'csv' && state === 'stock');
      (isTold ? tokens : leftOut).add(state === 'stock' ? `${kind} in stock` : `${kind} ${state}`);
      if (isTold)
        await write(form === 'csv' ? tokenCsvLine(portable) : JSON.stringify(tokenLine(portable, issuer)));
      continue;
    }
    const { factor } = portable;
    if (factor.kind === 'recovery') codesUntold += factor.digests.length;
    const key = form === 'csv' ? null : otpauthKeyOf(portable, issuer);
    const isTold = form === 'jsonl' || (key !== null && (form === 'otpauth' || fitsApps(key)));
    (isTold ? written : leftOut).add(factor.kind);
    if (!isTold) continue;
    if (form === 'jsonl') await write(JSON.stringify(portableLine(portable, issuer)));
    else if (key !== null && form === 'otpauth') await write(writeOtpauth(key));
    else if (key !== null && batch.push(key) === KEYS_IN_A_BATCH) await handOver();
  }
  if (batch.length > 0) await handOver();
  return { written: written.counts, tokens: tokens.counts, leftOut: leftOut.counts, codesUntold };
}

class Tally {
  readonly counts: { [what: string]: number } = {};
  add(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }
}

/** Apps are told of no period, and take it to be this. */
const fitsApps = (key: OtpauthKey): boolean => key.kind === 'hotp' || key.periodSeconds === 30;

function toldOf(file: string, { projectId, mode, form }: Asked, count: Count): Told {
  const { written, tokens, leftOut, codesUntold } = count;
  const sum = (counts: Counts) => Object.values(counts).reduce((total, one) => total + one, 0);
  const left = Object.entries(leftOut).map(([what, one]) => `${one} ${what}`);
  const where = file === '-' ? '' : ` to ${basename(file)}`;
  const ofTokens = sum(tokens) === 0 ? '' : ` and ${counted(sum(tokens), 'token')} that nobody holds`;
  return {
    json: {
      ...{ file, project: projectId, mode, format: form },
      ...{ factors: written, tokens, leftOut, recoveryCodesLeftOut: codesUntold, inAuditLog: true },
    },
    text: [
      `Wrote ${counted(sum(written), 'factor')}${ofTokens}${where}, with their secrets.`,
      ...(left.length === 0 ? [] : [`Left out, since ${form} cannot say them: ${left.join(', ')}.`]),
      ...(codesUntold === 0 ? [] : [`Not in it: ${counted(codesUntold, 'recovery code')}. ${WHY_NO_CODES}`]),
      'Whoever reads it can answer in the place of these users: keep it as you keep keys, and delete it after use.',
    ],
    ...(file === '-' ? { aside: true } : {}),
  };
}

const WHY_NO_CODES =
  'Only digests of them are kept, good under this master key alone: restore a backup to take them along, or let users make new ones.';
