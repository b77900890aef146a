import type { Challenge } from '../../domain/challenge.ts';
import {
  challengeEvent,
  type Event,
  factorEvent,
  messageEvents,
  messageTells,
  type ToldRecipient,
  verificationEvent,
} from '../../domain/event.ts';
import type { Factor } from '../../domain/factor.ts';
import type { Message } from '../../domain/message.ts';
import type { Key } from '../../domain/scope.ts';
import type { Text } from '../../domain/text.ts';
import type { Verification } from '../../domain/verification.ts';
import {
  type Delivery,
  type Endpoint,
  REPORT_ENDPOINT,
  type StreamOfEndpoint,
} from '../../domain/webhook.ts';
import { maskRecipient } from '../../kernel/mask.ts';
import {
  type Awaitable,
  type EventStream,
  type Store,
  type Table,
  type Tally,
  type TallySubject,
  type Transaction,
  tables,
} from '../../store/store.ts';
import type { Safe } from '../safe.ts';
import type { Vault } from '../vault.ts';
import { PassedOn, storeWith } from '../wrapped-store.ts';
import type { Registry } from './registry.ts';

export type EventDeps = {
  readonly vault: Vault;
  readonly safe: Safe;
  readonly registry: Registry;
  /** Called after something that is to be told has been committed. */
  readonly written: () => void;
};

/** A stream as this transaction leaves it, and whether it begins with it. */
type Stream = {
  readonly key: Key;
  lastSequence: number;
  readonly sealedReportUrl: Uint8Array | null;
  readonly isNew: boolean;
};
type MakeEvent = (recipient: ToldRecipient) => Event;

/**
 * The same store, which writes down what is to be told by webhooks in the transaction that it is told of. It looks at
 * rows as they are written, so no use case can forget to tell, and none has to know. While a project has no endpoint
 * and a create names no `reportUrl`, nothing is written or looked up.
 */
export function withEvents(store: Store, deps: EventDeps): Store {
  return storeWith(store, async (work) => {
    let isWritten = false;
    const answer = await store.transaction(async (tx) => {
      const watched = new WatchedTransaction(tx, store, deps);
      const value = await work(watched);
      isWritten = watched.hasNothing ? false : await watched.tell();
      return value;
    });
    if (isWritten) deps.written();
    return answer;
  });
}

/** A transaction that remembers what is to be told of what it writes. */
class WatchedTransaction extends PassedOn {
  readonly #store: Pick<Store, 'newId'>;
  readonly #deps: EventDeps;
  /** Rows as they were, by the name of their table and their id. */
  #before: Map<string, unknown> | null = null;
  #noted: (() => Awaitable<void>)[] = [];
  readonly #streams = new Map<string, Stream>();
  #isWritten = false;
  readonly #busy = new Set<string>();
  #ahead: Promise<Ahead> | null = null;

  constructor(tx: Transaction, store: Pick<Store, 'newId'>, deps: EventDeps) {
    super(tx);
    this.#store = store;
    this.#deps = deps;
  }

  get hasNothing(): boolean {
    return this.#noted.length === 0 && this.#streams.size === 0;
  }

  override get<Value, K>(table: Table<Value, K>, key: K): Awaitable<Value | null> {
    const found = this.inner.get(table, key);
    if (!isWatched(table)) return found;
    return found instanceof Promise
      ? found.then((value) => this.#saw(table, value))
      : this.#saw(table, found);
  }

  /**
   * Nothing may be awaited once something was counted (see `Tally`), so all that telling of the rows read so far may need is
   * read first. A create has read none.
   */
  override tally(subject: TallySubject): Awaitable<Tally> {
    if (this.#before === null) return this.inner.tally(subject);
    this.#ahead ??= readAhead(this.inner, this.#deps.registry, [...this.#before]);
    return this.#ahead.then(() => this.inner.tally(subject));
  }

  override insert<Value, K>(table: Table<Value, K>, value: Value): void {
    if (is(table, tables.eventStreams)) {
      const { lastSequence, sealedReportUrl, ...key } = value as EventStream;
      this.#streams.set(key.id, { key, lastSequence, sealedReportUrl, isNew: true });
      return;
    }
    this.inner.insert(table, value);
    if (isWatched(table)) this.#changed(table, null, value);
  }

  override update<Value, K>(table: Table<Value, K>, value: Value): void {
    this.inner.update(table, value);
    if (!isWatched(table)) return;
    const name = nameOf(table, value as Key);
    const before = this.#before?.get(name);
    if (before === undefined) return;
    this.#before?.set(name, value);
    this.#changed(table, before, value);
  }

  override remove<Value, K>(table: Table<Value, K>, key: K): void {
    this.inner.remove(table, key);
    if (!is(table, tables.factors)) return;
    const factor = this.#before?.get(nameOf(table, key as Key)) as Factor | undefined;
    if (factor !== undefined) this.#note(factor, [factorEvent('factor.removed', factor, this.nowMs)]);
  }

  /** Writes down what is to be told. @returns whether there was anything */
  async tell(): Promise<boolean> {
    for (const note of this.#noted) await note();
    for (const { key, lastSequence, sealedReportUrl, isNew } of this.#streams.values()) {
      const row = { ...key, lastSequence, sealedReportUrl };
      if (isNew) this.inner.insert(tables.eventStreams, row);
      else this.inner.update(tables.eventStreams, row);
    }
    return this.#isWritten;
  }

  #saw<Value, K>(table: Table<Value, K>, value: Value | null): Value | null {
    if (value === null || !(this.#deps.registry.any() || isReported(value))) return value;
    this.#before ??= new Map();
    this.#before.set(nameOf(table, value as unknown as Key), value);
    return value;
  }

  #changed<Value, K>(table: Table<Value, K>, before: unknown, after: unknown): void {
    if (!this.#deps.registry.any() && !isReported(after)) return;
    if (is(table, tables.verifications)) {
      const verification = after as Verification;
      const was = (before as Verification | null)?.state ?? null;
      const make = verificationEvent(was, verification, this.nowMs);
      if (make !== null) this.#note(verification, [make], before === null);
    } else if (is(table, tables.messages) && before !== null) {
      this.#noteMessage((before as Message).state, after as Message);
    } else if (is(table, tables.challenges)) {
      const challenge = after as Challenge;
      const was = (before as Challenge | null)?.state ?? null;
      const make = challengeEvent(was, challenge, this.nowMs);
      if (make !== null) this.#note(challenge, [make], before === null);
    } else if (is(table, tables.factors)) {
      const factor = after as Factor;
      const wasConfirmed = ((before as Factor | null)?.confirmedAtMs ?? null) !== null;
      if (factor.confirmedAtMs !== null && !wasConfirmed)
        this.#note(factor, [factorEvent('factor.confirmed', factor, this.nowMs)], before === null);
    }
  }

  /** What a message tells is told of what it belongs to, which is locked for it: so all of it stays in one order. */
  #noteMessage(before: Message['state'], message: Message): void {
    if (!messageTells(before, message.state)) return;
    if (this.#deps.registry.of(message).length === 0 && message.isReported !== true) return;
    const { projectId, mode, verificationId: id } = message;
    this.#noted.push(async () => {
      const key = { projectId, mode, id };
      const owner = (await this.#ahead)?.owners.get(id) ?? (await ownerOf(this.inner, key));
      if (owner === null) return;
      await this.#write(owner, messageEvents(before, message, owner, this.nowMs));
    });
  }

  #note(owner: Key, events: readonly MakeEvent[], isNew = false): void {
    this.#noted.push(() => this.#write(owner, events, isNew));
  }

  async #write(owner: Key, events: readonly MakeEvent[], isNew = false): Promise<void> {
    const endpoints = this.#deps.registry.of(owner);
    if (endpoints.length === 0 && !isReported(owner)) return;
    const stream = await this.#streamOf(owner, isNew);
    for (const make of events) {
      stream.lastSequence += 1;
      await this.#tellAll(stream, make, endpoints, owner);
    }
  }

  /** The stream of what is locked by this transaction, so nobody else counts on. */
  async #streamOf({ projectId, mode, id }: Key, isNew: boolean): Promise<Stream> {
    const known = this.#streams.get(id);
    if (known !== undefined) return known;
    const key = { projectId, mode, id };
    const ahead = isNew ? null : (await this.#ahead)?.streams.get(id);
    const kept = isNew ? null : ahead === undefined ? await this.inner.get(tables.eventStreams, key) : ahead;
    const stream: Stream = {
      ...{ key, isNew: kept === null, lastSequence: kept?.lastSequence ?? 0 },
      sealedReportUrl: kept?.sealedReportUrl ?? null,
    };
    this.#streams.set(id, stream);
    return stream;
  }

  async #tellAll(stream: Stream, make: MakeEvent, endpoints: readonly Endpoint[], owner: Key): Promise<void> {
    const masked = make((of) => this.#recipient(of, 'masked'));
    for (const { id, events, recipients } of endpoints) {
      if (events !== null && !(events as readonly string[]).includes(masked.type)) continue;
      const event = recipients === 'masked' ? masked : make((of) => this.#recipient(of, 'full'));
      await this.#deliver(stream, event, id, null);
    }
    const reportUrl = this.#reportUrl(stream, owner, masked.type);
    if (reportUrl !== null) await this.#deliver(stream, masked, REPORT_ENDPOINT, reportUrl);
  }

  /** Where an event is reported to because its create said so: what became of a code, and of a text's messages. */
  #reportUrl(stream: Stream, owner: Key, type: string): string | null {
    const { safe } = this.#deps;
    if ('batchId' in owner) {
      const { sealedReportUrl } = owner as Text;
      return sealedReportUrl === null ? null : safe.open('report address', sealedReportUrl, owner);
    }
    if (type === 'verification.created' || stream.sealedReportUrl === null) return null;
    return safe.open('report address', stream.sealedReportUrl, owner);
  }

  async #deliver(stream: Stream, event: Event, endpointId: string, url: string | null): Promise<void> {
    const { safe } = this.#deps;
    const { projectId, mode, id: about } = stream.key;
    const id = this.#store.newId();
    const key = { projectId, mode, id };
    const body = bodyOf(event, mode, stream.lastSequence);
    const isFirst = !(await this.#isBusy({ projectId, mode, endpointId, stream: about }, stream.isNew));
    const delivery: Delivery = {
      ...{ ...key, endpointId, stream: about, sequence: stream.lastSequence, type: event.type },
      ...{ sealedBody: safe.seal('webhook event', body, key), attempts: [], holder: null },
      sealedUrl: url === null ? null : safe.seal('webhook address', url, key),
      ...{ state: isFirst ? 'pending' : 'waiting', dueAtMs: isFirst ? this.nowMs : null },
      ...{ createdAtMs: this.nowMs, endedAtMs: null },
    };
    this.inner.insert(tables.webhookDeliveries, delivery);
    this.#isWritten = true;
  }

  /** Whether something earlier of the stream is still to be told to the endpoint. From now on there is. */
  async #isBusy(by: StreamOfEndpoint, isNew: boolean): Promise<boolean> {
    const name = `${by.endpointId} ${by.stream}`;
    if (this.#busy.has(name)) return true;
    this.#busy.add(name);
    if (isNew) return false;
    return (await this.#ahead)?.busy.get(name) ?? (await isUntold(this.inner, by));
  }

  #recipient(owner: Verification | Text, how: 'masked' | 'full'): string | null {
    const { vault, safe } = this.#deps;
    if (owner.sealedRecipient === null) return null;
    const recipient =
      'batchId' in owner
        ? safe.open('text recipient', owner.sealedRecipient, owner)
        : vault.openRecipient(owner);
    return how === 'full' ? recipient : maskRecipient(recipient);
  }
}

/** What was read of streams before something was counted, by what they are about. */
type Ahead = {
  readonly owners: ReadonlyMap<string, Verification | Text>;
  readonly streams: ReadonlyMap<string, EventStream | null>;
  /** By endpoint and stream. */
  readonly busy: ReadonlyMap<string, boolean>;
};

async function readAhead(
  tx: Transaction,
  registry: Registry,
  rows: readonly (readonly [name: string, row: unknown])[],
): Promise<Ahead> {
  const owners = new Map<string, Verification | Text>();
  const about = new Map<string, Key>();
  for (const [name, row] of rows) {
    if (!name.startsWith(`${tables.messages.name} `)) about.set((row as Key).id, row as Key);
    else {
      const { projectId, mode, verificationId: id } = row as Message;
      const owner = await ownerOf(tx, { projectId, mode, id });
      if (owner === null) continue;
      owners.set(id, owner);
      about.set(id, owner);
    }
  }
  const streams = new Map<string, EventStream | null>();
  const busy = new Map<string, boolean>();
  for (const [id, owner] of about) {
    const { projectId, mode } = owner;
    const endpoints = registry.of(owner);
    if (endpoints.length === 0 && !isReported(owner)) continue;
    streams.set(id, await tx.get(tables.eventStreams, { projectId, mode, id }));
    for (const endpointId of [...endpoints.map((one) => one.id), REPORT_ENDPOINT])
      busy.set(`${endpointId} ${id}`, await isUntold(tx, { projectId, mode, endpointId, stream: id }));
  }
  return { owners, streams, busy };
}

const ownerOf = async (tx: Transaction, key: Key): Promise<Verification | Text | null> =>
  (await tx.get(tables.verifications, key)) ?? (await tx.get(tables.texts, key));

const isUntold = async (tx: Transaction, by: StreamOfEndpoint): Promise<boolean> =>
  (await tx.list(tables.untold, by)).length > 0;

/** The exact bytes that are sent and signed (Standard Webhooks 1.0.0, "Payload structure"). */
export function bodyOf({ type, atMs, data }: Event, mode: Key['mode'], sequence: number): string {
  return JSON.stringify({ type, timestamp: new Date(atMs).toISOString(), mode, sequence, data });
}

const WATCHED: readonly unknown[] = [
  tables.verifications,
  tables.messages,
  tables.texts,
  tables.challenges,
  tables.factors,
];
const isWatched = <Value, K>(table: Table<Value, K>): boolean => WATCHED.includes(table);
const is = <Value, K>(table: Table<Value, K>, other: unknown): boolean => (table as unknown) === other;
const nameOf = <Value, K>(table: Table<Value, K>, { id }: Key): string => `${table.name} ${id}`;

/** Whether the create that it came of named a `reportUrl`. Factors and challenges have none. */
function isReported(value: unknown): boolean {
  const { wording, isReported: isFlagged, sealedReportUrl = null } = value as Flagged;
  return isFlagged === true || wording?.isReported === true || sealedReportUrl !== null;
}
type Flagged = {
  readonly wording?: { readonly isReported?: true };
  readonly isReported?: true;
  readonly sealedReportUrl?: Uint8Array | null;
};
