import { listenForCode } from './roost-browser.js';

/**
 * Where the browser can read the code from the message (WebOTP), it fills the field and sends the form. It stops
 * asking as soon as the form is sent by hand.
 * @param {Document} page
 */
export async function readCodeFromMessage(page) {
  const field = page.querySelector('input[autocomplete="one-time-code"]');
  if (!(field instanceof HTMLInputElement) || field.form === null) return;
  const stop = new AbortController();
  field.form.addEventListener('submit', () => stop.abort());
  const code = await listenForCode({ signal: stop.signal });
  if (code === null || stop.signal.aborted) return;
  field.value = code;
  field.form.requestSubmit();
}
