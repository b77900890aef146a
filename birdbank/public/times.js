/** The page's language, as the reader's own country writes it where they read that language. */
const page = document.documentElement;
const { lang } = page;
const locale = navigator.languages.find((own) => own.split('-')[0] === lang) ?? lang;
const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'medium' });
const day = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short' });

/**
 * Writes every time in the reader's own zone; the page has it in UTC.
 * @param {ParentNode} root
 */
export function localTimes(root) {
  for (const time of root.querySelectorAll('time[data-local]')) {
    if (!(time instanceof HTMLTimeElement)) continue;
    time.title = time.textContent ?? '';
    time.textContent = (time.dataset.local === 'day' ? day : clock).format(new Date(time.dateTime));
  }
}

/**
 * The server's clock, in milliseconds: that of the browser may be wrong.
 * @param {Document} page
 * @returns {() => number}
 */
export function serverClock(page) {
  const aheadMs = Number(page.documentElement.dataset.now) - Date.now();
  return () => Date.now() + aheadMs;
}

/**
 * Counts down to the moment when a new code may be asked for, and tells when this one has expired.
 * @param {Document} page
 * @param {() => number} nowMs
 */
export function countDown(page, nowMs) {
  const resend = page.querySelector('button[data-from]');
  const expiry = page.querySelector('[data-expiry]');
  if (resend instanceof HTMLButtonElement) waitForResend(resend, nowMs);
  if (expiry instanceof HTMLElement) tellExpiry(page, expiry, nowMs);
}

/**
 * @param {HTMLButtonElement} button
 * @param {() => number} nowMs
 */
function waitForResend(button, nowMs) {
  const fromMs = Date.parse(button.dataset.from ?? '');
  const words = button.querySelector('.from');
  everySecond(() => {
    const leftMs = fromMs - nowMs();
    button.disabled = leftMs > 0;
    if (words !== null)
      words.textContent = leftMs > 0 ? ` (${page.dataset.in} ${minutesAndSeconds(leftMs)})` : '';
    return leftMs > 0;
  });
}

/**
 * @param {Document} page
 * @param {HTMLElement} expiry
 * @param {() => number} nowMs
 */
function tellExpiry(page, expiry, nowMs) {
  const expiresAtMs = Date.parse(expiry.dataset.expiry ?? '');
  const told = page.querySelector('[data-expired]');
  if (expiresAtMs <= nowMs() || !(told instanceof HTMLElement)) return;
  everySecond(() => {
    const isOver = expiresAtMs <= nowMs();
    told.hidden = !isOver;
    return !isOver;
  });
}

/** @param {() => boolean} work Answers whether it wants to go on. */
function everySecond(work) {
  if (!work()) return;
  const timer = setInterval(() => {
    if (!work()) clearInterval(timer);
  }, 1_000);
}

/** @param {number} ms */
function minutesAndSeconds(ms) {
  const seconds = Math.ceil(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
