import type { Sentences } from '../en.ts';

export const notices: Sentences['notices'] = {
  newDevice: (where) =>
    `BirdBank: er is op een nieuw apparaat${where === '' ? '' : ` (${where})`} ingelogd op uw rekening. Was u het niet? Wijzig uw wachtwoord en log overal uit.`,
  passwordChanged: 'BirdBank: uw wachtwoord is gewijzigd. Was u het niet? Bel ons meteen.',
  passwordReset: 'BirdBank: uw wachtwoord is vervangen door een nieuw. Was u het niet? Bel ons meteen.',
};
