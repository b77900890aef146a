/**
 * Puts what the server says now in place of what it said before, keeping every element about which it says the same:
 * so nothing flickers, and the selection, the scroll position and the focus stay.
 *
 * Works on the `[data-live]` lists of a page: their children have ids.
 * @param {HTMLElement} root
 */
export function createPatcher(root) {
  // What the server said about each element; the elements themselves are changed since, by countdowns and the like.
  /** @type {Map<string, string>} */
  const said = new Map();
  for (const list of root.querySelectorAll('[data-live]')) {
    for (const child of list.children) said.set(child.id, child.outerHTML);
  }

  /** @param {Element} list @param {Element} next */
  function patchList(list, next) {
    const wanted = [...next.children];
    const keep = new Set(
      wanted.filter((child) => said.get(child.id) === child.outerHTML).map((child) => child.id),
    );
    const kept = new Map();
    for (const child of [...list.children]) {
      if (keep.has(child.id)) kept.set(child.id, child);
      else child.remove();
    }
    let place = list.firstElementChild;
    for (const child of wanted) {
      const existing = kept.get(child.id);
      if (existing !== undefined && existing === place) {
        place = place?.nextElementSibling ?? null;
        continue;
      }
      said.set(child.id, child.outerHTML);
      list.insertBefore(existing ?? document.importNode(child, true), place);
    }
  }

  return {
    /** @param {HTMLElement} next The same root, as the server sends it now. */
    patch(next) {
      const focused = document.activeElement?.id;
      for (const list of root.querySelectorAll('[data-live]')) {
        const there = next.querySelector(`#${CSS.escape(list.id)}`);
        if (there) patchList(list, there);
      }
      const gone = focused && document.activeElement === document.body;
      if (gone) document.getElementById(focused)?.focus({ preventScroll: true });
    },
  };
}
