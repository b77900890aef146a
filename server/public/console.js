// On a narrow page the list of rooms begins closed; without this script it stays open.
const rooms = document.querySelector('.rooms details');
if (rooms instanceof HTMLDetailsElement && matchMedia('(max-width: 56rem)').matches) rooms.open = false;
