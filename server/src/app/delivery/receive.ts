import { afterReceipt } from '../../domain/delivery.ts';
import { type Money, type ReceiptStatus, routed } from '../../domain/message.ts';
import type { Key } from '../../domain/scope.ts';
import { equalSecret } from '../../kernel/hmac.ts';
import { isId } from '../../kernel/ids.ts';
import type { Log } from '../../kernel/log.ts';
import { traced } from '../../kernel/trace.ts';
import type { Provider, ReceiptRequest } from '../../providers/provider.ts';
import { type Store, type Transaction, tables } from '../../store/store.ts';
import { ownerOf } from '../owners.ts';
import { carrierOf } from './carriers.ts';
import { type KeepDeps, keep, type Onward, prospectOf } from './keep.ts';

export type ReceiveDeps = KeepDeps & {
  readonly store: Store;
  readonly log: Log;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly onward: (message: Onward['message'], outbound: Onward['outbound']) => void;
  readonly changed: () => void;
};

/** Who is said to report on which message. */
export type ReceiptAddress = { readonly provider: string; readonly message: string; readonly tag: string };

/** What a provider reports of one message. */
export type Report = {
  readonly reference: string | null;
  readonly status: ReceiptStatus | 'progress';
  readonly reason: string | null;
  readonly cost: Money | null;
};

export type Answer = { readonly status: number; readonly type: string; readonly body: string };

export type Receive = {
  /**
   * Takes in a receipt that came to the address of one message. Every receipt gets the answer that its provider expects,
   * so nobody learns from it whether there is such a message.
   * @returns null when no such provider sends receipts
   */
  at(address: ReceiptAddress, request: ReceiptRequest): Promise<Answer | null>;
  /**
   * Takes in receipts of several messages, which came to the one address that a provider has for all of them, and answers
   * whether that address is ours.
   * @returns null when no such provider sends receipts there, or asks without knowing what it must
   */
  collected(provider: string, request: ReceiptRequest): Promise<Answer | null>;
  /** Takes in a report that came over a provider's own connection, which names the message as the provider calls it. */
  from(provider: string, report: Report): Promise<void>;
};

const TAKEN: Answer = { status: 200, type: 'text/plain; charset=utf-8', body: '' };
const NOBODY: Key = { projectId: '', mode: 'test', id: '0'.repeat(32) };
/** A report may be faster than the answer to the sending it is about: until that is kept its name means nothing. */
const PATIENCE_MS = [500, 2_000, 5_000];

/** Believes receipts that are proved, and lets them change the messages they are about. */
export function createReceive(deps: ReceiveDeps, sleep: (ms: number) => Promise<void>): Receive {
  return {
    async at(address, request) {
      const provider = deps.providers.get(address.provider);
      if (provider?.receipts === undefined) return null;
      const { receipts } = provider;
      const key = await keyFor(deps, address);
      if (key === null) {
        deps.log.info('receipt.refused', { provider: provider.id, reason: 'nobody was given this address' });
        return receipts.answer;
      }
      const reading = receipts.read(request);
      if (reading.kind === 'receipt') await apply(deps, key, provider.id, reading);
      else {
        const facts = {
          provider: provider.id,
          message: key.id,
          reason: `${reading.kind}: ${reading.reason}`,
        };
        deps.log.warn('receipt.refused', facts);
      }
      return receipts.answer;
    },
    async collected(id, request) {
      const { collected } = deps.providers.get(id) ?? {};
      if (collected === undefined) return null;
      if (request.method === 'GET') {
        const greeting = collected.greet(request);
        return greeting === null ? null : { ...TAKEN, body: greeting };
      }
      const read = await collected.read(request);
      if (read.kind !== 'receipts') {
        deps.log.warn('receipt.refused', { provider: id, reason: `${read.kind}: ${read.reason}` });
        return TAKEN;
      }
      for (const { receiptUrl, reading } of read.receipts) {
        const [message = '', tag = ''] = receiptUrl.split('/').slice(-2);
        const key = await keyFor(deps, { provider: id, message, tag });
        if (key !== null) await apply(deps, key, id, reading);
        else deps.log.info('receipt.refused', { provider: id, reason: 'nobody was given this address' });
      }
      return TAKEN;
    },
    async from(provider, report) {
      const { reference } = report;
      if (reference === null) return;
      for (const waitMs of [...PATIENCE_MS, null]) {
        const key = await deps.store.read.messageByReference(provider, reference);
        if (key !== null) return apply(deps, key, provider, report);
        if (waitMs !== null) await sleep(waitMs);
      }
      deps.log.info('receipt.refused', { provider, reason: 'no message is called so' });
    },
  };
}

/** The message of an address that we gave out; null for every other. */
async function keyFor(
  { store, vault }: ReceiveDeps,
  { provider, message, tag }: ReceiptAddress,
): Promise<Key | null> {
  const key = isId(message) ? await store.read.messageKey(message) : null;
  const right = vault.receiptTag(key ?? NOBODY, provider);
  return equalSecret(Buffer.from(right), Buffer.from(tag)) ? key : null;
}

function apply(deps: ReceiveDeps, key: Key, provider: string, report: Report): Promise<void> {
  const facts = { 'roost.provider': provider, 'roost.status': report.status };
  return traced('delivery.receive', facts, () => applyReport(deps, key, provider, report));
}

async function applyReport(deps: ReceiveDeps, key: Key, provider: string, report: Report): Promise<void> {
  const nextId = deps.store.newId();
  const kept = await deps.store.transaction((tx) => take(deps, tx, key, provider, report, nextId));
  if (kept === null) return;
  deps.changed();
  if (kept.onward !== null) deps.onward(kept.onward.message, kept.onward.outbound);
}

/** What a report changes; null when it is a duplicate, stale, out of order or about another message. */
async function take(
  deps: ReceiveDeps,
  tx: Transaction,
  key: Key,
  provider: string,
  { reference, status, reason, cost }: Report,
  nextId: string,
): Promise<{ readonly onward: Onward | null } | null> {
  const found = await tx.get(tables.messages, key);
  if (found === null || found.provider !== provider) return null;
  if (reference !== null && found.reference !== null && reference !== found.reference) return null;
  const message = cost === null ? found : routed(found, { cost });
  if (status === 'progress') {
    if (message === found || found.routing?.cost != null) return null;
    tx.update(tables.messages, message);
    return { onward: null };
  }
  const owner = await ownerOf(tx, message);
  const prospect = prospectOf(deps, message, owner, tx.nowMs);
  const step = afterReceipt(message, status, carrierOf(deps, message), tx.nowMs, prospect, reason);
  if (step.message.state === found.state) return null;
  return { onward: await keep(deps, tx, message, owner, step, prospect, nextId) };
}
