import { NEW_TRIES, type SentFactor, type SentKind } from '../../domain/factor.ts';
import type { Channel } from '../../domain/message.ts';
import type { NewFactor } from '../../domain/new-factor.ts';
import type { Scope } from '../../domain/scope.ts';
import { isHidden, type Verification } from '../../domain/verification.ts';
import { Failure, refuse } from '../../kernel/failure.ts';
import { tables } from '../../store/store.ts';
import type { ChangeDeps } from './keep.ts';
import { makeRoom } from './room.ts';
import { type FactorView, viewFactor } from './view.ts';

/** A proof of a phone or mailbox is as good as a code that is sent for the factor, for so long. */
const PROVED_WITHIN_MS = 1_800_000;
/** The same phone gets codes of both channels. */
const PROVES: { readonly [kind in SentKind]: readonly Channel[] } = {
  sms: ['sms', 'flash'],
  tts: ['tts'],
  email: ['email'],
  whatsapp: ['whatsapp'],
};

/**
 * Enrols the phone or mailbox that a verification has proved within the last half hour: nobody types two codes for one
 * phone. The verification is used up by it, and from then on not known to Verify.
 * @throws Failure `invalid_parameter` when it proves no such thing, or the user has the factor already, or has 20
 */
export async function enrolProved(
  deps: ChangeDeps,
  { projectId, mode }: Scope,
  user: string,
  { name, of, verificationId }: Extract<NewFactor, { kind: 'proved' }>,
): Promise<FactorView> {
  const userKey = deps.vault.userKey({ projectId, mode }, user);
  const id = deps.store.newId();
  const kept = await deps.store.transaction(async (tx): Promise<SentFactor | Failure> => {
    const found = await tx.get(tables.verifications, { projectId, mode, id: verificationId });
    if (!proves(found, of, tx.nowMs)) return proofless();
    const about = { id, projectId, mode, userKey, kind: of } as const;
    const factor: SentFactor = {
      ...{ ...about, name, tries: NEW_TRIES, recipientKey: found.recipientKey, verificationId: null },
      ...{ createdAtMs: tx.nowMs, confirmedAtMs: tx.nowMs, lastUsedAtMs: null },
      sealedSecret: deps.vault.sealSecret(Buffer.from(deps.vault.openRecipient(found)), about),
    };
    const refusal = await makeRoom(deps, tx, user, factor);
    if (refusal !== null) return refusal;
    tx.update(tables.verifications, { ...found, boundTo: `factor:${id}` });
    tx.insert(tables.factors, factor);
    await deps.notices.notify(tx, 'factorAdded', factor, id);
    return factor;
  });
  if (kept instanceof Failure) throw kept;
  return viewFactor(deps.vault, kept);
}

function proves(found: Verification | null, kind: SentKind, nowMs: number): found is Verification {
  return (
    found?.state === 'verified' &&
    !isHidden(found) &&
    PROVES[kind].includes(found.channel) &&
    nowMs < found.closedAtMs + PROVED_WITHIN_MS
  );
}

const proofless = (): Failure =>
  refuse(
    'invalid_parameter',
    'verification must be one of that kind that was verified within the last half hour, and used for nothing else',
    'verification',
  );
