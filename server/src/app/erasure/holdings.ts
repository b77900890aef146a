import type { Key, Mode, Scope } from '../../domain/scope.ts';
import type { HauntRow, Store, SubjectTable } from '../../store/store.ts';

/** Where rows about recipients are. */
const SUBJECT_TABLES = [
  ...['verifications', 'texts', 'hlrs', 'refusals', 'factors'],
] as readonly SubjectTable[];

export type Found = Key & { readonly recipientKey: string };
export type Holdings = {
  readonly rows: { readonly [table in SubjectTable]: readonly Found[] };
  readonly haunts: readonly HauntRow[];
};

/** Whom to look for: one recipient, or whoever `isMeant`. */
export type Sought = {
  readonly recipientKey: string | null;
  readonly isMeant: (scope: Scope, recipientKey: string) => boolean;
};

/** Rows that are read at once: so many that few questions are asked, so few that nobody waits for them. */
const ROWS_AT_ONCE = 4_000;

/** One recipient in some modes of a project. */
export const onlyThis = (projectId: string, modes: readonly Mode[], recipientKey: string): Sought => ({
  recipientKey,
  isMeant: (scope, key) =>
    key === recipientKey && scope.projectId === projectId && modes.includes(scope.mode),
});

/** Every row about whom is sought. Reads whole tables, a stretch at a time. */
export async function findHoldings(
  { read }: Pick<Store, 'read'>,
  { recipientKey, isMeant }: Sought,
): Promise<Holdings> {
  const rows: { [table in SubjectTable]: Found[] } = {
    ...{ verifications: [], texts: [], hlrs: [], refusals: [], factors: [] },
  };
  for (const table of SUBJECT_TABLES) {
    for (let after: string | null = null; ; ) {
      const { found, next } = await read.subjects.about(table, { after, rows: ROWS_AT_ONCE, recipientKey });
      rows[table].push(...found.filter((each) => isMeant(each, each.recipientKey)));
      if (next === null) break;
      after = next;
      await others();
    }
  }
  const haunts: HauntRow[] = [];
  for (let after: string | null = null; ; ) {
    const { found, next } = await read.subjects.haunts({ after, rows: ROWS_AT_ONCE });
    haunts.push(...found.filter((each) => isMeant(each, each.userKey)));
    if (next === null) break;
    after = next;
    await others();
  }
  return { rows, haunts };
}

/** Lets others work between two stretches. */
export const others = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
