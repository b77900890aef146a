/**
 * Where the browser can read the code from the message (WebOTP), it fills the field and sends the form. It stops
 * asking as soon as the form is sent by hand.
 * @param {Document} page
 */
export async function readCodeFromMessage(page) {
  const field = page.querySelector('input[autocomplete="one-time-code"]');
  if (!('OTPCredential' in globalThis) || !(field instanceof HTMLInputElement) || field.form === null) return;
  const stop = new AbortController();
  field.form.addEventListener('submit', () => stop.abort());
  /** @type {CredentialRequestOptions & { otp: { transport: string[] } }} */
  const wanted = { otp: { transport: ['sms'] }, signal: stop.signal };
  try {
    const credential = await navigator.credentials.get(wanted);
    if (credential === null || !('code' in credential)) return;
    field.value = String(credential.code);
    field.form.requestSubmit();
  } catch {
    // Stopped, refused or not to be had: the code is typed.
  }
}
