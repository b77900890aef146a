import { writeNote } from '../../src/domain/guard/note.ts';
import type { Refusal } from '../../src/domain/guard/refusal.ts';
import type { Channel, Ended, Message, Pending, Routing, Sent, Wording } from '../../src/domain/message.ts';
import { firstRouting } from '../../src/domain/onward.ts';
import type { Key } from '../../src/domain/scope.ts';
import type { Verification } from '../../src/domain/verification.ts';

/** Somebody's traffic over some time, made up but of every kind. The same seed, the same history. */
export type Past = {
  readonly verification: Verification;
  readonly messages: readonly Message[];
};
export type HistoryOptions = {
  readonly seed: number;
  readonly count: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** An id of that time. */
  readonly idAt: (ms: number) => string;
  readonly recipientKey?: (i: number) => string;
  readonly seal?: (i: number, owner: Key) => Uint8Array;
  /** Messages that a verification has on average, from 1 to 8. */
  readonly messagesEach?: number;
};

const COUNTRIES = ['NL', 'NL', 'NL', 'DE', 'BE', 'FR', 'GB', 'US', 'ES', 'IT', 'BR', 'IN', 'ID', 'ZA'];
const PROVIDERS = ['bird', 'twilio', 'smsc'];
const CHANNELS: readonly Channel[] = ['sms', 'sms', 'sms', 'sms', 'tts', 'email', 'flash'];
const REASONS = ['attempts used up', 'the message was not delivered', 'number unknown'];
const RULES = ['recipient-hour', 'block-unverified', 'countries'];

/** Small and fast; nothing depends on it but which made-up row is which. */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function* history(options: HistoryOptions): Generator<Past> {
  const { seed, count, fromMs, toMs, idAt } = options;
  const next = numbers(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;
  for (let i = 0; i < count; i += 1) {
    const createdAtMs = Math.floor(fromMs + ((toMs - fromMs) * i) / count);
    const id = idAt(createdAtMs);
    const mode = next() < 0.8 ? 'live' : 'test';
    const projectId = pick(['default', 'default', 'shop']);
    const channel = pick(CHANNELS);
    const country = channel === 'email' ? null : pick(COUNTRIES);
    const owner = { projectId, mode } as const;
    const messages = messagesOf(options, { ...owner, id, channel, country, createdAtMs }, next);
    const last = messages.at(-1) as Message;
    const about = {
      ...{ ...owner, id, channel, originator: 'Shop', tokenLength: 6, boundTo: null },
      recipientKey: options.recipientKey?.(i) ?? hex(i),
      sealedRecipient: options.seal?.(i, { ...owner, id }) ?? Buffer.from('sealed'),
      reference: next() < 0.5 ? `order-${i}` : null,
      wording: WORDING,
      messageId: last.id,
      ...{ createdAtMs, expiresAtMs: createdAtMs + 300_000, sealedCode: null },
      codeIsKept: 'until-hand-over',
      guard: writeNote({
        ...{ whence: 'unsaid', places: [], isProven: false, line: null, micros: 0, place: 0, signals: [] },
        subjects:
          country === null || next() < 0.2
            ? []
            : [subject('block', hex(i % 100)), subject('country', country)],
        readings: [{ rule: 'recipient-hour', value: 1, most: 5, verdict: 'under' }],
      }),
    } as const;
    const wrong = next() < 0.1 ? 1 : 0;
    const guesses = {
      wrongGuesses: wrong,
      lastWrongAtMs: wrong === 0 ? null : createdAtMs + 9_000,
    };
    const fate = next();
    const tookMs = Math.floor(3_000 + next() ** 3 * 200_000);
    const verification: Verification =
      fate < 0.62
        ? { ...about, ...guesses, state: 'verified', closedAtMs: createdAtMs + tookMs, reason: null }
        : fate < 0.72
          ? { ...about, ...guesses, state: 'failed', closedAtMs: createdAtMs + tookMs, reason: pick(REASONS) }
          : fate < 0.74
            ? { ...about, ...guesses, state: 'deleted', closedAtMs: createdAtMs + tookMs, reason: null }
            : fate < 0.98
              ? { ...about, ...guesses, state: 'expired', closedAtMs: about.expiresAtMs, reason: null }
              : { ...about, ...guesses, state: 'open', codeDigest: Buffer.alloc(32, 7), attemptsLeft: 2 };
    yield { verification, messages };
  }
}

const WORDING: Wording = {
  ...{ template: 'Your code is %token', language: 'en-gb', subject: null },
  ...{ datacoding: 'plain', voice: 'female' },
};
const subject = (kind: 'block' | 'country', what: string) => ({
  ...{ kind, what, isExact: kind === 'block', isCounted: true },
});
const hex = (i: number): string => i.toString(16).padStart(32, '0');

type Owner = {
  readonly id: string;
  readonly projectId: string;
  readonly mode: 'live' | 'test';
  readonly channel: Channel;
  readonly country: string | null;
  readonly createdAtMs: number;
};

function messagesOf(options: HistoryOptions, owner: Owner, next: () => number): Message[] {
  const { id: verificationId, projectId, mode, channel, country, createdAtMs } = owner;
  const isReal = mode === 'live';
  const average = options.messagesEach ?? 1.3;
  let count = 1;
  if (isReal) {
    while (count < 8 && next() < (average - 1) / (average - 0.35)) count += 1;
  }
  const found: Message[] = [];
  let taken: Routing['taken'] = [];
  const ids = Array.from({ length: count }, (_, i) => options.idAt(createdAtMs + i * 2_000));
  for (let i = 0; i < count; i += 1) {
    const provider = isReal ? (PROVIDERS[Math.floor(next() * PROVIDERS.length)] as string) : 'sandbox';
    const atMs = createdAtMs + i * 2_000;
    const isLast = i === count - 1;
    const estimate = next() < 0.9 ? { micros: 70_000 + i, currency: 'EUR' } : null;
    const cost = next() < 0.3 ? { micros: 65_000, currency: next() < 0.5 ? 'EUR' : 'USD' } : null;
    const chosen = { channel, provider, passedOver: [], estimate };
    const routing: Routing | null = isReal
      ? {
          ...firstRouting(chosen, country, []),
          ...{ taken, cost, previousId: ids[i - 1] ?? null, nextId: ids[i + 1] ?? null },
        }
      : null;
    taken = [...taken, { channel, provider, how: 'refused' }];
    const about = {
      ...{ id: ids[i] as string, projectId, mode, verificationId, channel, provider, routing },
      ...{ createdAtMs: atMs, expiresAtMs: createdAtMs + 300_000, reference: null, attempts: 1 },
    };
    found.push(messageOf(about, isLast, atMs, next));
  }
  return found;
}

function messageOf(
  about: Omit<Pending, 'state' | 'lease'>,
  isLast: boolean,
  atMs: number,
  next: () => number,
): Message {
  const sentAtMs = atMs + 40 + Math.floor(next() * 300);
  const endedAtMs = sentAtMs + Math.floor(400 + next() ** 2 * 30_000);
  if (!isLast && next() < 0.7) {
    return { ...about, state: 'failed', sentAtMs: null, endedAtMs: sentAtMs, reason: 'it was refused' };
  }
  const fate = next();
  if (fate < 0.85) return { ...about, state: 'delivered', sentAtMs, endedAtMs, reason: null } satisfies Ended;
  if (fate < 0.93)
    return { ...about, state: 'undelivered', sentAtMs, endedAtMs, reason: 'absent subscriber' };
  return { ...about, state: 'sent', sentAtMs, promised: null } satisfies Sent;
}

/** What the guard refused over the same time. */
export function* refused({ seed, count, fromMs, toMs, idAt }: HistoryOptions): Generator<Refusal> {
  const next = numbers(seed + 1);
  for (let i = 0; i < count; i += 1) {
    const atMs = Math.floor(fromMs + ((toMs - fromMs) * i) / count);
    const rule = RULES[Math.floor(next() * RULES.length)] as string;
    const country = next() < 0.1 ? null : (COUNTRIES[Math.floor(next() * COUNTRIES.length)] as string);
    yield {
      ...{ id: idAt(atMs), projectId: 'default', mode: 'live', atMs, recipientKey: hex(i + 1_000_000) },
      ...{ recipient: '+31*******78', country, channel: 'sms', keyId: 'abcdefgh', rule },
      ...{ retryAtMs: atMs + 3_600_000, guard: `2|||4:6/5!` },
    };
  }
}
