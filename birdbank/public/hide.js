/**
 * Sentences for those who go without scripts are of no use where scripts run.
 * @param {ParentNode} root
 */
export function hideWhatScriptsDo(root) {
  for (const told of root.querySelectorAll('[data-without-script]')) {
    if (told instanceof HTMLElement) told.hidden = true;
  }
}
