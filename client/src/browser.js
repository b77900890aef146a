/**
 * What a page needs to ask for passkeys and codes: a plain module without dependencies, served to browsers as it is.
 *
 *     import { usePasskey } from './browser.js';
 *     const credential = await usePasskey(challenge.publicKey); // then to your server, and from there to Roost
 */

/**
 * Options for a new passkey, as Roost's `publicKey` has them when a factor is enrolled.
 * @typedef {{
 *   rp: { id: string, name: string },
 *   user: { id: string, name: string, displayName: string },
 *   challenge: string,
 *   pubKeyCredParams: readonly { type: string, alg: number }[],
 *   timeout?: number,
 *   excludeCredentials?: readonly { id: string, type: string, transports?: readonly string[] }[],
 *   authenticatorSelection?: object,
 *   attestation?: string,
 *   extensions?: object,
 * }} CreationOptions
 */
/**
 * Options for the use of a passkey, as Roost's `publicKey` has them when a challenge is open.
 * @typedef {{
 *   challenge: string,
 *   timeout?: number,
 *   rpId?: string,
 *   allowCredentials?: readonly { id: string, type: string, transports?: readonly string[] }[],
 *   userVerification?: string,
 * }} RequestOptions
 */
/**
 * What the authenticator answered, for `credential` in the confirmation of a factor. All texts are base64url.
 * @typedef {{
 *   id: string,
 *   rawId: string,
 *   type: 'public-key',
 *   response: { clientDataJSON: string, attestationObject: string, transports: string[] },
 *   clientExtensionResults: { credProps?: { rk?: boolean } },
 * }} Registration
 */
/**
 * What the authenticator answered, for `credential` in the answer to a challenge. All texts are base64url.
 * @typedef {{
 *   id: string,
 *   rawId: string,
 *   type: 'public-key',
 *   response: { clientDataJSON: string, authenticatorData: string, signature: string, userHandle?: string },
 * }} Assertion
 */
/**
 * Why there is no passkey: the user declined or let it time out (browsers do not tell which), this authenticator has
 * one for the user already, the page may not use the passkeys of that domain, another request took its place, the
 * browser knows no passkeys, or something else.
 * @typedef {'declined' | 'registered-already' | 'wrong-site' | 'aborted' | 'unsupported' | 'failed'} PasskeyProblem
 */

/** There is no passkey, for a reason that the page can act on. */
export class PasskeyError extends Error {
  /**
   * @param {PasskeyProblem} problem
   * @param {unknown} [cause]
   */
  constructor(problem, cause) {
    super(`no passkey: ${problem}`, { cause });
    this.name = 'PasskeyError';
    /** @type {PasskeyProblem} */
    this.problem = problem;
  }
}

/** Whether this browser, on this page, can be asked for passkeys at all. */
export function isPasskeySupported() {
  return 'PublicKeyCredential' in globalThis && typeof navigator.credentials?.create === 'function';
}

/**
 * Whether the browser offers passkeys in a field with `autocomplete="username webauthn"`.
 * @returns {Promise<boolean>}
 */
export async function isAutofillSupported() {
  if (!isPasskeySupported()) return false;
  return (await PublicKeyCredential.isConditionalMediationAvailable?.()) === true;
}

/**
 * Has an authenticator make a passkey. Call it where the user has just clicked.
 * @param {CreationOptions} options
 * @param {{ signal?: AbortSignal }} [more]
 * @returns {Promise<Registration>}
 * @throws {PasskeyError}
 */
export async function createPasskey(options, { signal } = {}) {
  const made = await ask(signal, (ending) =>
    navigator.credentials.create({ publicKey: creationOf(options), signal: ending }),
  );
  const response = /** @type {AuthenticatorAttestationResponse} */ (made.response);
  const { credProps } = made.getClientExtensionResults();
  return {
    ...idOf(made),
    response: {
      clientDataJSON: written(response.clientDataJSON),
      attestationObject: written(response.attestationObject),
      transports: response.getTransports?.() ?? [],
    },
    clientExtensionResults: credProps?.rk === undefined ? {} : { credProps: { rk: credProps.rk } },
  };
}

/**
 * Has an authenticator answer a challenge. With `autofill` it waits until the user picks a passkey in a field of the
 * page, and any other request takes its place.
 * @param {RequestOptions} options
 * @param {{ autofill?: boolean, signal?: AbortSignal }} [more]
 * @returns {Promise<Assertion>}
 * @throws {PasskeyError}
 */
export async function usePasskey(options, { autofill = false, signal } = {}) {
  const used = await ask(signal, (ending) =>
    navigator.credentials.get({
      publicKey: requestOf(options),
      signal: ending,
      ...(autofill ? { mediation: 'conditional' } : {}),
    }),
  );
  const response = /** @type {AuthenticatorAssertionResponse} */ (used.response);
  const { userHandle } = response;
  return {
    ...idOf(used),
    response: {
      clientDataJSON: written(response.clientDataJSON),
      authenticatorData: written(response.authenticatorData),
      signature: written(response.signature),
      ...(userHandle === null || userHandle.byteLength === 0 ? {} : { userHandle: written(userHandle) }),
    },
  };
}

/**
 * Waits for a message with a code on this device (WebOTP). Null where browsers cannot do it, or when it was stopped.
 * @param {{ signal?: AbortSignal }} [more]
 * @returns {Promise<string | null>}
 */
export async function listenForCode({ signal } = {}) {
  if (!('OTPCredential' in globalThis)) return null;
  /** @type {CredentialRequestOptions & { otp: { transport: string[] } }} */
  const wanted = { otp: { transport: ['sms'] }, ...(signal === undefined ? {} : { signal }) };
  try {
    const found = await navigator.credentials.get(wanted);
    return found !== null && 'code' in found ? String(found.code) : null;
  } catch {
    return null;
  }
}

/**
 * Makes a field take a code as people bring it: pasted with spaces or words around it, or in the digits of another
 * script. It holds digits alone, and its form is sent as soon as the last one is there. The field works without it.
 * @param {HTMLInputElement} field
 * @param {{ digits?: number, submit?: (code: string) => void }} [more] `submit` takes the place of sending the form.
 * @returns {() => void} lets go of the field
 */
export function codeField(field, { digits = 6, submit = () => field.form?.requestSubmit() } = {}) {
  field.inputMode = 'numeric';
  field.autocomplete = 'one-time-code';
  let before = digitsIn(field.value);
  /** @param {string} text */
  const take = (text) => {
    const code = digitsIn(text).slice(0, digits);
    if (field.value !== code) field.value = code;
    const isNew = code.length === digits && code !== before;
    before = code;
    if (isNew) submit(code);
  };
  /** @param {Event} event */
  const typed = (event) => {
    if (!('isComposing' in event && event.isComposing === true)) take(field.value);
  };
  /** @param {ClipboardEvent} event */
  const pasted = (event) => {
    const text = event.clipboardData?.getData('text') ?? '';
    if (digitsIn(text) === '') return; // nothing of use: the browser does as it always does
    event.preventDefault(); // a maxlength would cut "123 456" before its last digit
    const { selectionStart, selectionEnd, value } = field;
    take(value.slice(0, selectionStart ?? 0) + text + value.slice(selectionEnd ?? value.length));
  };
  field.addEventListener('input', typed);
  field.addEventListener('compositionend', typed);
  field.addEventListener('paste', pasted);
  return () => {
    field.removeEventListener('input', typed);
    field.removeEventListener('compositionend', typed);
    field.removeEventListener('paste', pasted);
  };
}

/** Where other scripts have their digits: Arabic, Persian, Devanagari, Bengali. */
const ZEROS = [0x660, 0x6f0, 0x966, 0x9e6];

/** @param {string} text */
function digitsIn(text) {
  let digits = '';
  for (const letter of text.normalize('NFKC')) {
    const point = letter.codePointAt(0) ?? 0;
    const zero = ZEROS.find((first) => point >= first && point < first + 10);
    if (zero !== undefined) digits += String(point - zero);
    else if (letter >= '0' && letter <= '9') digits += letter;
  }
  return digits;
}

/** @type {AbortController | null} */
let underWay = null;

/**
 * Browsers take one request at a time, so a new one ends the one before it.
 * @param {AbortSignal | undefined} signal
 * @param {(signal: AbortSignal) => Promise<Credential | null>} request
 * @returns {Promise<PublicKeyCredential>}
 */
async function ask(signal, request) {
  if (!isPasskeySupported()) throw new PasskeyError('unsupported');
  underWay?.abort();
  const own = new AbortController();
  underWay = own;
  const stop = () => own.abort();
  if (signal?.aborted === true) stop();
  signal?.addEventListener('abort', stop);
  try {
    const credential = await request(own.signal);
    if (credential instanceof PublicKeyCredential) return credential;
    throw new PasskeyError('failed');
  } catch (error) {
    throw error instanceof PasskeyError ? error : new PasskeyError(problemOf(error), error);
  } finally {
    signal?.removeEventListener('abort', stop);
    if (underWay === own) underWay = null;
  }
}

/**
 * @param {unknown} error
 * @returns {PasskeyProblem}
 */
function problemOf(error) {
  switch (error instanceof DOMException ? error.name : '') {
    case 'NotAllowedError':
      return 'declined';
    case 'InvalidStateError':
      return 'registered-already';
    case 'SecurityError':
      return 'wrong-site';
    case 'AbortError':
      return 'aborted';
    case 'NotSupportedError':
      return 'unsupported';
    default:
      return 'failed';
  }
}

/**
 * @param {CreationOptions} options
 * @returns {PublicKeyCredentialCreationOptions}
 */
function creationOf(options) {
  if (typeof PublicKeyCredential.parseCreationOptionsFromJSON === 'function') {
    return PublicKeyCredential.parseCreationOptionsFromJSON(/** @type {any} */ (options));
  }
  return /** @type {any} */ ({
    ...options,
    challenge: bytesOf(options.challenge),
    user: { ...options.user, id: bytesOf(options.user.id) },
    excludeCredentials: (options.excludeCredentials ?? []).map((one) => ({ ...one, id: bytesOf(one.id) })),
  });
}

/**
 * @param {RequestOptions} options
 * @returns {PublicKeyCredentialRequestOptions}
 */
function requestOf(options) {
  if (typeof PublicKeyCredential.parseRequestOptionsFromJSON === 'function') {
    return PublicKeyCredential.parseRequestOptionsFromJSON(/** @type {any} */ (options));
  }
  return /** @type {any} */ ({
    ...options,
    challenge: bytesOf(options.challenge),
    allowCredentials: (options.allowCredentials ?? []).map((one) => ({ ...one, id: bytesOf(one.id) })),
  });
}

/**
 * Written by hand: `toJSON` is missing in some browsers, and fails where an extension stands in for the authenticator.
 * @param {PublicKeyCredential} credential
 * @returns {{ id: string, rawId: string, type: 'public-key' }}
 */
function idOf({ rawId }) {
  const id = written(rawId);
  return { id, rawId: id, type: 'public-key' };
}

/** @param {ArrayBuffer} buffer */
function written(buffer) {
  let text = '';
  for (const byte of new Uint8Array(buffer)) text += String.fromCharCode(byte);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** @param {string} text */
function bytesOf(text) {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}
