import { createPasskey, isPasskeySupported, usePasskey } from './roost-browser.js';

/**
 * Forms that are sent with what a passkey answers. Where the browser knows none, they say so.
 * @param {Document} page
 */
export function passkeyForms(page) {
  for (const form of page.querySelectorAll(
    'form[data-passkey], form[data-new-passkey], form[data-any-passkey]',
  )) {
    const button = form.querySelector('button.passkey');
    if (!(form instanceof HTMLFormElement) || !(button instanceof HTMLButtonElement)) continue;
    if (!isPasskeySupported()) {
      show(form, 'data-passkey-missing');
      continue;
    }
    button.hidden = false;
    button.addEventListener('click', () => void answer(form, button));
  }
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLButtonElement} button
 */
async function answer(form, button) {
  const field = form.elements.namedItem('credential');
  if (!(field instanceof HTMLInputElement) || button.getAttribute('aria-disabled') === 'true') return;
  button.setAttribute('aria-disabled', 'true');
  try {
    const credential = await ask(form);
    if (credential === null) return;
    field.value = JSON.stringify(credential);
    form.submit();
  } catch {
    show(form, 'data-passkey-failed');
    button.removeAttribute('aria-disabled');
  }
}

/**
 * What the authenticator says; null when the server leads elsewhere instead.
 * @param {HTMLFormElement} form
 */
async function ask(form) {
  const { passkey, newPasskey, anyPasskey } = form.dataset;
  if (passkey !== undefined) return usePasskey(JSON.parse(passkey));
  const begun = await begin(form, newPasskey ?? anyPasskey ?? '');
  if ('redirectTo' in begun) {
    location.assign(begun.redirectTo);
    return null;
  }
  return newPasskey === undefined ? usePasskey(begun.publicKey) : createPasskey(begun.publicKey);
}

/**
 * @param {HTMLFormElement} form
 * @param {string} address
 */
async function begin(form, address) {
  const token = new FormData(form).get('csrf_token');
  const body = new URLSearchParams({ csrf_token: String(token) });
  const response = await fetch(address, { method: 'POST', body });
  if (!response.ok || response.redirected) return { redirectTo: location.pathname };
  return response.json();
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 */
function show(form, name) {
  const told = form.querySelector(`[${name}]`);
  if (told instanceof HTMLElement) told.hidden = false;
}
