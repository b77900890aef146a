import { html } from '../../html.ts';
import type { Sentences } from '../en.ts';

const NUMBERS = ['geen', 'één', 'twee', 'drie', 'vier', 'vijf', 'zes', 'zeven', 'acht', 'negen'];

export const tutorial: Sentences['tutorial'] = {
  number: {
    title: 'Bevestig uw telefoonnummer',
    why: 'We sturen u een code om zeker te weten dat het van u is.',
    label: 'Telefoonnummer',
    hint: 'Bijvoorbeeld +31 6 12345678. Spaties maken niet uit.',
    wrongHint: 'Schrijf het met + en de landcode, zoals +31 6 12345678, of kies hieronder het land.',
    country: 'Land',
    countryHint: 'Alleen nodig als het nummer niet met + begint.',
    noCountry: 'Het begint met +',
    send: 'Code sturen',
    haveCode: 'Hebt u een code?',
    enterIt: 'Voer hem in',
    empty: 'Vul uw telefoonnummer in.',
    lost: 'Wat u hebt ingevuld staat er nog: probeer het over een minuut opnieuw.',
    sentAlready: (from) =>
      `We hebben al een code naar dit nummer gestuurd. Vanaf ${from} kunt u een andere vragen.`,
    noneVerified: 'In deze browser is nog geen telefoonnummer bevestigd.',
  },
  code: {
    title: 'Voer uw bevestigingscode in',
    sentTo: (number) => html`We hebben zes cijfers gestuurd naar ${number}.`,
    workUntil: (time) => html`Ze werken tot ${time}`,
    workedUntil: (time) => html`Ze werkten tot ${time}`,
    newestOnly: 'Alleen de nieuwste code werkt.',
    usedUp: 'Ze zijn opgebruikt: vraag een nieuwe code.',
    expired: 'Deze code is verlopen. Vraag een nieuwe.',
    noAttempts: 'Voor deze code zijn er geen pogingen meer. Vraag een nieuwe.',
    label: 'Code uit het bericht',
    hint: 'Zes cijfers. Spaties maken niet uit.',
    check: 'Code controleren',
    resend: 'Nieuwe code sturen',
    resendFrom: (time) => html`(vanaf ${time})`,
    wrongNumber: 'Verkeerd nummer?',
    changeIt: 'Wijzig het',
    empty: 'Vul de code uit het bericht in.',
    replaced: 'Er is intussen een nieuwere code gestuurd. Vul die in.',
    tooSoon: (from) => `Een code is even onderweg. Vanaf ${from} kunt u een nieuwe vragen.`,
    sentAgain: 'We hebben een nieuwe code gestuurd. De vorige werkt niet meer.',
    notSent: 'Er is geen nieuwe code gestuurd; probeer het over een minuut opnieuw.',
    lost: 'Uw code werkt misschien nog: probeer het over een minuut opnieuw.',
    attemptsLeft: (left) =>
      left === 0
        ? 'Dat was de laatste poging: vraag een nieuwe code.'
        : `U kunt het nog ${NUMBERS[left] ?? left} keer proberen.`,
    message: 'Uw BirdBank-code is %token',
  },
  success: {
    title: 'Uw telefoonnummer is bevestigd',
    done: 'U hebt uw telefoonnummer bevestigd.',
    since: (number, time) => html`${number} is van u sinds ${time}.`,
    another: 'Een ander nummer bevestigen',
  },
};
