/** Languages in which a code can be spoken (wire contract, section 3.5). */
export const VOICE_LANGUAGES: readonly string[] = (
  'cy-gb da-dk de-de el-gr en-au en-gb en-gb-wls en-in en-us es-es es-mx es-us fr-ca fr-fr id-id is-is it-it ' +
  'ja-jp ko-kr ms-my nb-no nl-nl pl-pl pt-br pt-pt ro-ro ru-ru sv-se ta-in th-th tr-tr vi-vn zh-cn zh-hk'
).split(' ');

/** `NL_NL`, `nl_nl` and `nl-nl` are one language; null when it is not spoken. */
export function readLanguage(typed: string): string | null {
  const language = typed.trim().toLowerCase().replaceAll('_', '-');
  return VOICE_LANGUAGES.includes(language) ? language : null;
}
