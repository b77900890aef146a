/**
 * Buttons that show what was typed into a password field, and hide it again. The form hides it before it is sent, so
 * that browsers still take it for a password.
 * @param {Document} page
 */
export function showPasswords(page) {
  for (const button of page.querySelectorAll('button.show')) {
    const field = page.getElementById(button.getAttribute('aria-controls') ?? '');
    if (!(button instanceof HTMLButtonElement) || !(field instanceof HTMLInputElement)) continue;
    const [show, hide] = [button.textContent ?? '', button.dataset.hide ?? ''];
    /** @param {boolean} isShown */
    const turn = (isShown) => {
      field.type = isShown ? 'text' : 'password';
      button.textContent = isShown ? hide : show;
      button.setAttribute('aria-pressed', String(isShown));
    };
    button.hidden = false;
    button.addEventListener('click', () => turn(field.type === 'password'));
    field.form?.addEventListener('submit', () => turn(false));
  }
}
