/** Each kind of factor, by the names that its owner knows it by. */
export const factors = {
  kinds: {
    sms: 'Text message',
    tts: 'Phone call',
    email: 'E-mail',
    whatsapp: 'WhatsApp',
    totp: 'Authenticator app',
    hotp: 'Hardware token',
    ocra: 'Hardware token with keypad',
    yubikey: 'YubiKey',
    webauthn: 'Passkey',
    recovery: 'Recovery codes',
  },
  /** A clock token out of the stock is no app. */
  clockToken: 'Hardware token',
  codesLeft: (left: number) => (left === 1 ? 'One code left' : `${left === 0 ? 'No' : left} codes left`),
  serial: (serial: string) => `Number ${serial}`,
  /** For those who listen: dots are not read out well. */
  addressEndingIn: (ending: string) => `the address ending in ${ending}`,
};
