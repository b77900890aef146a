import type { Sentences } from '../en.ts';

export const frame: Sentences['frame'] = {
  ownName: 'Nederlands',
  languages: 'Taal',
  skip: 'Naar de inhoud',
  step: (now, of) => `Stap ${now} van ${of}`,
  noSms: 'Hier komt geen sms aan: lees de code op de',
  sandboxPhone: 'sandboxtelefoon',
  opensNewTab: '(opent een nieuw tabblad)',
  wentWrong: 'Dat is niet gelukt',
  errorTitle: (title) => `Fout: ${title}`,
  inTime: 'over',
  numberEndingIn: (digits) => `het nummer dat eindigt op ${digits}`,
};
