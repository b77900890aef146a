/**
 * What a page needs to ask for passkeys and codes: a plain module without dependencies, served to browsers as it is.
 *
 *     import { usePasskey } from './browser.js';
 *     const credential = await usePasskey(challenge.publicKey); // then to your server, and from there to Roost
 */
/**
 * Options for a new passkey, as Roost's `publicKey` has them when a factor is enrolled.
 */
export type CreationOptions = {
  rp: {
    id: string;
    name: string;
  };
  user: {
    id: string;
    name: string;
    displayName: string;
  };
  challenge: string;
  pubKeyCredParams: readonly {
    type: string;
    alg: number;
  }[];
  timeout?: number;
  excludeCredentials?: readonly {
    id: string;
    type: string;
    transports?: readonly string[];
  }[];
  authenticatorSelection?: object;
  attestation?: string;
  extensions?: object;
};
/**
 * Options for the use of a passkey, as Roost's `publicKey` has them when a challenge is open.
 */
export type RequestOptions = {
  challenge: string;
  timeout?: number;
  rpId?: string;
  allowCredentials?: readonly {
    id: string;
    type: string;
    transports?: readonly string[];
  }[];
  userVerification?: string;
};
/**
 * What the authenticator answered, for `credential` in the confirmation of a factor. All texts are base64url.
 */
export type Registration = {
  id: string;
  rawId: string;
  type: 'public-key';
  response: {
    clientDataJSON: string;
    attestationObject: string;
    transports: string[];
  };
  clientExtensionResults: {
    credProps?: {
      rk?: boolean;
    };
  };
};
/**
 * What the authenticator answered, for `credential` in the answer to a challenge. All texts are base64url.
 */
export type Assertion = {
  id: string;
  rawId: string;
  type: 'public-key';
  response: {
    clientDataJSON: string;
    authenticatorData: string;
    signature: string;
    userHandle?: string;
  };
};
/**
 * Why there is no passkey: the user declined or let it time out (browsers do not tell which), this authenticator has
 * one for the user already, the page may not use the passkeys of that domain, another request took its place, the
 * browser knows no passkeys, or something else.
 */
export type PasskeyProblem =
  | 'declined'
  | 'registered-already'
  | 'wrong-site'
  | 'aborted'
  | 'unsupported'
  | 'failed';
/** There is no passkey, for a reason that the page can act on. */
export declare class PasskeyError extends Error {
  /** @type {PasskeyProblem} */
  problem: PasskeyProblem;
  /**
   * @param {PasskeyProblem} problem
   * @param {unknown} [cause]
   */
  constructor(problem: PasskeyProblem, cause?: unknown);
}
/** Whether this browser, on this page, can be asked for passkeys at all. */
export declare function isPasskeySupported(): boolean;
/**
 * Whether the browser offers passkeys in a field with `autocomplete="username webauthn"`.
 * @returns {Promise<boolean>}
 */
export declare function isAutofillSupported(): Promise<boolean>;
/**
 * Has an authenticator make a passkey. Call it where the user has just clicked.
 * @param {CreationOptions} options
 * @param {{ signal?: AbortSignal }} [more]
 * @returns {Promise<Registration>}
 * @throws {PasskeyError}
 */
export declare function createPasskey(
  options: CreationOptions,
  {
    signal,
  }?: {
    signal?: AbortSignal;
  },
): Promise<Registration>;
/**
 * Has an authenticator answer a challenge. With `autofill` it waits until the user picks a passkey in a field of the
 * page, and any other request takes its place.
 * @param {RequestOptions} options
 * @param {{ autofill?: boolean, signal?: AbortSignal }} [more]
 * @returns {Promise<Assertion>}
 * @throws {PasskeyError}
 */
export declare function usePasskey(
  options: RequestOptions,
  {
    autofill,
    signal,
  }?: {
    autofill?: boolean;
    signal?: AbortSignal;
  },
): Promise<Assertion>;
/**
 * Waits for a message with a code on this device (WebOTP). Null where browsers cannot do it, or when it was stopped.
 * @param {{ signal?: AbortSignal }} [more]
 * @returns {Promise<string | null>}
 */
export declare function listenForCode({ signal }?: { signal?: AbortSignal }): Promise<string | null>;
/**
 * Makes a field take a code as people bring it: pasted with spaces or words around it, or in the digits of another
 * script. It holds digits alone, and its form is sent as soon as the last one is there. The field works without it.
 * @param {HTMLInputElement} field
 * @param {{ digits?: number, submit?: (code: string) => void }} [more] `submit` takes the place of sending the form.
 * @returns {() => void} lets go of the field
 */
export declare function codeField(
  field: HTMLInputElement,
  {
    digits,
    submit,
  }?: {
    digits?: number;
    submit?: (code: string) => void;
  },
): () => void;
