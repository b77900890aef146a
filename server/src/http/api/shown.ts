import type { ChallengeView } from '../../app/factors/challenge.ts';
import type { FactorView } from '../../app/factors/view.ts';

/** How this wire shows things. Times are ISO 8601 in UTC, to the millisecond. */

export const moment = (ms: number): string => new Date(ms).toISOString();
const momentOrNull = (ms: number | null): string | null => (ms === null ? null : moment(ms));

export function shownFactor({ factor, recipient }: FactorView): object {
  const { id, kind, name, createdAtMs, confirmedAtMs, lastUsedAtMs } = factor;
  return {
    ...{ id, kind, name, state: confirmedAtMs === null ? 'pending' : 'active' },
    createdAt: moment(createdAtMs),
    confirmedAt: momentOrNull(confirmedAtMs),
    lastUsedAt: momentOrNull(lastUsedAtMs),
    ...(recipient === null ? {} : { recipient }),
    ...(factor.kind === 'recovery' ? { codesLeft: factor.digests.length } : {}),
    ...(factor.kind === 'totp' ? totpOf(factor.settings) : {}),
  };
}

const totpOf = ({ algorithm, digits, periodSeconds }: TotpLike): object => ({
  ...{ algorithm, digits, period: periodSeconds },
});
type TotpLike = { readonly algorithm: string; readonly digits: number; readonly periodSeconds: number };

export function shownChallenge({ challenge, user, factors }: ChallengeView): object {
  const { id, purpose, audience, state, attemptsLeft, createdAtMs, expiresAtMs } = challenge;
  return {
    ...{ id, user, purpose, audience, state, factors: factors.map(shownFactor), attemptsLeft },
    createdAt: moment(createdAtMs),
    expiresAt: moment(expiresAtMs),
    closedAt: challenge.state === 'open' ? null : moment(challenge.closedAtMs),
    approvedBy:
      challenge.state === 'approved'
        ? { factor: challenge.approval.factorId, kind: challenge.approval.kind }
        : null,
    reason: 'reason' in challenge ? challenge.reason : null,
  };
}
