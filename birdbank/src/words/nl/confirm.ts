import { html } from '../../html.ts';
import type { Sentences } from '../en.ts';

const NUMBERS = ['geen', 'één', 'twee', 'drie', 'vier', 'vijf', 'zes', 'zeven', 'acht', 'negen'];

export const confirm: Sentences['confirm'] = {
  title: 'Bevestig dat u het bent',
  sentTo: (where) => html`We hebben een code gestuurd naar ${where}.`,
  notSentYet: (where) => html`Er is nog geen code gestuurd naar ${where}.`,
  prompts: {
    sms: '',
    tts: '',
    email: '',
    whatsapp: '',
    totp: 'Open uw authenticator-app en vul de code in die hij nu toont.',
    hotp: 'Druk op de knop van uw token en vul de code in die hij toont.',
    clockToken: 'Vul de code in die uw token nu toont.',
    yubikey: 'Zet de cursor in het veld en raak uw YubiKey aan.',
    recovery: 'Vul een van uw herstelcodes in. Elke code werkt één keer.',
    webauthn: 'Uw browser of uw beveiligingssleutel vraagt u te bevestigen.',
  },
  question: 'Typ dit nummer in uw token, en vul zijn antwoord in:',
  labels: {
    sms: 'Code uit het bericht',
    tts: 'Code uit het telefoontje',
    email: 'Code uit de e-mail',
    whatsapp: 'Code uit WhatsApp',
    totp: 'Code uit de app',
    hotp: 'Code van het token',
    ocra: 'Antwoord van het token',
    yubikey: 'Wat de YubiKey typt',
    recovery: 'Herstelcode',
  },
  hint: 'Spaties maken niet uit.',
  recoveryHint: 'Zestien letters en cijfers. Spaties, streepjes en hoofdletters maken niet uit.',
  check: 'Bevestigen',
  usePasskey: 'Uw passkey gebruiken',
  passkeyNeedsScript:
    'Een passkey heeft JavaScript nodig, en dat staat hier uit. Gebruik hieronder iets anders.',
  resend: 'Nieuwe code sturen',
  resendFrom: (time) => html`(vanaf ${time})`,
  noMoreSends: 'Hiervoor kunnen geen codes meer worden gestuurd. Gebruik de nieuwste, of iets anders.',
  send: 'Code sturen',
  sentAgain: 'We hebben een nieuwe code gestuurd. De vorige werkt ook.',
  another: 'Op een andere manier',
  with: (name) => `Met ${name}`,
  cancel: 'Annuleren',
  trust: (days) => `Dit apparaat ${days} dagen vertrouwen`,
  trustHint:
    'Dan is uw wachtwoord hier genoeg om in te loggen. Betalingen en wijzigingen vragen nog steeds om meer.',
  empty: 'Vul de code in.',
  wrong: 'De code is onjuist.',
  wrongWithLeft: (left) =>
    left === 0
      ? 'De code is onjuist, en dat was de laatste poging.'
      : `De code is onjuist. U kunt het nog ${NUMBERS[left] ?? left} keer proberen.`,
  malformed: 'Dat kan geen code hiervan zijn. Hij telt niet mee.',
  expired: 'De code is verlopen. Vraag een nieuwe, of gebruik iets anders.',
  tooManyWrong: (from) =>
    `Te veel onjuiste codes. Gebruik iets anders${from === null ? '' : `, of probeer het opnieuw vanaf ${from}`}.`,
  tooManySent: (from) =>
    `Er zijn te veel codes onderweg. Gebruik een ervan${from === null ? '' : `, of probeer het opnieuw vanaf ${from}`}.`,
  passkeyFailed: 'De passkey heeft het niet bevestigd. Probeer het opnieuw, of gebruik iets anders.',
  passkeyCanceled: 'Er is niets bevestigd. Probeer het opnieuw, of gebruik iets anders.',
  passkeyNotHere: 'Deze browser kent geen passkeys. Gebruik een andere manier, of een ander apparaat.',
  notThatOne: 'Die factor kan zijn eigen wijziging niet bevestigen. Gebruik een andere.',
  lost: 'Wat u hebt ingevuld werkt misschien nog: probeer het over een minuut opnieuw.',
  over: 'Dat duurde te lang, of ging te vaak mis. Begin opnieuw.',
  nothing: 'U hebt niets om dit mee te bevestigen. Voeg eerst iets anders toe.',
  gone: {
    title: 'Hier is niets te bevestigen',
    text: 'Het is al bevestigd of ingetrokken, of het is te lang geleden. Er is niets gedaan.',
    link: 'Naar uw rekeningen',
  },
  messages: {
    'sign-in': '%token is uw BirdBank-code om in te loggen. Deel hem nooit, ook niet met ons.',
    'change-security':
      '%token is uw BirdBank-code om uw beveiliging te wijzigen. Deel hem nooit, ook niet met ons.',
    'end-sessions':
      '%token is uw BirdBank-code om apparaten uit te loggen. Deel hem nooit, ook niet met ons.',
    payment: 'Met %token keurt u bij BirdBank goed: %transaction. Deel hem nooit, ook niet met ons.',
    other: '%token is uw BirdBank-code. Deel hem nooit, ook niet met ons.',
  },
};
