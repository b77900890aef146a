import type { Sentences } from '../en.ts';

export const factors: Sentences['factors'] = {
  kinds: {
    sms: 'Sms',
    tts: 'Telefoontje',
    email: 'E-mail',
    whatsapp: 'WhatsApp',
    totp: 'Authenticator-app',
    hotp: 'Token',
    ocra: 'Token met toetsen',
    yubikey: 'YubiKey',
    webauthn: 'Passkey',
    recovery: 'Herstelcodes',
  },
  clockToken: 'Token',
  codesLeft: (left) => (left === 1 ? 'Nog één code' : `Nog ${left === 0 ? 'geen' : left} codes`),
  serial: (serial) => `Nummer ${serial}`,
  addressEndingIn: (ending) => `het adres dat eindigt op ${ending}`,
};
