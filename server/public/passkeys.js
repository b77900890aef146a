import { createPasskey, isPasskeySupported, PasskeyError, usePasskey } from './roost-browser.js';

// Forms that are sent with what a passkey answers. They are hidden where the browser knows no passkeys.
for (const form of document.querySelectorAll('form[data-passkey]')) {
  if (!(form instanceof HTMLFormElement) || !isPasskeySupported()) continue;
  form.hidden = false;
  for (const other of document.querySelectorAll('[data-beside-passkey]')) other.removeAttribute('hidden');
  for (const other of document.querySelectorAll('[data-without-passkey]')) other.setAttribute('hidden', '');
  let isAsking = false;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (isAsking) return;
    isAsking = true;
    tell(form, '');
    try {
      await answer(form);
    } catch (error) {
      tell(form, wordsFor(error));
    }
    isAsking = false;
  });
}

/** @param {HTMLFormElement} form */
async function answer(form) {
  const { passkey: address = '', kind } = form.dataset;
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === 'string') body.append(name, value);
  const response = await fetch(address, { method: 'POST', body });
  if (response.redirected) return location.assign(response.url);
  const asked = await response.json();
  if (!response.ok) throw new Error(asked.problem);
  const credential = await (kind === 'new' ? createPasskey(asked.publicKey) : usePasskey(asked.publicKey));
  fill(form, 'challenge', asked.id);
  fill(form, 'credential', JSON.stringify(credential));
  form.submit();
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 * @param {string} value
 */
function fill(form, name, value) {
  const field = form.elements.namedItem(name);
  if (field instanceof HTMLInputElement) field.value = value;
}

/**
 * @param {HTMLFormElement} form
 * @param {string} words
 */
function tell(form, words) {
  const place = form.querySelector('[role=alert]');
  if (!(place instanceof HTMLElement)) return;
  place.textContent = words;
  place.hidden = words === '';
}

/** @param {unknown} error */
function wordsFor(error) {
  if (!(error instanceof PasskeyError)) {
    return error instanceof Error &&
      error.message !== '' &&
      !(error instanceof SyntaxError || error instanceof TypeError)
      ? error.message
      : 'That did not work. Open the page again.';
  }
  switch (error.problem) {
    case 'declined':
      return 'No passkey was used. Try again, or go on without one.';
    case 'registered-already':
      return 'This device has a passkey for you already.';
    case 'wrong-site':
      return 'Passkeys belong to the public address of this Roost, and this page is open at another one.';
    default:
      return 'This browser could not use a passkey here.';
  }
}
