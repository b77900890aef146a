/**
 * A form that is on its way is not sent again. Its button stays readable and says what is happening.
 * @param {Document} page
 */
export function submitOnce(page) {
  /** @type {Set<HTMLFormElement>} */
  const sent = new Set();
  page.addEventListener('submit', (event) => {
    if (!(event.target instanceof HTMLFormElement)) return;
    if (sent.has(event.target)) return event.preventDefault();
    sent.add(event.target);
    event.target.querySelector('button')?.setAttribute('aria-disabled', 'true');
  });
  // A page that comes back from the browser's memory may be sent again.
  addEventListener('pageshow', () => {
    for (const form of sent) form.querySelector('button')?.removeAttribute('aria-disabled');
    sent.clear();
  });
}
