/** How one language writes numbers, amounts and moments. Moments are UTC: a script writes them in the reader's own zone. */
export type Formats = {
  readonly locale: string;
  /** `€1,250.00`; cents, of either sign. */
  readonly money: (cents: number) => string;
  /** `+€1,250.00` or `-€1,250.00`. */
  readonly signedMoney: (cents: number) => string;
  /** `1250.00`, as it would be typed. */
  readonly typedMoney: (cents: number) => string;
  /** What large numbers are grouped by: `,` in English, `.` in Dutch. */
  readonly groupedBy: string;
  /** `1,250` */
  readonly count: (value: number) => string;
  /** `23 November 2026` */
  readonly date: (atMs: number) => string;
  /** `23 Nov 2026` */
  readonly shortDate: (atMs: number) => string;
  /** `14:03:20` */
  readonly clock: (atMs: number) => string;
  /** `23 November at 14:03` */
  readonly dayAndClock: (atMs: number) => string;
  /** The name of a country, by its ISO 3166-1 code. */
  readonly country: (code: string) => string;
  readonly compare: (a: string, b: string) => number;
};

export function formatsOf(locale: string): Formats {
  const utc = { timeZone: 'UTC' } as const;
  const money = new Intl.NumberFormat(locale, { style: 'currency', currency: 'EUR' });
  const signed = new Intl.NumberFormat(locale, {
    ...{ style: 'currency', currency: 'EUR' },
    signDisplay: 'exceptZero',
  });
  const typed = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, useGrouping: false });
  const count = new Intl.NumberFormat(locale);
  const date = new Intl.DateTimeFormat(locale, { ...utc, dateStyle: 'long' });
  const shortDate = new Intl.DateTimeFormat(locale, { ...utc, dateStyle: 'medium' });
  const clock = new Intl.DateTimeFormat(locale, { ...utc, timeStyle: 'medium' });
  const dayAndClock = new Intl.DateTimeFormat(locale, {
    ...utc,
    ...{ day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit' },
  });
  const countries = new Intl.DisplayNames(locale, { type: 'region' });
  return {
    locale,
    money: (cents) => money.format(decimal(cents) as Intl.StringNumericLiteral),
    signedMoney: (cents) => signed.format(decimal(cents) as Intl.StringNumericLiteral),
    typedMoney: (cents) => typed.format(decimal(cents) as Intl.StringNumericLiteral),
    groupedBy: count.formatToParts(10_000).find(({ type }) => type === 'group')?.value ?? ',',
    count: count.format,
    date: date.format,
    shortDate: shortDate.format,
    clock: clock.format,
    dayAndClock: dayAndClock.format,
    country: (code) => countries.of(code) ?? code,
    compare: new Intl.Collator(locale).compare,
  };
}

/** As decimal text, so that no cent is lost in a fraction. */
function decimal(cents: number): string {
  const digits = String(Math.abs(cents)).padStart(3, '0');
  return `${cents < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
