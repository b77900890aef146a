const DONE_MS = 2_000;

/**
 * Makes every `[data-copy]` button copy its text whole, and say so.
 * @param {Document} page
 * @param {(words: string) => void} say Tells it to those who do not see the button.
 */
export function copyOnClick(page, say) {
  page.addEventListener('click', async (event) => {
    const button = event.target instanceof Element ? event.target.closest('[data-copy]') : null;
    if (!(button instanceof HTMLElement)) return;
    const copied = await copy(button.dataset.copy ?? '');
    const words = copied ? 'Copied' : 'Not copied: select the text instead';
    say(words);
    const label = button.querySelector('.says');
    if (!label || button.hasAttribute('data-done')) return;
    const before = label.textContent;
    label.textContent = words;
    button.toggleAttribute('data-done', copied);
    setTimeout(() => {
      label.textContent = before;
      button.removeAttribute('data-done');
    }, DONE_MS);
  });
}

/** @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text); // over plain http elsewhere than on localhost there is no clipboard
  }
}

/** @param {string} text */
function copyBySelection(text) {
  const field = Object.assign(document.createElement('textarea'), { value: text, readOnly: true });
  document.body.append(field);
  field.select();
  const copied = document.execCommand('copy');
  field.remove();
  return copied;
}
