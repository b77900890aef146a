import type { Sentences } from '../en.ts';

export const signUp: Sentences['signUp'] = {
  continue: 'Rekening openen',
  haveAccount: 'Hebt u al een rekening?',
  title: 'Kies uw wachtwoord',
  why: 'Uw telefoon is uw eerste tweede factor. Samen met een wachtwoord opent hij uw rekening.',
  userName: 'Gebruikersnaam',
  userNameHint: 'Als u er een wilt. U kunt altijd inloggen met uw telefoonnummer.',
  password: 'Wachtwoord',
  passwordHint: 'Ten minste 8 tekens; 15 of meer is beter. Alles mag, ook spaties.',
  submit: 'De rekening openen',
  problems: {
    empty: 'Kies een wachtwoord.',
    short: 'Dit wachtwoord is te kort: het moet 8 tekens hebben.',
    long: 'Dit wachtwoord is te lang: 256 tekens is het meeste.',
    common: 'Dit is een van de wachtwoorden die iedereen het eerst probeert. Kies een ander.',
    guessable: 'Dit wachtwoord is te gemakkelijk te raden. Kies een ander.',
  },
  badName: 'Een gebruikersnaam heeft 3 tot 32 letters, cijfers en . _ -, en begint met een letter.',
  nameTaken: 'Iemand heeft deze gebruikersnaam al. Kies een andere, of geen.',
  exists: 'Er is al een rekening met dit nummer. Log in.',
  lost: 'Er is geen rekening geopend: probeer het over een minuut opnieuw.',
  welcome: 'Uw rekening is open. Maak nu herstelcodes: daarmee komt u erin als uw telefoon weg is.',
};
