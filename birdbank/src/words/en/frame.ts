/** What stands around every page, and in small parts of many. */
export const frame = {
  /** What this language calls itself, for the switch between languages. */
  ownName: 'English',
  languages: 'Language',
  skip: 'Skip to the content',
  step: (now: number, of: number) => `Step ${now} of ${of}`,
  noSms: 'No SMS arrives here: read the code on the',
  sandboxPhone: 'sandbox phone',
  opensNewTab: '(opens a new tab)',
  wentWrong: 'That did not work',
  errorTitle: (title: string) => `Error: ${title}`,
  /** The word before a time to come, as in "in 0:30". */
  inTime: 'in',
  /** For those who listen: dots are not read out well. */
  numberEndingIn: (digits: string) => `the number ending in ${digits}`,
};
