import type { Refusal } from '../../src/domain/guard/refusal.ts';
import type { Past } from './history.ts';

/** Figures as somebody would count them who has all rows before him and nothing to hurry for. */
export type Recounted = {
  created: number;
  sent: number;
  delivered: number;
  verified: number;
  failed: number;
  expired: number;
  deleted: number;
  messages: number;
  accepted: number;
  arrived: number;
  lost: number;
  refused: number;
  costs: { [currency: string]: number };
  toDeliveryMs: number[];
  toVerificationMs: number[];
};

const nothing = (): Recounted => ({
  ...{ created: 0, sent: 0, delivered: 0, verified: 0, failed: 0, expired: 0, deleted: 0 },
  ...{ messages: 0, accepted: 0, arrived: 0, lost: 0, refused: 0, costs: {} },
  ...{ toDeliveryMs: [], toVerificationMs: [] },
});

type Question = {
  readonly nowMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly mode: 'live' | 'test';
  readonly projectId?: string;
  readonly country?: string;
};

export function recount(
  past: Iterable<Past>,
  refusals: Iterable<Refusal>,
  { nowMs, fromMs, toMs, mode, projectId, country }: Question,
): Recounted {
  const all = nothing();
  for (const { verification: v, messages } of past) {
    if (v.createdAtMs < fromMs || v.createdAtMs >= toMs || v.mode !== mode) continue;
    if (projectId !== undefined && v.projectId !== projectId) continue;
    const noted = messages.find((m) => m.routing?.country)?.routing?.country;
    const guessed = /country=(..)/.exec(v.guard ?? '')?.[1];
    if (country !== undefined && (noted ?? guessed ?? 'ZZ') !== country) continue;
    all.created += 1;
    const state = v.state === 'open' && nowMs >= v.expiresAtMs ? 'expired' : v.state;
    if (state !== 'open') all[state] += 1;
    if (v.state === 'verified') all.toVerificationMs.push(v.closedAtMs - v.createdAtMs);
    const handedOver = messages.filter((m) => 'sentAtMs' in m && m.sentAtMs !== null);
    const arrived = messages.filter((m) => m.state === 'delivered');
    if (handedOver.length > 0) all.sent += 1;
    if (arrived.length > 0) {
      all.delivered += 1;
      const times = arrived.map((m) => ('endedAtMs' in m ? m.endedAtMs : 0));
      all.toDeliveryMs.push(Math.min(...times) - v.createdAtMs);
    }
    all.messages += messages.length;
    all.accepted += handedOver.length;
    all.arrived += arrived.length;
    all.lost += messages.filter((m) => m.state === 'undelivered' || m.state === 'failed').length;
    for (const { routing } of handedOver) {
      const cost = routing?.cost ?? routing?.estimate;
      if (cost != null) all.costs[cost.currency] = (all.costs[cost.currency] ?? 0) + cost.micros;
    }
  }
  for (const r of refusals) {
    if (r.atMs < fromMs || r.atMs >= toMs || r.mode !== mode) continue;
    if (projectId !== undefined && r.projectId !== projectId) continue;
    if (country === undefined || (r.country ?? 'ZZ') === country) all.refused += 1;
  }
  return all;
}

/** The exact percentile by nearest rank, to the two digits that are shown. */
export function exactPercentile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.max(1, Math.ceil(sorted.length * share)) - 1];
  if (value === undefined) return null;
  const digits = String(value);
  return digits.length <= 2 ? value : Number(digits.slice(0, 2).padEnd(digits.length, '0'));
}
