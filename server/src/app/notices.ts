import type { Factor, SentFactor } from '../domain/factor.ts';
import type { Pending } from '../domain/message.ts';
import {
  NOTICE_MS,
  type NoticeEvent,
  type NoticeWords,
  noticeChannel,
  noticeText,
  whoIsTold,
} from '../domain/notice.ts';
import { USUAL_ORIGINATOR } from '../domain/originator.ts';
import { readRecipient } from '../domain/recipient.ts';
import type { Key, Scope } from '../domain/scope.ts';
import type { Text, TextWording } from '../domain/text.ts';
import { Failure, isProblem } from '../kernel/failure.ts';
import { maskRecipient } from '../kernel/mask.ts';
import { type Store, type Transaction, tables } from '../store/store.ts';
import { type GuardDeps, refusalRow } from './guard.ts';
import { type GuardedText, judgeTexts, prepareText, readTextFacts } from './guard-texts.ts';
import type { Route, Router } from './router.ts';
import type { Safe } from './safe.ts';
import type { Vault } from './vault.ts';

export type NoticeDeps = {
  readonly store: Store;
  readonly vault: Vault;
  readonly safe: Safe;
  readonly route: Router['first'];
  readonly guard: GuardDeps;
  /** The words of a project; null when it sends no notices. */
  readonly words: (projectId: string) => NoticeWords | null;
};

/**
 * Tells the user of a change, within the transaction that makes it: neither happens without the other. It counts, so it is
 * the last that the transaction awaits (see `Tally`).
 */
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

type Draft = {
  readonly place: number;
  readonly owner: Key;
  readonly to: SentFactor;
  readonly address: string;
  readonly body: string;
  readonly carrier: Route;
  readonly guarded: GuardedText;
};

export function createNotices({ store, vault, safe, route, guard, words }: NoticeDeps): Notices {
  const draft = (told: NoticeWords, event: NoticeEvent, factor: Factor, to: SentFactor, place: number) => {
    const address = vault.openSecret(to).toString();
    const channel = noticeChannel(to);
    const recipient = readRecipient(address, channel, null);
    if (isProblem(recipient)) return [];
    const { projectId, mode } = factor;
    const body = noticeText(told, event, factor);
    const owner = { projectId, mode, id: store.newId() };
    const wanted = { channel, recipient, wording: { ...WORDING, template: body } };
    const carrier = carrierOf(() => route(owner, { ...wanted, tokenLength: 0 }, owner.id));
    if (carrier === null) return [];
    const guarded = prepareText(guard, {
      occasion: 'notice',
      wanted: { ...wanted, originator: USUAL_ORIGINATOR, reference: null },
      ...{ scope: { projectId, mode }, recipientKey: to.recipientKey, keyId: '', route: carrier },
    });
    return [{ place, owner, to, address, body, carrier, guarded }];
  };
  const write = (tx: Transaction, event: NoticeEvent, about: string, made: Draft, note: string) => {
    const { place, owner, to, address, body, carrier } = made;
    const { id, ...scope } = owner;
    const messageId = store.newId();
    const times = { createdAtMs: tx.nowMs, expiresAtMs: tx.nowMs + NOTICE_MS };
    const text: Text = {
      ...{ ...owner, ...times, batchId: about, place, kind: 'notice', channel: carrier.channel },
      ...{ recipientKey: to.recipientKey, sealedRecipient: safe.seal('text recipient', address, owner) },
      ...{ sealedBody: safe.seal('text', body, owner), sealedReportUrl: null },
      ...{ originator: USUAL_ORIGINATOR, reference: null, wording: WORDING, details: { event } },
      ...{ messageId, scheduledAtMs: null, canceledAtMs: null, guard: note },
    };
    // Nobody holds it: the next node that looks for work sends it.
    const message: Pending = {
      ...{ id: messageId, ...scope, verificationId: id, ...times, channel: carrier.channel },
      ...{ provider: carrier.id, routing: carrier.routing, reference: null, attempts: 0, state: 'pending' },
      lease: { holder: null, dueAtMs: tx.nowMs },
    };
    tx.insert(tables.texts, text);
    tx.insert(tables.messages, message);
  };
  return {
    async notify(tx, event, factor, about) {
      const told = words(factor.projectId);
      if (told === null) return;
      const all = await tx.list(tables.factorsOfUser, factor);
      const drafts = whoIsTold(event, factor, all).flatMap((to, place) =>
        draft(told, event, factor, to, place),
      );
      if (drafts.length === 0) return;
      const guarded = drafts.map((made) => made.guarded);
      const facts = await readTextFacts(tx, guarded, factor);
      const { judged, keep } = judgeTexts(guarded, facts, tx.nowMs);
      keep();
      for (const [i, made] of drafts.entries()) {
        const verdict = judged[i];
        if (verdict === undefined) continue;
        if (verdict.refusal === null) write(tx, event, about, made, verdict.note);
        else {
          const whose = { ...made.owner, recipientKey: made.to.recipientKey };
          tx.insert(tables.refusals, refusalRow(made.guarded.guarded, verdict, whose, tx.nowMs));
        }
      }
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

const WORDING: TextWording = {
  datacoding: 'auto',
  language: 'en-gb',
  voice: 'female',
  subject: 'Your account',
};

/** Who carries it; null when nobody does, which is no reason to refuse the change. */
function carrierOf(choose: () => ReturnType<Router['first']>): ReturnType<Router['first']> | null {
  try {
    return choose();
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}
