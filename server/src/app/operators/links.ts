import type { Operator, OperatorLink, Role } from '../../domain/operator.ts';
import { sha256 } from '../../kernel/hmac.ts';
import type { Random } from '../../kernel/random.ts';
import { type Store, tables } from '../../store/store.ts';

export type LinkDeps = { readonly store: Store; readonly random: Random };

const HOUR_MS = 3_600_000;
const LASTS_MS = { first: HOUR_MS, 'sign-in': HOUR_MS, invite: 72 * HOUR_MS } as const;
const SECRET = /^[A-Za-z0-9_-]{43}$/;

/** Makes a link that lets somebody in once; answers its secret, of which a digest alone is kept. */
export async function makeLink(
  { store, random }: LinkDeps,
  purpose: OperatorLink['purpose'],
  role: Role,
  createdBy: string | null = null,
): Promise<string> {
  const secret = random.bytes(32).toString('base64url');
  await store.transaction(async (tx) => {
    const times = { createdAtMs: tx.nowMs, expiresAtMs: tx.nowMs + LASTS_MS[purpose], usedAtMs: null };
    tx.insert(tables.operatorLinks, { digest: digestOf(secret), purpose, role, createdBy, ...times });
  });
  return secret;
}

/** The link with this secret, if it still works. Looking at it does not use it. */
export async function findLink(
  { store }: Pick<LinkDeps, 'store'>,
  secret: string,
): Promise<OperatorLink | null> {
  if (!SECRET.test(secret)) return null;
  const link = await store.read.get(tables.operatorLinks, { digest: digestOf(secret) });
  return isGood(link, store.nowMs()) ? link : null;
}

/** Whether nobody has signed up yet, so that the start prints a link for the first one. */
export async function isUnowned({ store }: Pick<LinkDeps, 'store'>): Promise<boolean> {
  const all = await store.read.list(tables.allOperators, {}, store.nowMs());
  return !all.some(({ role, disabledAtMs }: Operator) => role === 'owner' && disabledAtMs === null);
}

export const isGood = (link: OperatorLink | null, nowMs: number): link is OperatorLink =>
  link !== null && link.usedAtMs === null && nowMs < link.expiresAtMs;

export const digestOf = (secret: string): string => sha256(secret).toString('hex');
