import type { Factor, SentFactor } from '../domain/factor.ts';
import type { Pending } from '../domain/message.ts';
import { NOTICE_MS, type NoticeEvent, type NoticeWords, noticeText, whoIsTold } from '../domain/notice.ts';
import { USUAL_ORIGINATOR } from '../domain/originator.ts';
import { readRecipient } from '../domain/recipient.ts';
import type { Scope } from '../domain/scope.ts';
import type { Text } from '../domain/text.ts';
import { Failure, isProblem } from '../kernel/failure.ts';
import { maskRecipient } from '../kernel/mask.ts';
import { type Store, type Transaction, tables } from '../store/store.ts';
import type { Router } from './router.ts';
import type { Safe } from './safe.ts';
import type { Vault } from './vault.ts';

export type NoticeDeps = {
  readonly store: Store;
  readonly vault: Vault;
  readonly safe: Safe;
  readonly route: Router['first'];
  /** The words of a project; null when it sends no notices. */
  readonly words: (projectId: string) => NoticeWords | null;
};

/** Tells the user of a change, within the transaction that makes it: neither happens without the other. */
export type Notify = (
  tx: Transaction,
  event: NoticeEvent,
  factor: Factor,
  /** What asked for the change: a challenge or a factor, by which `toldOf` finds whom it told. */
  about: string,
) => Promise<void>;

export type Notices = {
  readonly notify: Notify;
  /** Whom a change was told to, most of each hidden. */
  toldOf(scope: Scope, event: NoticeEvent, about: string): Promise<readonly string[]>;
};

export function createNotices({ store, vault, safe, route, words }: NoticeDeps): Notices {
  const write = (
    tx: Transaction,
    event: NoticeEvent,
    factor: Factor,
    to: SentFactor,
    about: string,
    place: number,
  ) => {
    const told = words(factor.projectId);
    const address = vault.openSecret(to).toString();
    const recipient = readRecipient(address, to.kind, null);
    if (told === null || isProblem(recipient)) return;
    const { projectId, mode } = factor;
    const body = noticeText(told, event, factor);
    const id = store.newId();
    const owner = { projectId, mode, id };
    const wording = { datacoding: 'auto', language: 'en-gb', voice: 'female', subject: SUBJECT } as const;
    const template = { template: body, datacoding: 'auto' } as const;
    const carrier = carrierOf(() =>
      route(owner, { channel: to.kind, recipient, wording: template, tokenLength: 0 }, id),
    );
    if (carrier === null) return;
    const messageId = store.newId();
    const times = { createdAtMs: tx.nowMs, expiresAtMs: tx.nowMs + NOTICE_MS };
    const text: Text = {
      ...{ ...owner, ...times, batchId: about, place, kind: 'notice', channel: carrier.channel },
      ...{ recipientKey: to.recipientKey, sealedRecipient: safe.seal('text recipient', address, owner) },
      ...{ sealedBody: safe.seal('text', body, owner), sealedReportUrl: null },
      ...{ originator: USUAL_ORIGINATOR, reference: null, wording, details: { event } },
      ...{ messageId, scheduledAtMs: null, canceledAtMs: null },
    };
    // Nobody holds it: the next node that looks for work sends it.
    const message: Pending = {
      ...{ id: messageId, projectId, mode, verificationId: id, ...times, channel: carrier.channel },
      ...{ provider: carrier.id, routing: carrier.routing, reference: null, attempts: 0, state: 'pending' },
      lease: { holder: null, dueAtMs: tx.nowMs },
    };
    tx.insert(tables.texts, text);
    tx.insert(tables.messages, message);
  };
  return {
    async notify(tx, event, factor, about) {
      if (words(factor.projectId) === null) return;
      const all = await tx.list(tables.factorsOfUser, factor);
      whoIsTold(event, factor, all).forEach((to, place) => {
        write(tx, event, factor, to, about, place);
      });
    },
    async toldOf(scope, event, about) {
      const texts = await store.read.list(tables.textsOfBatch, { ...scope, batchId: about }, store.nowMs());
      return texts
        .filter(({ kind, details }) => kind === 'notice' && details.event === event)
        .flatMap((text) =>
          text.sealedRecipient === null
            ? []
            : [maskRecipient(safe.open('text recipient', text.sealedRecipient, text))],
        );
    },
  };
}

const SUBJECT = 'Your account';

/** Who carries it; null when nobody does, which is no reason to refuse the change. */
function carrierOf(choose: () => ReturnType<Router['first']>): ReturnType<Router['first']> | null {
  try {
    return choose();
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}
