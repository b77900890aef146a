type Value = string | number | Html | null | undefined | false | readonly Value[];

/** Markup that is safe to send. Only `html` makes it, so no text that came from outside can pass for it. */
export class Html {
  readonly #markup: string;
  constructor(markup: string) {
    this.#markup = markup;
  }
  toString(): string {
    return this.#markup;
  }
}

// #region html
/**
 * An HTML template: every value is escaped, lists are joined, null, undefined and false leave nothing behind. Values
 * stand between tags or in attribute values with quotes; anywhere else escaping would not help.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(String.raw({ raw: strings }, ...values.map(written)));
}

function written(value: Value): string {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof Html) return String(value);
  if (Array.isArray(value)) return value.map(written).join('');
  return String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
// #endregion

/** Markup that is there only under a condition, such as a boolean attribute. */
export const when = (condition: boolean, markup: Html): Html | null => (condition ? markup : null);
