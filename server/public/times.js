const SOON_MS = 30_000;
const DIGITS = /** @type {const} */ ({
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
});
const roughClock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hour12: false });
const clock = new Intl.DateTimeFormat(undefined, DIGITS);
const fineClock = new Intl.DateTimeFormat(undefined, { ...DIGITS, fractionalSecondDigits: 3 });

/**
 * Writes every time in the reader's own zone; the exact UTC stays in its title.
 * @param {ParentNode} root
 */
export function localClocks(root) {
  for (const time of root.querySelectorAll('time[data-clock]')) {
    if (!(time instanceof HTMLTimeElement)) continue;
    const at = new Date(time.dateTime);
    const { clock: precision } = time.dataset;
    const format = precision === 'minutes' ? roughClock : precision === 'milliseconds' ? fineClock : clock;
    time.textContent = format.format(at);
    delete time.dataset.clock;
  }
}

/**
 * Counts down every `[data-until]` (milliseconds since the epoch, by the server's clock), and tells when one has run out.
 * @param {ParentNode} root
 * @param {number} nowMs The server's clock at this moment: the browser's may be wrong.
 * @param {() => void} ended
 */
export function startCountdowns(root, nowMs, ended) {
  let aheadMs = nowMs - Date.now();
  /** @type {Set<string>} */
  const told = new Set();

  function tick() {
    let hasEnded = false;
    for (const element of root.querySelectorAll('[data-until]')) {
      if (!(element instanceof HTMLElement)) continue;
      const until = element.dataset.until ?? '';
      const leftMs = Number(until) - Date.now() - aheadMs;
      element.textContent = leftMs <= 0 ? 'expired' : `expires in ${minutesAndSeconds(leftMs)}`;
      element.toggleAttribute('data-soon', leftMs < SOON_MS);
      if (leftMs > 0 || told.has(until)) continue;
      told.add(until);
      hasEnded = true;
    }
    if (hasEnded) ended();
  }

  setInterval(tick, 1_000);
  tick();
  return {
    /** @param {number} serverNowMs */
    setNow(serverNowMs) {
      aheadMs = serverNowMs - Date.now();
      tick();
    },
  };
}

/** @param {number} ms */
function minutesAndSeconds(ms) {
  const seconds = Math.ceil(ms / 1_000);
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor(seconds / 60) % 60;
  const tail = String(seconds % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`;
}
