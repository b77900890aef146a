import { attributeProblem, type Place, readTemplate } from './html-places.ts';

/** What may stand in a template's `${}`. Lists are joined; null, undefined and false leave nothing behind. */
export type Interpolation =
  | string
  | number
  | boolean
  | null
  | undefined
  | Html
  | Attribute
  | readonly Interpolation[];

// Only these classes are trusted, and their text is private, so no parsed JSON can pass for markup.
let markupOf: (value: Html | Attribute) => string;

/** Markup that is safe to send: made by `html`, its values escaped. */
export class Html {
  readonly #markup: string;
  static {
    markupOf = (value) => value.#markup;
  }
  constructor(markup: string) {
    this.#markup = markup;
  }
  toString(): string {
    return this.#markup;
  }
}

/** One whole attribute, made by `attribute`, for a `${}` among the attributes of a tag. */
export class Attribute extends Html {}

/**
 * An HTML template. Every value is escaped for the place it stands in; nested `html` passes as it is between tags.
 * A template with a value where escaping cannot make it safe (an attribute value without quotes, a script, a style,
 * a comment, a tag's name, an event handler) throws the first time it is rendered, whatever the value.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Interpolation[]): Html {
  const places = placesOf(strings);
  let markup = strings[0] ?? '';
  for (let index = 0; index < values.length; index += 1) {
    markup += write(values[index], places[index] ?? 'text') + (strings[index + 1] ?? '');
  }
  return new Html(markup);
}

/**
 * ` name="value"` with the value escaped; the bare name for true; nothing for null, undefined and false.
 * Stands directly after the tag's name or another attribute: `<a href="/"${attribute('aria-current', here)}>`.
 */
export function attribute(name: string, value: string | number | boolean | null | undefined): Attribute {
  const problem = attributeProblem(name);
  if (problem !== null) throw new TypeError(problem);
  if (value === null || value === undefined || value === false) return new Attribute('');
  return new Attribute(value === true ? ` ${name}` : ` ${name}="${escapeText(String(value))}"`);
}

/** Lets text through unescaped. Each use must be listed, with its reason, in html.test.ts. */
export function markupThatNobodyEscaped(markup: string): Html {
  return new Html(markup);
}

function write(value: Interpolation, place: Place): string {
  if (typeof value === 'string') {
    if (place === 'attributes')
      throw new TypeError('Use attribute() for a value among the attributes of a tag.');
    return escapeText(value);
  }
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof Html) {
    if (value instanceof Attribute !== (place === 'attributes') || place === 'value') {
      throw new TypeError('Markup may not stand in an attribute, nor an attribute between tags.');
    }
    return markupOf(value);
  }
  if (Array.isArray(value)) return value.map((each: Interpolation) => write(each, place)).join('');
  if (place !== 'attributes' && (typeof value === 'number' || value === true)) return String(value);
  throw new TypeError(`A template takes text, numbers and markup, not ${typeof value} (in ${place}).`);
}

const SPECIAL = /[&<>"']/;
const SPECIALS = /[&<>"']/g;
const REFERENCES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeText(text: string): string {
  return SPECIAL.test(text) ? text.replace(SPECIALS, (character) => REFERENCES[character] ?? '') : text;
}

// A template's strings are one frozen array for the life of the program, so it is read once.
const known = new WeakMap<TemplateStringsArray, readonly Place[]>();

function placesOf(strings: TemplateStringsArray): readonly Place[] {
  const found = known.get(strings);
  if (found !== undefined) return found;
  const places = readTemplate(strings);
  if (typeof places === 'string')
    throw new TypeError(`${places}\nin the template: ${strings.join('…').trim()}`);
  known.set(strings, places);
  return places;
}
