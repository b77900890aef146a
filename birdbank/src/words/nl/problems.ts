import type { Sentences } from '../en.ts';

export const problems: Sentences['problems'] = {
  notAccepted: {
    title: 'Dit formulier kon niet worden aangenomen',
    text: 'De pagina stond te lang open, of het formulier kwam van een andere site. Er is niets gedaan. Open de pagina opnieuw en verstuur het formulier nog eens.',
    link: 'Pagina opnieuw openen',
  },
  notYours: {
    title: 'Deze pagina is niet open in deze browser',
    text: 'Een code kan alleen worden ingevoerd in de browser die erom vroeg. Het kan ook te lang geleden zijn. Vraag hier een nieuwe code.',
    link: 'Code vragen',
  },
  notFound: {
    title: 'Deze pagina bestaat niet',
    text: 'Misschien is het adres verkeerd getypt, of is de pagina verplaatst.',
    link: 'Naar de eerste pagina',
  },
  unreadable: {
    title: 'Dit kon niet worden gelezen',
    text: 'BirdBank neemt alleen formulieren van zijn eigen pagina’s aan, en geen die zo groot zijn. Er is niets gedaan.',
    link: 'Pagina opnieuw openen',
  },
  broken: {
    title: 'Er ging bij ons iets mis',
    text: 'Het lag niet aan u, en we weten ervan. Probeer het over een minuut opnieuw; wat u hebt bevestigd blijft bevestigd.',
    link: 'Naar de eerste pagina',
  },
  roost: {
    timeout: 'De dienst die onze codes verstuurt en controleert antwoordt traag.',
    unreachable: 'De dienst die onze codes verstuurt en controleert is nu niet bereikbaar.',
    unavailable: 'De dienst die onze codes verstuurt en controleert heeft het nu druk.',
    unauthorized:
      'BirdBank mag de dienst die zijn codes verstuurt en controleert niet gebruiken. De medewerkers weten ervan.',
    unexpected: 'De dienst die onze codes verstuurt en controleert werkt nu niet zoals het hoort.',
  },
  refusal(sentence) {
    for (const [pattern, dutch] of REFUSALS)
      if (pattern.test(sentence)) return sentence.replace(pattern, dutch);
    return sentence;
  },
};

/** Sentences of Roost's. One that is not among them is shown as it is: better in English than not at all. */
const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [/^The token is invalid\.$/, 'De code is onjuist.'],
  [/^The token has expired\.$/, 'De code is verlopen.'],
  [/^The token has already been processed\.$/, 'De code is al gebruikt.'],
  [/^the code is wrong$/, 'De code is onjuist.'],
  [
    /^this cannot be a code of that factor; it was not counted$/,
    'Dit kan geen code hiervan zijn; hij telt niet mee.',
  ],
  [/^the challenge has expired; create another one$/, 'De tijd is om.'],
  [/^the challenge has failed; create another one$/, 'Het is te vaak misgegaan.'],
  [/^the challenge was taken back$/, 'Het verzoek is ingetrokken.'],
  [/^the challenge has been answered; create another one$/, 'Dit is al beantwoord.'],
  [/^the code is used up; send another one$/, 'De code is opgebruikt; vraag een andere.'],
  [/^no code was sent; send one first$/, 'Er is nog geen code gestuurd.'],
  [/^no \(correct\) recipients found.*$/, 'Dit is geen telefoonnummer waar een bericht heen kan.'],
  [/^countryCode must be two letters.*$/, 'Kies een land uit de lijst.'],
  [
    /^(\d+) codes for this recipient are still valid; try again after (\S+)$/,
    'Er zijn nog $1 codes voor dit nummer geldig; probeer het opnieuw na $2',
  ],
  [
    /^too many wrong codes; use another factor, or try again after (\S+)$/,
    'Te veel onjuiste codes; gebruik iets anders, of probeer het opnieuw na $1',
  ],
  [/^too many wrong codes.*; try again after (\S+)$/, 'Te veel onjuiste codes; probeer het opnieuw na $1'],
  [/^.*; try again after (\S+)$/, 'Dit kan nu even niet; probeer het opnieuw na $1'],
  [/^Verify object could not be found$/, 'Deze bevestiging bestaat niet meer.'],
];
