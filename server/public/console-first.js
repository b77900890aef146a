// The first-run page waits for the first request. Without this file it has a Reload link instead.
const waiting = document.querySelector('#waiting');
const words = document.querySelector('#waiting-words');

if (waiting instanceof HTMLElement && words) {
  words.textContent = 'Waiting for your first request…';
  const source = new EventSource('/console/verifications/live?since=0');
  source.addEventListener('made', (event) => {
    const { rows } = JSON.parse(event.data);
    if (rows.length === 0) return;
    source.close();
    const page = new DOMParser().parseFromString(`<table>${rows[0]}</table>`, 'text/html');
    const link = page.querySelector('a');
    waiting.dataset.state = 'here';
    words.textContent = 'Your first request has arrived. ';
    const see = document.createElement('a');
    see.href = link?.getAttribute('href') ?? '/console/verifications';
    see.textContent = 'See what became of it';
    words.append(see, '.');
  });
  source.addEventListener('over', () => {
    source.close();
    words.textContent = 'Your session has ended: sign in again.';
  });
}
