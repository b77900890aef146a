import type { ApprovedTransaction, ChallengeView } from '../../app/factors/challenge.ts';
import type { FactorView } from '../../app/factors/view.ts';
import { ALGORITHM_NAMES } from '../../domain/factor/webauthn.ts';
import type { WebauthnFactor } from '../../domain/factor.ts';
import type { Token } from '../../domain/token.ts';
import type { Transaction } from '../../domain/transaction.ts';

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
    ...(factor.kind === 'hotp' ? formOf(factor.settings) : {}),
    ...(factor.kind === 'ocra' ? { suite: factor.settings.suite } : {}),
    ...(factor.kind === 'webauthn' ? passkeyOf(factor) : {}),
    ...('serial' in factor && factor.serial !== null ? { serial: factor.serial } : {}),
  };
}

function passkeyOf({ memory }: WebauthnFactor): object {
  if (memory.state === 'pending') return {};
  const { state: _, mac: __, publicKey: ___, algorithm, counterWentBackAtMs, ...rest } = memory;
  const passkey = { model: null, ...rest };
  const counterWentBackAt = momentOrNull(counterWentBackAtMs);
  return { passkey: { ...passkey, algorithm: ALGORITHM_NAMES[algorithm], counterWentBackAt } };
}

const formOf = ({ algorithm, digits }: Omit<TotpLike, 'periodSeconds'>): object => ({ algorithm, digits });

const totpOf = ({ algorithm, digits, periodSeconds }: TotpLike): object => ({
  ...{ algorithm, digits, period: periodSeconds },
});
type TotpLike = { readonly algorithm: string; readonly digits: number; readonly periodSeconds: number };

export function shownChallenge(view: ChallengeView): object {
  const { challenge, user, factors, transaction, proof, question, publicKey, prompt } = view;
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
    ...(transaction === null ? {} : shownTransaction(transaction)),
    proof,
    ...(question === null ? {} : { question }),
    ...(publicKey === null ? {} : { publicKey }),
    ...(prompt === null ? {} : { prompt }),
    redeemedAt: challenge.state === 'approved' ? momentOrNull(challenge.redeemedAtMs) : null,
  };
}

function shownTransaction(transaction: Transaction): object {
  if (transaction.kind === 'text') return { transactionText: transaction.text };
  const { kind: _, ...payment } = transaction;
  return { payment };
}

export function shownEvidence({ challenge, user, transaction, evidence }: ApprovedTransaction): object {
  const { id, purpose, approval, closedAtMs, redeemedAtMs } = challenge;
  return {
    ...{ challenge: id, user, purpose, ...shownTransaction(transaction) },
    ...{ digest: challenge.transaction?.digest, text: evidence.text },
    ...{ sentAt: momentOrNull(evidence.sentAtMs), recipient: evidence.recipient },
    ...{ factor: approval.factorId, kind: approval.kind, factorName: evidence.factorName },
    assertion: evidence.assertion ?? null,
    ...{ approvedAt: moment(closedAtMs), redeemedAt: momentOrNull(redeemedAtMs) },
  };
}

export const shownToken = ({ serial, kind, state, settings, factorId, createdAtMs }: Token): object => ({
  ...{ serial, kind, state, ...('algorithm' in settings ? formOf(settings) : settings) },
  ...{ factor: factorId, importedAt: moment(createdAtMs) },
});

/** What a user should hear of, and by which phones and mailboxes they do. */
export const shownNotice = (
  event: 'factor_added' | 'recovery_code_used',
  sentTo: readonly string[] | null,
): object => (sentTo === null ? {} : { notice: { event, sentTo } });
