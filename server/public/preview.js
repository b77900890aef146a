const PAUSE_MS = 250;

// Shows what a form would answer while it is filled in. Without this script its button does the same.
for (const form of document.querySelectorAll('form[data-preview]')) {
  if (!(form instanceof HTMLFormElement)) continue;
  const shown = document.getElementById(form.dataset.preview ?? '');
  /** @type {AbortController | null} */
  let asking = null;
  let timer = 0;

  const show = async () => {
    asking?.abort();
    asking = new AbortController();
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === 'string') query.set(name, value);
    try {
      const answer = await fetch(`${form.getAttribute('action')}?${query}`, { signal: asking.signal });
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
