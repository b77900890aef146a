import { copyOnClick } from './copy.js';

// On a narrow page the list of rooms begins closed; without this script it stays open.
const rooms = document.querySelector('.rooms details');
const narrow = matchMedia('(max-width: 56rem)');
if (rooms instanceof HTMLDetailsElement) {
  rooms.open = !narrow.matches;
  narrow.addEventListener('change', () => {
    rooms.open = !narrow.matches;
  });
}

// What is to be copied has a button for it, which without this script is not seen.
const copyButtons = document.querySelectorAll('.copyable button');
if (copyButtons.length > 0) {
  for (const button of copyButtons) button.removeAttribute('hidden');
  const spoken = Object.assign(document.createElement('p'), { className: 'unseen' });
  spoken.setAttribute('role', 'status');
  document.querySelector('main')?.append(spoken);
  copyOnClick(document, (words) => {
    spoken.textContent = words;
  });
}
