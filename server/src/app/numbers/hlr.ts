import { askAgainAtMs, type Hlr, type HlrDetails, type HlrStatus, readDetails } from '../../domain/hlr.ts';
import type { Key, Scope } from '../../domain/scope.ts';
import { refuse } from '../../kernel/failure.ts';
import type { Log } from '../../kernel/log.ts';
import { type Store, tables } from '../../store/store.ts';
import { type Once, transactOnce } from '../once.ts';
import type { Safe } from '../safe.ts';
import type { Vault } from '../vault.ts';
import type { AskedHlr, NumberSource, Told } from './source.ts';

export type HlrDeps = {
  readonly store: Store;
  readonly vault: Vault;
  readonly safe: Safe;
  readonly log: Log;
  /** Who asks for this scope. */
  readonly source: (scope: Scope) => NumberSource;
  readonly sources: ReadonlyMap<string, NumberSource>;
  readonly lease: { holder(): string; readonly leaseMs: number };
  /** Called after a look-up has been written. */
  readonly written: () => void;
};

export type HlrView = {
  readonly hlr: Hlr;
  /** E.164 with its plus sign; null once it is forgotten. */
  readonly number: string | null;
  readonly details: HlrDetails | null;
};

const ASK_TIMEOUT_MS = 8_000;

/** Has the home network of a number asked whether it is reachable. The answer comes later. */
export async function createHlr(
  deps: HlrDeps,
  { projectId, mode }: Scope,
  { number, reference }: { readonly number: string; readonly reference: string | null },
  once: Once<HlrView> | null,
): Promise<HlrView> {
  const { store, vault, safe } = deps;
  const key = { projectId, mode, id: store.newId() };
  const provider = deps.source({ projectId, mode }).id;
  const numberKey = keyOfNumber(vault, number);
  const sealedNumber = safe.seal('number looked up', number, key);
  const made = await transactOnce(deps, once, async (tx): Promise<HlrView> => {
    const hlr: Hlr = {
      ...{ ...key, numberKey, sealedNumber, reference, status: 'sent', provider, upstreamId: null },
      ...{ network: null, sealedDetails: null, attempts: 0, holder: null, dueAtMs: tx.nowMs },
      ...{ createdAtMs: tx.nowMs, statusAtMs: tx.nowMs },
    };
    tx.insert(tables.hlrs, hlr);
    return { hlr, number, details: null };
  });
  deps.written();
  return made;
}

const keyOfNumber = (vault: Vault, address: string): string =>
  vault.recipientKey({ kind: 'phone', address, country: null });

/** @throws Failure `not_found` */
export async function readHlr({ store, safe }: Pick<HlrDeps, 'store' | 'safe'>, key: Key): Promise<HlrView> {
  const found = await store.read.get(tables.hlrs, key);
  if (found === null) throw refuse('not_found', 'hlr not found');
  return viewOf(safe, found);
}

/** The newest look-up of a number; null when there is none. */
export async function newestHlr(
  { store, vault, safe }: Pick<HlrDeps, 'store' | 'vault' | 'safe'>,
  { projectId, mode }: Scope,
  number: string,
): Promise<HlrView | null> {
  const by = { projectId, mode, numberKey: keyOfNumber(vault, number) };
  const found = await store.read.list(tables.hlrsOfNumber, by, store.nowMs());
  const [newest] = found.toSorted((a, b) => b.createdAtMs - a.createdAtMs);
  return newest === undefined ? null : viewOf(safe, newest);
}

export async function listHlrs(
  { store, safe }: Pick<HlrDeps, 'store' | 'safe'>,
  { projectId, mode }: Scope,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Promise<{ items: readonly HlrView[]; total: number }> {
  const scope = { projectId, mode };
  const { items, total } = await store.read.page(tables.hlrs, { scope, where: {}, offset, limit });
  return { items: items.map((hlr) => viewOf(safe, hlr)), total };
}

/** @throws Failure `not_found` */
export async function removeHlr({ store }: Pick<HlrDeps, 'store'>, key: Key): Promise<void> {
  const isGone = await store.transaction(async (tx) => {
    if ((await tx.get(tables.hlrs, key)) === null) return false;
    tx.remove(tables.hlrs, key);
    return true;
  });
  if (!isGone) throw refuse('not_found', 'hlr not found');
}

/** Asks, or asks for the answer, if it is due and nobody else does. */
export async function pursueHlr(deps: HlrDeps, key: Key): Promise<void> {
  const { store, safe, lease, sources, log } = deps;
  const holder = lease.holder();
  const taken = await store.transaction(async (tx): Promise<Hlr | null> => {
    const found = await tx.get(tables.hlrs, key);
    if (found?.status !== 'sent' || found.dueAtMs === null || tx.nowMs < found.dueAtMs) return null;
    const mine = { ...found, holder, attempts: found.attempts + 1, dueAtMs: tx.nowMs + lease.leaseMs };
    tx.update(tables.hlrs, mine);
    return mine;
  });
  if (taken === null || taken.sealedNumber === null) return;
  const source = sources.get(taken.provider);
  const number = safe.open('number looked up', taken.sealedNumber, taken);
  const answer = source === undefined ? NOBODY : await ask(source, taken, number);
  if (answer.kind === 'failed')
    log.warn('hlr.failed', { hlr: taken.id, provider: taken.provider, reason: answer.reason });
  await store.transaction(async (tx) => {
    const current = await tx.get(tables.hlrs, key);
    if (current?.holder !== holder || current.status !== 'sent') return;
    tx.update(tables.hlrs, afterAnswer(safe, current, answer, tx.nowMs));
  });
}

const NOBODY: Told<AskedHlr> = { kind: 'failed', reason: 'its provider is not configured any more' };

async function ask(source: NumberSource, { id, upstreamId }: Hlr, number: string): Promise<Told<AskedHlr>> {
  const signal = AbortSignal.timeout(ASK_TIMEOUT_MS);
  return upstreamId === null ? source.hlr(number, id, signal) : source.readHlr(upstreamId, number, signal);
}

function afterAnswer(safe: Safe, hlr: Hlr, answer: Told<AskedHlr>, nowMs: number): Hlr {
  const free = { ...hlr, holder: null };
  const ended = (status: HlrStatus): Hlr => ({ ...free, status, statusAtMs: nowMs, dueAtMs: null });
  if (answer.kind === 'failed' || answer.value.status === 'sent') {
    const upstreamId = answer.kind === 'told' ? answer.value.id : hlr.upstreamId;
    const dueAtMs = askAgainAtMs(hlr, nowMs);
    return dueAtMs === null ? ended('failed') : { ...free, upstreamId, dueAtMs };
  }
  const { id: upstreamId, status, network } = answer.value;
  const details = readDetails(answer.value.details);
  const sealedDetails = details === null ? null : safe.seal('network details', JSON.stringify(details), hlr);
  return { ...ended(status), upstreamId, network, sealedDetails };
}

function viewOf(safe: Safe, hlr: Hlr): HlrView {
  const { sealedNumber, sealedDetails } = hlr;
  return {
    hlr,
    number: sealedNumber === null ? null : safe.open('number looked up', sealedNumber, hlr),
    details:
      sealedDetails === null
        ? null
        : (JSON.parse(safe.open('network details', sealedDetails, hlr)) as HlrDetails),
  };
}
