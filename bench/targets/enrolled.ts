import { createVault, type Vault } from '../../server/src/app/vault.ts';
import { bindingOf, CHALLENGE_ATTEMPTS, type OpenChallenge } from '../../server/src/domain/challenge.ts';
import { NEW_TOTP_MEMORY, totp, USUAL_TOTP } from '../../server/src/domain/factor/totp.ts';
import { type Factor, NEW_TRIES } from '../../server/src/domain/factor.ts';
import { readRecipient } from '../../server/src/domain/recipient.ts';
import type { Scope } from '../../server/src/domain/scope.ts';
import type { Open } from '../../server/src/domain/verification.ts';
import { isProblem } from '../../server/src/kernel/failure.ts';
import { createLog } from '../../server/src/kernel/log.ts';
import { masterKeyIn } from '../../server/src/kernel/master-key.ts';
import { systemRandom } from '../../server/src/kernel/random.ts';
import { openStore } from '../../server/src/store/open.ts';
import { type Store, type Transaction, tables } from '../../server/src/store/store.ts';
import type { Ticket } from '../driver/dialects.ts';
import { recipient } from '../driver/numbers.ts';

/** A challenge that waits for an answer; `ticket` makes the right one for this moment. */
export type Waiting = { ticket(): Ticket };
export type Kind = 'totp' | 'sms';

const SCOPE: Scope = { projectId: 'default', mode: 'test' };
const LIFE_MS = 6 * 3_600_000;
const AT_ONCE = 500;

/**
 * Writes straight to the database in `folder`, while no server has it: a million enrolments by HTTP would take long.
 * `known` users are there already.
 */
export async function openEnrolment(folder: string, known: number): Promise<Enrolment> {
  const log = createLog('silent', { write: () => {} });
  const store = await openStore(
    { databaseUrl: null, dataFolder: folder },
    { clock: Date.now, random: systemRandom, log, use: 'serve' },
  );
  return new Enrolment(store, createVault(masterKeyIn(folder, systemRandom), systemRandom), known);
}

export class Enrolment {
  readonly #store: Store;
  readonly #vault: Vault;
  #users: number;

  constructor(store: Store, vault: Vault, known: number) {
    this.#store = store;
    this.#vault = vault;
    this.#users = known;
  }

  /** Enrols `count` users with one factor each. */
  async users(kind: Kind, count: number): Promise<void> {
    await this.#inSteps(count, (tx) => void this.#user(tx, kind));
  }

  /** Enrols `count` more users, each with a challenge that waits. */
  async challenges(kind: Kind, count: number): Promise<readonly Waiting[]> {
    const waiting: Waiting[] = [];
    await this.#inSteps(count, (tx) => {
      const { factor, secret } = this.#user(tx, kind);
      waiting.push(kind === 'totp' ? this.#askTotp(tx, factor, secret) : this.#askSms(tx, factor));
    });
    return waiting;
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async #inSteps(count: number, write: (tx: Transaction) => void): Promise<void> {
    for (let done = 0; done < count; done += AT_ONCE) {
      await this.#store.transaction(async (tx) => {
        for (let i = done; i < Math.min(count, done + AT_ONCE); i += 1) write(tx);
      });
    }
  }

  #user(tx: Transaction, kind: Kind): { readonly factor: Factor; readonly secret: Buffer } {
    const name = `user-${this.#users}`;
    const address = recipient(this.#users);
    this.#users += 1;
    const userKey = this.#vault.userKey(SCOPE, name);
    const key = { ...SCOPE, userKey };
    tx.insert(tables.users, { ...key, sealedName: this.#vault.sealUser(name, key), createdAtMs: tx.nowMs });
    const about = {
      ...{ id: this.#store.newId(), ...key, name: null, tries: NEW_TRIES },
      ...{ createdAtMs: tx.nowMs, confirmedAtMs: tx.nowMs, lastUsedAtMs: null },
    };
    const secret = kind === 'totp' ? systemRandom.bytes(20) : Buffer.from(address);
    const sealedSecret = this.#vault.sealSecret(secret, { ...about, kind });
    const factor: Factor =
      kind === 'totp'
        ? { ...about, kind, settings: USUAL_TOTP, memory: NEW_TOTP_MEMORY, sealedSecret, serial: null }
        : { ...about, kind, sealedSecret, recipientKey: this.#keyOf(address), verificationId: null };
    tx.insert(tables.factors, factor);
    return { factor, secret };
  }

  #keyOf(address: string): string {
    const read = readRecipient(address, 'sms', null);
    if (isProblem(read)) throw new Error(`${address} is no phone number`);
    return this.#vault.recipientKey(read);
  }

  #challenge(tx: Transaction, { userKey }: Factor, verificationIds: readonly string[]): OpenChallenge {
    return {
      ...{ id: this.#store.newId(), ...SCOPE, userKey, purpose: 'sign-in', audience: 'default', kinds: null },
      ...{ state: 'open', verificationIds, createdAtMs: tx.nowMs, expiresAtMs: tx.nowMs + LIFE_MS },
      ...{ attemptsLeft: CHALLENGE_ATTEMPTS, transaction: null, sessionKey: null, webauthn: null },
    };
  }

  #askTotp(tx: Transaction, factor: Factor, secret: Buffer): Waiting {
    const challenge = this.#challenge(tx, factor, []);
    tx.insert(tables.challenges, challenge);
    const { id } = challenge;
    return { ticket: () => ({ id, factor: factor.id, token: totp(USUAL_TOTP, secret, Date.now()) }) };
  }

  #askSms(tx: Transaction, factor: Factor): Waiting {
    const code = systemRandom.digits(6);
    const owner = { ...SCOPE, id: this.#store.newId() };
    const challenge = this.#challenge(tx, factor, [owner.id]);
    const recipientKey = 'recipientKey' in factor ? factor.recipientKey : '';
    const boundTo = bindingOf(challenge);
    const wording = { template: 'Your code is: %token', datacoding: 'auto', language: 'en-gb' } as const;
    const verification: Open = {
      ...{
        ...owner,
        channel: 'sms',
        recipientKey,
        originator: 'Code',
        reference: null,
        boundTo,
        guard: null,
      },
      ...{
        sealedRecipient: this.#vault.sealRecipient('+31612345678', owner),
        messageId: this.#store.newId(),
      },
      ...{ wording: { ...wording, voice: 'female', subject: null }, tokenLength: 6, state: 'open' },
      ...{ createdAtMs: tx.nowMs, expiresAtMs: tx.nowMs + LIFE_MS, wrongGuesses: 0, lastWrongAtMs: null },
      ...{ codeDigest: this.#vault.digestCode({ ...owner, recipientKey, boundTo }, code), attemptsLeft: 3 },
      ...{ sealedCode: null, codeIsKept: 'until-hand-over' },
    };
    tx.insert(tables.verifications, verification);
    tx.insert(tables.challenges, challenge);
    return { ticket: () => ({ id: challenge.id, factor: factor.id, token: code }) };
  }
}
