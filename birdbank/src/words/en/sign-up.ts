/** What follows the three pages of the tutorial. */
export const signUp = {
  continue: 'Open your account',
  haveAccount: 'Do you have an account?',
  title: 'Choose your password',
  why: 'Your phone is your first second factor. Together with a password it opens your account.',
  userName: 'User name',
  userNameHint: 'If you like one. You can always sign in with your phone number.',
  password: 'Password',
  passwordHint: 'At least 8 characters; 15 or more are better. Everything is allowed, also spaces.',
  submit: 'Open the account',
  problems: {
    empty: 'Choose a password.',
    short: 'This password is too short: it needs 8 characters.',
    long: 'This password is too long: 256 characters is the most.',
    common: 'This is one of the passwords that everybody tries first. Choose another.',
    guessable: 'This password is too easily guessed. Choose another.',
  },
  badName: 'A user name has 3 to 32 letters, digits and . _ -, and begins with a letter.',
  nameTaken: 'Somebody has this user name already. Choose another, or none.',
  exists: 'There is an account with this number already. Sign in to it.',
  lost: 'No account was opened: try again in a minute.',
  welcome: 'Your account is open. Make recovery codes now: they let you in when your phone is lost.',
};
