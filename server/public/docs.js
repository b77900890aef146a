import { copyOnClick } from './copy.js';

for (const button of document.querySelectorAll('.code [data-copy]')) {
  if (button instanceof HTMLButtonElement) button.hidden = false;
}
const spoken = Object.assign(document.createElement('p'), { className: 'unseen' });
spoken.setAttribute('role', 'status');
document.querySelector('main')?.append(spoken);
copyOnClick(document, (words) => {
  spoken.textContent = words;
});
