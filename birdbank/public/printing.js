/**
 * Buttons that print the page.
 * @param {Document} page
 */
export function printButtons(page) {
  for (const button of page.querySelectorAll('button[data-print]')) {
    if (!(button instanceof HTMLButtonElement)) continue;
    button.hidden = false;
    button.addEventListener('click', () => print());
  }
}
