import type { Step } from '../domain/delivery.ts';
import type { Message, Outbound, Pending } from '../domain/message.ts';
import { fillWording } from '../domain/template.ts';
import { isWanted, type Text } from '../domain/text.ts';
import { fail, forgetCode, settle, type Verification } from '../domain/verification.ts';
import { type Transaction, tables } from '../store/store.ts';
import type { Safe } from './safe.ts';
import type { Vault } from './vault.ts';

/** What a message carries: the code of a verification, or a text without one. `verificationId` names either. */
export type Owner =
  | { readonly kind: 'verification'; readonly verification: Verification }
  | { readonly kind: 'text'; readonly text: Text };

/** Locks what a message belongs to. */
export async function ownerOf(tx: Transaction, { projectId, mode, verificationId }: Message): Promise<Owner> {
  const key = { projectId, mode, id: verificationId };
  const verification = await tx.get(tables.verifications, key);
  if (verification !== null) return { kind: 'verification', verification };
  const text = await tx.get(tables.texts, key);
  if (text === null) throw new Error('a message belongs to a verification that does not exist');
  return { kind: 'text', text };
}

/** Whether there is still something to send for it. */
export function isStillWanted(owner: Owner, nowMs: number): boolean {
  if (owner.kind === 'text') return isWanted(owner.text, nowMs);
  return settle(owner.verification, nowMs).state === 'open' && owner.verification.sealedCode !== null;
}

/** What a step of the delivery changes of it: whether it failed, and whether its code is of no more use. */
export function keepStep(tx: Transaction, owner: Owner, step: Step, nowMs: number): void {
  if (owner.kind === 'text') return; // its messages say all that became of it
  const { verification } = owner;
  const failed = step.failed === null ? verification : fail(verification, step.failed, nowMs);
  const next = step.code === 'wipe' && failed.sealedCode !== null ? forgetCode(failed) : failed;
  if (next !== verification) tx.update(tables.verifications, next);
}

/** What a provider is given for it. */
export function carriedFor(
  { vault, safe }: { readonly vault: Vault; readonly safe: Safe },
  message: Pending,
  owner: Owner,
): Outbound {
  const about = {
    ...{ messageId: message.id, provider: message.provider, channel: message.channel },
    ...{ attempt: message.attempts, expiresAtMs: message.expiresAtMs, receiptUrl: null },
  };
  if (owner.kind === 'text') return { ...about, ...contentOf(safe, owner.text) };
  const { verification } = owner;
  const code = vault.openCode(verification);
  if (code === null) throw new Error('a pending message has lost its code');
  const { originator } = verification;
  const wording = vault.openWording(verification);
  const text = fillWording(wording, code, message.channel);
  return { ...about, to: vault.openRecipient(verification), text, code, originator, wording };
}

/** The part of an `Outbound` that is the text's own. @throws Error when it was forgotten */
export function contentOf(
  safe: Safe,
  text: Text,
): Pick<Outbound, 'to' | 'text' | 'code' | 'originator' | 'wording'> {
  if (text.sealedBody === null || text.sealedRecipient === null) throw new Error('this text was forgotten');
  const words = safe.open('text', text.sealedBody, text);
  const { repeat = 1 } = text.details;
  // A voice that is asked to repeat itself says all of it again.
  const body = text.channel === 'tts' ? Array(Number(repeat)).fill(words).join('. ') : words;
  return {
    ...{ to: safe.open('text recipient', text.sealedRecipient, text), text: body, code: '' },
    ...{ originator: text.originator, wording: { ...text.wording, template: body } },
  };
}
