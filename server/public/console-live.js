// The list of verifications, made live. Without this file the page is complete; it has a Reload link instead.
const MOST_ROWS = 500;
const SAY_EVERY_MS = 5_000;
const list = document.querySelector('#list');
const live = document.querySelector('#live');
const body = list?.querySelector('tbody');
const address = list instanceof HTMLElement ? (list.dataset.live ?? '') : '';

/** @type {EventSource | null} */
let source = null;
let count = 0;
let since = list instanceof HTMLElement ? Number(list.dataset.now) : 0;
let saidAtMs = 0;
let isOver = false;
/** Rows that the page has shown, also those that it has let go. */
const known = new Set([...(body?.rows ?? [])].map((row) => row.id));

if (body && live && address !== '') {
  follow();
  // A page that nobody looks at does not listen: a browser keeps only six connections to one host.
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) stop();
    else follow();
  });
}

function follow() {
  if (source || document.hidden || isOver) return;
  const query = new URLSearchParams(address.slice(1));
  query.set('since', String(since));
  source = new EventSource(`/console/verifications/live?${query}`);
  source.addEventListener('open', () => say('live', true));
  source.addEventListener('made', (event) => {
    const { rows, nowMs } = JSON.parse(event.data);
    since = nowMs;
    put(rows);
  });
  source.addEventListener('changed', (event) => {
    const { rows, nowMs } = JSON.parse(event.data);
    since = nowMs;
    for (const row of rows.map(rowOf)) document.getElementById(row.id)?.replaceWith(row);
  });
  source.addEventListener('much', () => tell('lost', 'More come than a page can show. ', 'Reload'));
  source.addEventListener('over', () => {
    isOver = true;
    stop();
    tell('lost', 'Your session has ended. ', 'Sign in again');
  });
  source.addEventListener('error', () => {
    if (isOver) return;
    tell('lost', 'Connection lost, trying again. ', 'Reload');
    if (source?.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    stop();
    setTimeout(follow, 5_000);
  });
}

function stop() {
  source?.close();
  source = null;
}

/** @param {string} markup @returns {HTMLTableRowElement} */
function rowOf(markup) {
  const page = new DOMParser().parseFromString(`<table><tbody>${markup}</tbody></table>`, 'text/html');
  return /** @type {HTMLTableRowElement} */ (page.querySelector('tr'));
}

/** Puts rows where their time is, the newest on top. @param {string[]} markup */
function put(markup) {
  if (!body) return;
  let isNew = false;
  for (const row of markup.map(rowOf)) {
    if (known.has(row.id)) continue;
    known.add(row.id);
    count += 1;
    isNew = true;
    row.classList.add('fresh');
    const place = row.dataset.place ?? '';
    let next = body.firstElementChild;
    while (next instanceof HTMLElement && (next.dataset.place ?? '') > place) next = next.nextElementSibling;
    body.insertBefore(row, next);
  }
  while (body.rows.length > MOST_ROWS) body.lastElementChild?.remove();
  if (isNew) {
    document.querySelector('#list ~ .empty')?.remove();
    say('live', false);
  }
}

/** @param {'live'} state @param {boolean} atOnce */
function say(state, atOnce) {
  const nowMs = Date.now();
  const words = count === 0 ? 'Following live.' : `Following live: ${count} new since you came.`;
  if (live instanceof HTMLElement) live.dataset.count = String(count);
  // Somebody who listens should not hear each of many.
  if (!atOnce && nowMs - saidAtMs < SAY_EVERY_MS) {
    setTimeout(() => say(state, false), SAY_EVERY_MS);
    if (count > 1) return;
  }
  saidAtMs = nowMs;
  tell(state, words, '');
}

/** @param {'live' | 'lost'} state @param {string} words @param {string} link */
function tell(state, words, link) {
  if (!(live instanceof HTMLElement)) return;
  live.dataset.state = state;
  const text = document.createElement('span');
  text.textContent = words;
  live.replaceChildren(text);
  if (link === '') return;
  const reload = document.createElement('a');
  reload.href = location.pathname + location.search;
  reload.textContent = link;
  live.append(reload);
}
