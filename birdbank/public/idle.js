const WARN_MS = 60_000;

/**
 * Asks whether somebody is still there, a minute before the session ends, and leads to the page that says so when it
 * has ended. Other tabs may have kept it alive, so the server is asked first; that keeps nothing alive by itself.
 * @param {Document} page
 * @param {() => number} nowMs The server's clock.
 */
export function watchIdleness(page, nowMs) {
  const dialog = page.getElementById('idle');
  const left = dialog?.querySelector('.left');
  const stay = dialog?.querySelector('form.stay');
  if (!(dialog instanceof HTMLDialogElement) || !(stay instanceof HTMLFormElement)) return;
  let endsAtMs = Date.parse(dialog.dataset.ends ?? '');

  stay.addEventListener('submit', async (event) => {
    event.preventDefault();
    event.stopPropagation(); // it may be sent again and again
    // Urlencoded, as the page's own forms are: nothing else is taken.
    const body = new URLSearchParams([...new FormData(stay)].map(([name, value]) => [name, String(value)]));
    const answer = await fetch(stay.action, { method: 'POST', body }).catch(() => null);
    await takeAnswer(answer);
  });

  /** @param {Response | null} answer */
  async function takeAnswer(answer) {
    if (answer === null) return; // no network: the clock goes on
    const body = answer.ok ? await answer.json().catch(() => null) : null;
    const leftMs = typeof body?.leftMs === 'number' ? body.leftMs : 0;
    if (leftMs <= 0) return location.assign('/signed-out');
    endsAtMs = nowMs() + leftMs;
    if (leftMs > WARN_MS && dialog instanceof HTMLDialogElement) dialog.close();
  }

  setInterval(async () => {
    const leftMs = endsAtMs - nowMs();
    if (leftMs > WARN_MS) return;
    if (leftMs <= 0) return takeAnswer(await fetch('/session').catch(() => null));
    if (!dialog.open) {
      await takeAnswer(await fetch('/session').catch(() => null));
      if (endsAtMs - nowMs() <= WARN_MS && !dialog.open) dialog.showModal();
    }
    if (left) left.textContent = minutesAndSeconds(endsAtMs - nowMs());
  }, 1_000);
}

/** @param {number} ms */
function minutesAndSeconds(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
