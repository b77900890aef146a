import type { Evidence } from '../domain/evidence.ts';
import type { Assertion } from '../domain/factor/webauthn.ts';
import type { Factor } from '../domain/factor.ts';
import type { Verification } from '../domain/verification.ts';
import type { Failure } from '../kernel/failure.ts';

/** What became of one proof that was put before a factor. */
export type Judged =
  | {
      readonly kind: 'right';
      readonly factor: Factor;
      /** The verification whose code it was; null for factors whose codes are not sent. */
      readonly by: Verification | null;
      /** What a passkey signed; null for codes. */
      readonly signed: (Assertion & { readonly record: NonNullable<Evidence['assertion']> }) | null;
    }
  /** `factor` is null when no factor is the one that answered. */
  | { readonly kind: 'wrong'; readonly factor: Factor | null; readonly refusal: Failure }
  /** Nothing was looked at and nothing is counted. */
  | { readonly kind: 'not-judged'; readonly refusal: Failure };

/** Of a code, it is always known which factor it was put before. */
export type JudgedCode =
  | Exclude<Judged, { readonly kind: 'wrong' }>
  | (Extract<Judged, { readonly kind: 'wrong' }> & { readonly factor: Factor });
