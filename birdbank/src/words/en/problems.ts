/** What cannot be done, and why. */
export const problems = {
  notAccepted: {
    title: 'This form could not be accepted',
    text: 'The page it was on has been open for too long, or it came from another site. Nothing has been done. Open the page again and send the form once more.',
    link: 'Open the page again',
  },
  notYours: {
    title: 'This page is not open in this browser',
    text: 'A code can only be entered in the browser that asked for it. It may also have been too long ago. Ask for a new code here.',
    link: 'Ask for a code',
  },
  notFound: {
    title: 'There is no such page',
    text: 'The address may be mistyped, or the page may have moved.',
    link: 'Go to the first page',
  },
  unreadable: {
    title: 'This could not be read',
    text: 'BirdBank takes forms from its own pages only, and none as large as this. Nothing has been done.',
    link: 'Open the page again',
  },
  broken: {
    title: 'Something went wrong on our side',
    text: 'It was not your fault, and we have been told. Try again in a minute; what you have verified stays verified.',
    link: 'Go to the first page',
  },
  /** Why a call to Roost got no answer that helps. */
  roost: {
    timeout: 'The service that sends and checks our codes is slow to answer.',
    unreachable: 'The service that sends and checks our codes cannot be reached right now.',
    unavailable: 'The service that sends and checks our codes is busy right now.',
    unauthorized:
      'BirdBank may not use the service that sends and checks its codes. Its staff has been told.',
    unexpected: 'The service that sends and checks our codes does not work as it should right now.',
  },
  /** What Roost says no with, in this language. English is what it speaks. */
  refusal: (sentence: string) => sentence,
};
