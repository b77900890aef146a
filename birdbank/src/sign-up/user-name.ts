/** Begins with a letter, so that no user name looks like a phone number. */
export const isUserName = (text: string): boolean => /^[A-Za-z][A-Za-z0-9._-]{2,31}$/.test(text);
