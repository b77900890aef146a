import type { Assertion, CreationOptions, Registration, RequestOptions } from './browser.js';
import { listOf, moment, objectOf, orNull, type Reader, text, truth, whole } from './reading.ts';

/** What a page gives to `createPasskey` and `usePasskey` of `@roost/client/browser`, and what these give back. */
export type { Assertion, CreationOptions, Registration, RequestOptions };

/** Whether an authenticator must make sure of its user, by a fingerprint or a PIN. */
export type UserVerification = 'required' | 'preferred' | 'discouraged';
/** What you call your user's session: 8 to 256 characters. Said when you ask, it must be said with the answer. */
export type InSession = { readonly session?: string };

/** A passkey or security key as it was registered. */
export type Passkey = {
  /** Base64url. */
  readonly credentialId: string;
  readonly algorithm: string;
  /** Model of the authenticator, as far as it is to be believed. */
  readonly aaguid: string;
  /** What the FIDO Metadata Service calls the model; null where Roost looks none up. */
  readonly model: string | null;
  readonly attestation: string;
  readonly transports: readonly string[];
  /** Whether it is found without a name; null when the browser did not say. */
  readonly discoverable: boolean | null;
  /** Whether it may be copied to other devices of its owner, and whether it was. */
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  readonly counter: number;
  /** When its counter last went back: there may be a copy of its key. */
  readonly counterWentBackAt: Date | null;
};

export const readPasskey: Reader<Passkey> = objectOf({
  ...{
    credentialId: text,
    algorithm: text,
    aaguid: text,
    model: orNull(text),
    attestation: text,
    transports: listOf(text),
  },
  ...{ discoverable: orNull(truth), backupEligible: truth, backedUp: truth, counter: whole },
  counterWentBackAt: orNull(moment),
});

/** Options for a browser: what they hold is between Roost and the authenticator, so they are passed on whole. */
const passedOn =
  <T>(shape: Reader<unknown>): Reader<T> =>
  (value) => {
    shape(value);
    return value as T;
  };
export const creationOptions: Reader<CreationOptions> = passedOn(
  objectOf({ challenge: text, rp: objectOf({ id: text }), user: objectOf({ id: text }) }),
);
export const requestOptions: Reader<RequestOptions> = passedOn(objectOf({ challenge: text, rpId: text }));
