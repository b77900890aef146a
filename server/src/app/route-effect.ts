import type { Channel } from '../domain/message.ts';
import { readRecipient } from '../domain/recipient.ts';
import type { ProjectRoutes } from '../domain/route.ts';
import { isProblem } from '../kernel/failure.ts';
import { type Place, placeAt, type Store } from '../store/store.ts';
import { type PreviewDeps, previewRoute } from './route-preview.ts';
import type { Vault } from './vault.ts';

type RoutesOf = (projectId: string) => ProjectRoutes | null;

export type EffectDeps = Omit<PreviewDeps, 'routes'> & {
  readonly store: Pick<Store, 'read' | 'nowMs'>;
  readonly vault: Pick<Vault, 'openRecipient'>;
};

/** Codes of one channel and country whose first choice would have been another one. */
export type Moved = {
  readonly channel: Channel;
  /** ISO 3166-1; null for mailboxes and numbers of no country. */
  readonly country: string | null;
  /** As `bird`, or `bird by tts` where it is another channel than was asked for; null where no route leads. */
  readonly from: string | null;
  readonly to: string | null;
  readonly count: number;
};

export type RouteEffect = {
  /** Live codes that were looked at: the newest within the time, up to a bound. */
  readonly looked: number;
  readonly isWhole: boolean;
  readonly sinceMs: number;
  /** The most frequent first. */
  readonly moved: readonly Moved[];
  /** What those of a known price cost, one segment each, in millionths; null where nothing has one. */
  readonly costs: { readonly before: number; readonly after: number; readonly currency: string } | null;
};

const DAY_MS = 86_400_000;
const DAYS = 7;
const MOST_SEEN = 10_000;
const MOST_JUDGED = 2_000;

/**
 * Whom other routes would affect: the live codes of the last week are routed once more, by those in force and by the
 * others, as if every provider were well. Nothing is sent, and no recipient is told.
 */
export async function routeEffect(
  deps: EffectDeps,
  before: RoutesOf,
  after: RoutesOf,
  projectId: string | null,
): Promise<RouteEffect> {
  const { listed, isWhole, sinceMs } = await newest(deps, projectId);
  const moved = new Map<string, Moved>();
  const sums = { before: 0, after: 0 };
  let currency: string | null = null;
  for (const { verification } of listed) {
    if (verification.sealedRecipient === null) continue;
    const { channel, id } = verification;
    const recipient = readRecipient(deps.vault.openRecipient(verification), channel);
    if (isProblem(recipient)) continue;
    const asked = { projectId: verification.projectId, channel, recipient, id, segments: 1 };
    const [was, is] = [before, after].map(
      (routes) => previewRoute({ ...deps, routes }, asked, () => 'closed')[0] ?? null,
    );
    if (was?.estimate != null && is?.estimate != null) {
      currency = is.estimate.currency;
      sums.before += was.estimate.micros;
      sums.after += is.estimate.micros;
    }
    const country = recipient.kind === 'phone' ? recipient.country : null;
    const [from, to] = [was, is].map((step) => nameOf(step ?? null, channel));
    if (from === to) continue;
    const key = [channel, country, from, to].join(' ');
    const known = moved.get(key)?.count ?? 0;
    moved.set(key, { channel, country, from: from ?? null, to: to ?? null, count: known + 1 });
  }
  return {
    ...{ looked: listed.length, isWhole, sinceMs },
    moved: [...moved.values()].sort((a, b) => b.count - a.count),
    costs: currency === null ? null : { ...sums, currency },
  };
}

function nameOf(step: { readonly provider: string; readonly channel: Channel } | null, asked: Channel) {
  if (step === null) return null;
  return step.channel === asked ? step.provider : `${step.provider} by ${step.channel}`;
}

async function newest({ store }: EffectDeps, projectId: string | null) {
  const nowMs = store.nowMs();
  const { insight } = store.read;
  const before: Place = placeAt(nowMs + DAY_MS);
  const weekAgo: Place = placeAt(nowMs - DAYS * DAY_MS);
  const back = await insight.placeBack('verifications', before, MOST_SEEN);
  const isShort = back === null || back <= weekAgo;
  const after = isShort ? weekAgo : (back ?? weekAgo);
  const where = { mode: 'live', ...(projectId === null ? {} : { projectId }) } as const;
  const listed = await insight.listVerifications({ after, before, limit: MOST_JUDGED, where, nowMs });
  const oldest = listed.at(-1)?.verification.createdAtMs ?? nowMs;
  const isWhole = isShort && listed.length < MOST_JUDGED;
  return { listed, isWhole, sinceMs: isWhole ? nowMs - DAYS * DAY_MS : oldest };
}
