import { RoostError } from './errors.ts';
import { type Evidence, readEvidence } from './evidence.ts';
import {
  FACTOR_KINDS,
  type Factor,
  type FactorKind,
  type Notice,
  readFactors,
  readNotice,
  type SentKind,
} from './factor.ts';
import type { AppLine, Place, Wording } from './factors.ts';
import {
  type Assertion,
  type InSession,
  type RequestOptions,
  requestOptions,
  type UserVerification,
} from './passkey.ts';
import {
  codeIn,
  idIn,
  moment,
  objectOf,
  oneOf,
  orNull,
  type Reader,
  readAnswer,
  text,
  whole,
} from './reading.ts';
import { readTransaction, type Transaction } from './transaction.ts';
import type { Transport } from './transport.ts';

/** Kinds whose code is made for what is approved, and for nothing else. */
export type LinkingKind = Exclude<SentKind, 'whatsapp'> | 'ocra' | 'webauthn';

type Asked = InSession & {
  /** What for, in your own words, such as `sign-in`: at most 64 of `a-z 0-9 . _ : -`. */
  readonly purpose: string;
  /** Who is to be shown the proof; the project unless given. */
  readonly audience?: string;
  /** How long it may be answered, in seconds from 30 to 600; 300 unless given. */
  readonly validSeconds?: number;
  /** Whether a passkey must make sure of its user; as the policy says unless given. */
  readonly userVerification?: UserVerification;
};
export type NewChallenge = Asked &
  (
    | {
        /** Your own id of the user. */
        readonly user: string;
        readonly transaction?: undefined;
        /** Kinds of factor that may answer; all unless given. */
        readonly factors?: readonly FactorKind[];
      }
    | {
        /** Without a user whoever has a passkey may answer, and it says who they are. */
        readonly user?: undefined;
        readonly transaction?: undefined;
        readonly factors?: readonly 'webauthn'[];
      }
    | {
        readonly user: string;
        /** What the user is to approve. The codes are made for this and for nothing else. */
        readonly transaction: Transaction;
        /** Kinds of factor that may answer; all that can unless given. */
        readonly factors?: readonly LinkingKind[];
      }
  );

type About = {
  readonly id: string;
  readonly purpose: string;
  readonly audience: string;
  /** Wrong answers that are still judged, the last included. */
  readonly attemptsLeft: number;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly transaction: Transaction | null;
};
export type OpenChallenge = About & {
  readonly state: 'open';
  /** Null until a passkey has said who it is. */
  readonly user: string | null;
  /** By which it may be answered, the oldest first. */
  readonly factors: readonly Factor[];
  /** What to type into a token with a keypad; null when none may answer. */
  readonly question: string | null;
  /** For `usePasskey` in the page; null when no passkey may answer. */
  readonly publicKey: RequestOptions | null;
  /** What is to be approved, in words: show them where you ask for a passkey. */
  readonly prompt: string | null;
};
export type ApprovedChallenge = About & {
  readonly state: 'approved';
  readonly user: string;
  readonly closedAt: Date;
  readonly approvedBy: { readonly factor: string; readonly kind: FactorKind };
  /** A signed statement (JWS), good for five minutes: redeem it once. */
  readonly proof: string;
  readonly redeemedAt: Date | null;
};
export type EndedChallenge = About & {
  readonly user: string | null;
  readonly state: 'failed' | 'expired' | 'canceled';
  readonly closedAt: Date;
  readonly reason: string | null;
};
/** A challenge that was answered just now. */
export type AnsweredChallenge = ApprovedChallenge & {
  /** That a recovery code was used; null when none was. */
  readonly notice: Notice | null;
};
/** One request that a user prove who they are; `state` tells what became of it. */
export type Challenge = OpenChallenge | ApprovedChallenge | EndedChallenge;

/** By a code, or by what the page was given by `usePasskey`. */
export type ChallengeAnswer = AnswerPlace &
  (
    | {
        /** Id of the factor that the code is of. */
        readonly factor: string;
        /** The code as it was typed. */
        readonly code: string;
        readonly credential?: never;
      }
    | { readonly credential: Assertion; readonly factor?: never; readonly code?: never }
  );
type AnswerPlace = InSession &
  Place & {
    /** What you are about to do: the same as was asked, or the challenge is void. */
    readonly transaction?: Transaction;
  };
export type SendingWanted = Wording &
  AppLine &
  Place & {
    /** Id of a factor of kind sms, tts, email or whatsapp. */
    readonly factor: string;
    /** tts: language of the voice. */
    readonly language?: string;
    /** email. */
    readonly subject?: string;
    /** With a test key: put the code into the answer. */
    readonly returnToken?: boolean;
  };
export type SentCode = {
  readonly expiresAt: Date;
  /** The code: only when `returnToken` was asked for with a test key, otherwise null. */
  readonly token: string | null;
};

/**
 * Asks users to prove who they are. A challenge that is answered gives a proof. Nothing is tried again by itself: a
 * check counts as an attempt. Where an answer was lost on the way, `read` tells what became of it.
 */
export type Challenges = {
  /** @throws RoostError `refused` when the user has no confirmed factor that may answer */
  create(wanted: NewChallenge): Promise<OpenChallenge>;
  read(id: string): Promise<Challenge>;
  /** Sends a code to a phone or mailbox of the user: at most three for one challenge. */
  send(id: string, wanted: SendingWanted): Promise<SentCode>;
  /**
   * Answers a challenge. Resolves only when the code is right, with the state `approved` and its proof.
   * @throws RoostError with `reason`: `wrong_code` (see `attemptsLeft`), `malformed_code` (not counted),
   * `code_spent`, `code_expired`, `budget_spent` (see `retryAt`)
   */
  check(id: string, answer: ChallengeAnswer): Promise<AnsweredChallenge>;
  /** Takes a challenge back: codes that were sent for it are void. What has been answered stays. */
  cancel(id: string): Promise<Challenge>;
  /** Of an approved transaction. @throws RoostError `notFound` when nothing was approved */
  evidence(id: string): Promise<Evidence>;
};

export function createChallenges(send: Transport): Challenges {
  return {
    async create({ transaction, ...wanted }) {
      const body = { ...wanted, ...transaction };
      const answer = await send({ method: 'POST', path: '/v1/challenges', body });
      return readAnswer(answer, 'open challenge', openChallenge);
    },
    async read(id) {
      return readAnswer(await send({ method: 'GET', path: pathOf(id) }), 'challenge', readChallenge);
    },
    async send(id, wanted) {
      const answer = await send({ method: 'POST', path: `${pathOf(id)}/send`, body: wanted });
      return readAnswer(answer, 'sent code', sentCode);
    },
    async check(id, { transaction, ...answered }) {
      if (answered.credential === undefined) codeIn(answered.code);
      const body = { ...answered, ...transaction };
      const answer = await send({ method: 'POST', path: `${pathOf(id)}/check`, body });
      const challenge = readAnswer(answer, 'approved challenge', answeredChallenge);
      if (challenge.id === id) return challenge;
      throw new RoostError('unexpected', 'The check was answered for another challenge', {
        requestId: answer.headers.get('request-id'),
      });
    },
    async cancel(id) {
      return readAnswer(await send({ method: 'DELETE', path: pathOf(id) }), 'challenge', readChallenge);
    },
    async evidence(id) {
      return readAnswer(
        await send({ method: 'GET', path: `${pathOf(id)}/evidence` }),
        'evidence',
        readEvidence,
      );
    },
  };
}

const pathOf = (id: string): string => `/v1/challenges/${idIn(id, 'challenge')}`;

const kind = oneOf(...FACTOR_KINDS);
const sentCode = objectOf({ expiresAt: moment, token: orNull(text) });
const about = {
  ...{ id: text, purpose: text, audience: text, attemptsLeft: whole },
  ...{ createdAt: moment, expiresAt: moment },
};
const open = objectOf({
  ...{ ...about, user: orNull(text), state: oneOf('open'), factors: readFactors, question: orNull(text) },
  ...{ publicKey: orNull(requestOptions), prompt: orNull(text) },
});
const approved = objectOf({
  ...{
    ...about,
    user: text,
    state: oneOf('approved'),
    closedAt: moment,
    proof: text,
    redeemedAt: orNull(moment),
  },
  approvedBy: objectOf({ factor: text, kind }),
});
const ended = objectOf({
  ...{
    ...about,
    user: orNull(text),
    state: oneOf('failed', 'expired', 'canceled'),
    closedAt: moment,
    reason: orNull(text),
  },
});
const openChallenge: Reader<OpenChallenge> = (body) => ({
  ...open(body),
  transaction: readTransaction(body),
});
const approvedChallenge: Reader<ApprovedChallenge> = (body) => ({
  ...approved(body),
  transaction: readTransaction(body),
});
const noticed = objectOf({ notice: readNotice });
const answeredChallenge: Reader<AnsweredChallenge> = (body) => ({
  ...approvedChallenge(body),
  ...noticed(body),
});
const readChallenge: Reader<Challenge> = (body) => {
  const { state } = objectOf({ state: text })(body);
  if (state === 'open') return openChallenge(body);
  if (state === 'approved') return approvedChallenge(body);
  return { ...ended(body), transaction: readTransaction(body) };
};
