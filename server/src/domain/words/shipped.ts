/** The words around a code in one language. */
export type ShippedWords = {
  /** Holds `%token` once. Short enough for one message in its alphabet, a code of ten digits included. */
  readonly template: string;
  /** Of an e-mail. Never holds the code: subjects are shown on locked screens. */
  readonly subject: string;
  /** Said before a spoken code is repeated. */
  readonly again: string;
};

const words = (template: string, subject: string, again: string): ShippedWords => ({
  template,
  subject,
  again,
});
const CHINESE = words('您的验证码是：%token', '您的验证码', '再说一遍：');
const TRADITIONAL = words('您的驗證碼是：%token', '您的驗證碼', '再說一次：');
const BOKMAL = words('Koden din er: %token', 'Koden din', 'Jeg gjentar:');

/**
 * The default text by locale (BCP 47, lower case): every language in which a code can be spoken, and Arabic, Hebrew
 * and Ukrainian.
 */
export const SHIPPED = {
  en: words('Your code is: %token', 'Your code', 'Once more:'),
  ar: words('رمزك هو: %token', 'رمزك', 'مرة أخرى:'),
  cy: words('Eich cod yw: %token', 'Eich cod', 'Unwaith eto:'),
  da: words('Din kode er: %token', 'Din kode', 'Jeg gentager:'),
  de: words('Ihr Code lautet: %token', 'Ihr Code', 'Noch einmal:'),
  el: words('Ο κωδικός σας είναι: %token', 'Ο κωδικός σας', 'Επαναλαμβάνω:'),
  es: words('Su código es: %token', 'Su código', 'Repito:'),
  fr: words('Votre code est : %token', 'Votre code', 'Je répète :'),
  he: words('הקוד שלך הוא: %token', 'הקוד שלך', 'שוב:'),
  id: words('Kode Anda adalah: %token', 'Kode Anda', 'Sekali lagi:'),
  is: words('Kóðinn þinn er: %token', 'Kóðinn þinn', 'Ég endurtek:'),
  it: words('Il tuo codice è: %token', 'Il tuo codice', 'Ripeto:'),
  ja: words('認証コード：%token', '認証コード', 'もう一度お伝えします。'),
  ko: words('인증 코드: %token', '인증 코드', '다시 말씀드립니다.'),
  ms: words('Kod anda ialah: %token', 'Kod anda', 'Sekali lagi:'),
  nb: BOKMAL,
  nl: words('Uw code is: %token', 'Uw code', 'Nogmaals:'),
  nn: BOKMAL,
  no: BOKMAL,
  pl: words('Twój kod to: %token', 'Twój kod', 'Powtarzam:'),
  pt: words('O seu código é: %token', 'O seu código', 'Repito:'),
  ro: words('Codul dumneavoastră este: %token', 'Codul dumneavoastră', 'Repet:'),
  ru: words('Ваш код: %token', 'Ваш код', 'Повторяю:'),
  sv: words('Din kod är: %token', 'Din kod', 'Jag upprepar:'),
  ta: words('உங்கள் குறியீடு: %token', 'உங்கள் குறியீடு', 'மீண்டும்:'),
  th: words('รหัสของคุณคือ: %token', 'รหัสของคุณ', 'อีกครั้ง:'),
  tr: words('Kodunuz: %token', 'Kodunuz', 'Tekrar ediyorum:'),
  uk: words('Ваш код: %token', 'Ваш код', 'Повторюю:'),
  vi: words('Mã của bạn là: %token', 'Mã của bạn', 'Xin nhắc lại:'),
  zh: CHINESE,
  'zh-hant': TRADITIONAL,
  'zh-hk': TRADITIONAL,
  'zh-mo': TRADITIONAL,
  'zh-tw': TRADITIONAL,
} as const satisfies { readonly [locale: string]: ShippedWords };
