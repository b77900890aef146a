import type { Proof } from '../../app/consume.ts';
import { refuse } from '../../kernel/failure.ts';

/**
 * The code or the credential that a body holds.
 * @throws Failure when it holds neither, or both
 */
export function proofIn<Credential extends NonNullable<Proof['credential']>>({
  code,
  credential,
}: {
  readonly code?: string;
  readonly credential?: Credential;
}): { readonly typed: string; readonly credential?: Credential } {
  if (credential === undefined) {
    if (code !== undefined) return { typed: code };
    throw refuse('missing_parameter', 'code is required, or credential for a passkey', 'code');
  }
  if (code === undefined) return { typed: '', credential };
  throw refuse('invalid_parameter', 'code must be left out beside credential', 'code');
}
