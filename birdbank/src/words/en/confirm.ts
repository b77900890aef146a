import { type Html, html } from '../../html.ts';

const NUMBERS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

/** Where a factor is asked for: at sign-in, for a change, for a payment. */
export const confirm = {
  title: 'Confirm that it is you',
  sentTo: (where: Html) => html`We sent a code to ${where}.`,
  notSentYet: (where: Html) => html`No code has been sent to ${where} yet.`,
  prompts: {
    sms: '',
    tts: '',
    email: '',
    whatsapp: '',
    totp: 'Open your authenticator app and enter the code that it shows now.',
    hotp: 'Press the button of your token and enter the code that it shows.',
    clockToken: 'Enter the code that your token shows now.',
    yubikey: 'Put the cursor in the field and touch your YubiKey.',
    recovery: 'Enter one of your recovery codes. It works once.',
    webauthn: 'Your browser or your security key asks you to confirm.',
  },
  question: 'Type this number into your token, and enter its answer:',
  labels: {
    sms: 'Code from the message',
    tts: 'Code from the call',
    email: 'Code from the e-mail',
    whatsapp: 'Code from WhatsApp',
    totp: 'Code from the app',
    hotp: 'Code from the token',
    ocra: 'Answer of the token',
    yubikey: 'What the YubiKey types',
    recovery: 'Recovery code',
  },
  hint: 'Spaces do not matter.',
  recoveryHint: 'Sixteen letters and digits. Spaces, hyphens and capitals do not matter.',
  check: 'Confirm',
  usePasskey: 'Use your passkey',
  passkeyNeedsScript: 'A passkey needs JavaScript, which is switched off here. Use another way below.',
  resend: 'Send a new code',
  resendFrom: (time: Html) => html`(from ${time})`,
  noMoreSends: 'No more codes can be sent for this. Use the newest, or another way.',
  send: 'Send a code',
  sentAgain: 'We sent a new code. The one before works as well.',
  another: 'Try another way',
  with: (name: string) => `With ${name}`,
  cancel: 'Cancel',
  trust: (days: number) => `Trust this device for ${days} days`,
  trustHint: 'Then your password is enough to sign in here. Payments and changes still ask for more.',
  empty: 'Enter the code.',
  wrong: 'The code is wrong.',
  wrongWithLeft: (left: number) =>
    left === 0
      ? 'The code is wrong, and that was the last attempt.'
      : `The code is wrong. You can try ${NUMBERS[left] ?? left} more ${left === 1 ? 'time' : 'times'}.`,
  malformed: 'That cannot be a code of this. It was not counted.',
  expired: 'The code has expired. Ask for a new one, or use another way.',
  tooManyWrong: (from: string | null) =>
    `Too many wrong codes. Use another way${from === null ? '' : `, or try again from ${from}`}.`,
  tooManySent: (from: string | null) =>
    `Too many codes are on their way. Use one of them${from === null ? '' : `, or try again from ${from}`}.`,
  passkeyFailed: 'The passkey did not confirm it. Try again, or use another way.',
  passkeyCanceled: 'Nothing was confirmed. Try again, or use another way.',
  passkeyNotHere: 'This browser has no passkeys. Use another way, or another device.',
  notThatOne: 'That factor cannot confirm its own change. Use another one.',
  lost: 'What you entered may still work: try again in a minute.',
  over: 'That took too long, or went wrong too often. Begin again.',
  nothing: 'You have nothing to confirm this with. Add another factor first.',
  gone: {
    title: 'There is nothing to confirm here',
    text: 'It was confirmed or taken back, or it has been too long ago. Nothing has been done.',
    link: 'Go to your accounts',
  },
  /** The messages themselves, by purpose. `%token` is where the code goes, `%transaction` what it approves. */
  messages: {
    'sign-in': '%token is your BirdBank code to sign in. Never share it, not even with us.',
    'change-security':
      '%token is your BirdBank code to change your security. Never share it, not even with us.',
    'end-sessions': '%token is your BirdBank code to sign out devices. Never share it, not even with us.',
    payment: '%token approves %transaction at BirdBank. Never share it, not even with us.',
    other: '%token is your BirdBank code. Never share it, not even with us.',
  },
};
