const PAUSE_MS = 250;

// Shows what a form would answer while it is filled in. Without this script a button does the same. Where the form
// says `data-preview-at`, that address is asked, by POST, so that what is typed stands in no address.
for (const form of document.querySelectorAll('form[data-preview]')) {
  if (!(form instanceof HTMLFormElement)) continue;
  const shown = document.getElementById(form.dataset.preview ?? '');
  const at = form.dataset.previewAt;
  /** @type {AbortController | null} */
  let asking = null;
  let timer = 0;

  const show = async () => {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === 'string') query.set(name, value);
    try {
      const answer =
        at === undefined
          ? await fetch(`${form.getAttribute('action')}?${query}`, { signal })
          : await fetch(at, { method: 'POST', body: query, signal });
      if (!answer.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const next = page.getElementById(shown?.id ?? '');
      if (next !== null) shown?.replaceChildren(...next.childNodes);
    } catch (error) {
      if (!(error instanceof DOMException && error.name === 'AbortError')) throw error;
    }
  };

  form.addEventListener('input', () => {
    clearTimeout(timer);
    timer = window.setTimeout(show, PAUSE_MS);
  });
}
