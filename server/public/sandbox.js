// The sandbox phone, made live. Without this file the page is complete; it has a Refresh link instead.
import { copyOnClick } from './copy.js';
import { createPatcher } from './patch.js';
import { localClocks, startCountdowns } from './times.js';

const RETRY_MS = 5_000;
const main = /** @type {HTMLElement} */ (document.querySelector('#main'));
const live = /** @type {HTMLElement} */ (document.querySelector('#live'));

document.documentElement.classList.add('scripted');
for (const bubble of main.querySelectorAll('.bubble')) bubble.classList.add('known');
const patcher = createPatcher(main);
const countdowns = startCountdowns(main, Number(main.dataset.nowMs), () => void refresh());
localClocks(main);
copyOnClick(document, say);
toEnd();

/** @type {EventSource | null} */
let source = null;
let isFetching = false;
let isStale = false;
follow();

// A page that nobody looks at does not listen: a browser keeps only six connections to one host.
document.addEventListener('visibilitychange', () => {
  if (document.hidden) stopFollowing();
  else follow();
});

function follow() {
  if (source || document.hidden) return;
  source = new EventSource('/sandbox/events');
  source.addEventListener('open', () => {
    setState('live', 'Connected');
    void refresh();
  });
  source.addEventListener('changed', () => void refresh());
  source.addEventListener('error', () => {
    setState('lost', 'Connection lost, trying again');
    if (source?.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    stopFollowing();
    setTimeout(follow, RETRY_MS);
  });
}

function stopFollowing() {
  source?.close();
  source = null;
}

/** Fetches what the phone shows now, and puts in place what differs. One fetch at a time, and never a change missed. */
async function refresh() {
  if (isFetching) {
    isStale = true;
    return;
  }
  isFetching = true;
  try {
    do {
      isStale = false;
      await fetchOnce();
    } while (isStale);
    if (source?.readyState === EventSource.OPEN) setState('live', 'Connected');
  } catch {
    setState('lost', 'Roost does not answer, trying again');
    setTimeout(refresh, RETRY_MS);
  } finally {
    isFetching = false;
  }
}

async function fetchOnce() {
  const answer = await fetch(`/sandbox/fragment${location.search}`, { cache: 'no-store' });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const next = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('#main');
  if (!(next instanceof HTMLElement)) throw new Error('no phone in the answer');
  const wasAtEnd = isAtEnd();
  const before = new Set([...main.querySelectorAll('.bubble')].map((bubble) => bubble.id));
  main.className = next.className;
  patcher.patch(next);
  countdowns.setNow(Number(next.dataset.nowMs));
  localClocks(main);
  const bubbles = [...main.querySelectorAll('.bubble')];
  for (const bubble of bubbles) bubble.classList.toggle('known', before.has(bubble.id));
  const arrived = bubbles.filter((bubble) => !before.has(bubble.id));
  const latest = arrived.at(-1);
  if (latest)
    say(
      `New message: ${latest.querySelector('.kind')?.textContent}. ${spoken(latest.querySelector('.words'))}`,
    );
  if (latest && wasAtEnd) toEnd();
}

/** @param {Element | null} words */
function spoken(words) {
  const copy = /** @type {Element | undefined} */ (words?.cloneNode(true));
  for (const silent of copy?.querySelectorAll('[aria-hidden]') ?? []) silent.remove();
  return copy?.textContent ?? '';
}

/** @param {'live' | 'lost'} state @param {string} words */
function setState(state, words) {
  if (live.dataset.state === state) return;
  live.dataset.state = state;
  const refreshLink = Object.assign(document.createElement('a'), {
    className: 'refresh',
    textContent: 'Refresh',
  });
  refreshLink.href = location.pathname + location.search;
  live.replaceChildren(words, ...(state === 'lost' ? [' · ', refreshLink] : []));
}

/** @param {string} words */
function say(words) {
  const announcement = document.querySelector('#announcement');
  if (announcement) announcement.textContent = words;
}

function isAtEnd() {
  const bubbles = document.querySelector('#bubbles');
  return !bubbles || bubbles.scrollHeight - bubbles.scrollTop - bubbles.clientHeight < 40;
}

function toEnd() {
  const bubbles = document.querySelector('#bubbles');
  if (bubbles) bubbles.scrollTop = bubbles.scrollHeight;
}
