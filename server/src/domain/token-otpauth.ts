import { isProblem } from '../kernel/failure.ts';
import { isMigration, type MigrationPart, readMigration } from './factor/migration.ts';
import { type OtpauthKey, readOtpauth } from './factor/otpauth.ts';
import { gather, type TokenFacts, type TokenFile } from './token.ts';

const MOST_LINES = 2_000;

/**
 * Reads `otpauth://` and `otpauth-migration://` addresses, one a line. Accounts serve as serial numbers, with `-` for
 * what a number may not hold. Of a migration in several codes all must be there.
 */
export function readTokenAddresses(text: string): TokenFile {
  const lines = text.split(/\r\n|\n|\r/).map((line, i) => ({ place: `line ${i + 1}`, line: line.trim() }));
  if (lines.length > MOST_LINES) return { problems: [`the file has more than ${MOST_LINES} lines`] };
  const problems: string[] = [];
  const found: { readonly place: string; readonly facts: TokenFacts }[] = [];
  const parts: MigrationPart[] = [];
  for (const { place, line } of lines.filter(({ line }) => line !== '')) {
    const read = isMigration(line) ? readMigration(line) : readOtpauth(line);
    if (isProblem(read)) problems.push(`${place}: ${read.message}`);
    else if ('keys' in read) {
      parts.push(read);
      found.push(...read.keys.map((key) => ({ place, facts: factsOf(key) })));
    } else found.push({ place, facts: factsOf(read) });
  }
  problems.push(...missingParts(parts));
  return problems.length > 0 ? { problems } : gather(found);
}

const factsOf = (key: OtpauthKey): TokenFacts => ({
  ...{ serial: key.account.replace(/[^A-Za-z0-9._-]/g, '-'), secret: key.secret, kind: key.kind },
  ...key.form,
  ...(key.kind === 'totp' ? { periodSeconds: key.periodSeconds } : { counter: key.counter }),
});

function missingParts(found: readonly MigrationPart[]): string[] {
  return found.flatMap(({ batch, parts }, i) => {
    if (found.findIndex((other) => other.batch === batch) !== i) return [];
    const there = new Set(found.filter((other) => other.batch === batch).map(({ part }) => part));
    const missing = Array.from({ length: parts }, (_, part) => part).filter((part) => !there.has(part));
    return missing.map((part) => `part ${part + 1} of ${parts} of the migration is missing`);
  });
}
