import { type Html, html } from '../../html.ts';

const NUMBERS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

/** The three pages of the tutorial. Their English is fixed: it is what the tutorial shows. */
export const tutorial = {
  number: {
    title: 'Verify your phone number',
    why: 'We send you a code to make sure that it is yours.',
    label: 'Phone number',
    hint: 'For example +31 6 12345678. Spaces do not matter.',
    wrongHint: 'Write it with + and its country code, like +31 6 12345678, or choose its country below.',
    country: 'Country',
    countryHint: 'Only needed when the number does not begin with +.',
    noCountry: 'It begins with +',
    send: 'Send code',
    haveCode: 'Do you have a code?',
    enterIt: 'Enter it',
    empty: 'Enter your phone number.',
    lost: 'What you typed is still here: try again in a minute.',
    sentAlready: (from: string) =>
      `We have sent a code to this number already. You can ask for another from ${from}.`,
    noneVerified: 'No phone number is verified in this browser yet.',
  },
  code: {
    title: 'Enter your verification code',
    sentTo: (number: Html) => html`We sent six digits to ${number}.`,
    workUntil: (time: Html) => html`They work until ${time}`,
    workedUntil: (time: Html) => html`They worked until ${time}`,
    newestOnly: 'Only the newest code works.',
    usedUp: 'They are used up: ask for a new code.',
    expired: 'This code has expired. Ask for a new one.',
    noAttempts: 'No attempts are left for this code. Ask for a new one.',
    label: 'Code from the message',
    hint: 'Six digits. Spaces do not matter.',
    check: 'Check code',
    resend: 'Send a new code',
    resendFrom: (time: Html) => html`(from ${time})`,
    wrongNumber: 'Wrong number?',
    changeIt: 'Change it',
    empty: 'Enter the code from the message.',
    replaced: 'A newer code was sent since. Enter that one.',
    tooSoon: (from: string) => `A code takes a moment to arrive. You can ask for a new one from ${from}.`,
    sentAgain: 'We sent a new code. The one before does not work any more.',
    notSent: 'No new code was sent; try again in a minute.',
    lost: 'Your code may still work: try again in a minute.',
    attemptsLeft: (left: number) =>
      left === 0
        ? 'That was the last attempt: ask for a new code.'
        : `You can try ${NUMBERS[left] ?? left} more ${left === 1 ? 'time' : 'times'}.`,
    /** The message itself; `%token` is where the code goes. */
    message: 'Your BirdBank code is %token',
  },
  success: {
    title: 'Your phone number is verified',
    done: 'You have successfully verified your phone number.',
    since: (number: Html, time: Html) => html`${number} is yours since ${time}.`,
    another: 'Verify another number',
  },
};
