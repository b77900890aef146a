import type { ConsumeDeps } from '../../app/consume.ts';
import type { ChallengeDeps } from '../../app/factors/challenge.ts';
import type { EnrolDeps } from '../../app/factors/enrol.ts';
import type { KeepDeps } from '../../app/factors/keep.ts';
import type { PeopleDeps } from '../../app/operators/people.ts';
import type { SignInDeps } from '../../app/operators/sign-in.ts';
import type { Operator } from '../../domain/operator.ts';
import type { Log } from '../../kernel/log.ts';
import type { Assets } from '../assets.ts';

/** What the console is made of. Rooms add what they need. */
export type ConsoleDeps = {
  readonly assets: Assets;
  /** `ROOST_PUBLIC_URL`: where the console is for people; null where nobody says. */
  readonly publicUrl: string | null;
  /** Whether browsers have passkeys at that address. */
  readonly takesPasskeys: boolean;
  readonly log: Log;
  readonly nowMs: () => number;
  readonly signIn: SignInDeps;
  readonly people: PeopleDeps;
  /** Has this node see keys that were made or revoked at once. */
  readonly keysChanged: () => Promise<void>;
  /** Factors of operators. */
  readonly staff: KeepDeps;
  readonly enrol: EnrolDeps;
  readonly consume: ConsumeDeps;
  readonly challenge: ConsumeDeps & ChallengeDeps;
  /** Key of the tokens in forms. */
  readonly formKey: Uint8Array;
  /** Writes down what an operator did, where no other transaction does. */
  readonly record: (operator: Operator, action: string, object: string, result: string) => Promise<void>;
};
