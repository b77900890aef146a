/** One element of a document. Names are without their prefixes; the namespace is resolved. */
export type Element = {
  readonly name: string;
  readonly namespace: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly Element[];
  /** The text directly within it, without the white space around it. */
  readonly text: string;
};

/** Why a text is not read, in words for its sender. */
export class XmlProblem extends Error {
  override readonly name = 'XmlProblem';
}

const DEEPEST = 32;
const MOST_ELEMENTS = 20_000;
const NAME = '[A-Za-z_][\\w.-]*(?::[A-Za-z_][\\w.-]*)?';
const DECLARATION = /^<\?xml\s[^<>?]*\?>/;
const COMMENT = /<!--(?:(?!--)[\s\S])*-->/y;
const OPEN = new RegExp(`<(${NAME})((?:\\s+${NAME}\\s*=\\s*(?:"[^"<]*"|'[^'<]*'))*)\\s*(/?)>`, 'y');
const ATTRIBUTE = new RegExp(`(${NAME})\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, 'g');
const CLOSE = new RegExp(`</(${NAME})\\s*>`, 'y');
const TEXT = /[^<]+/y;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

type Frame = {
  readonly tag: string;
  readonly prefixes: ReadonlyMap<string, string>;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: Element[];
  text: string;
};

/**
 * Reads the part of XML 1.0 that data needs: elements, attributes, text and comments. There is no DTD, no entity
 * but the five that XML has of itself, no CDATA and no processing instruction, so nothing is fetched and nothing
 * grows while it is read.
 * @throws XmlProblem
 */
export function readXml(source: string): Element {
  const text = source.replace(/^\ufeff/, '').trimStart();
  const stack: Frame[] = [];
  let root: Element | null = null;
  let count = 0;
  let at = DECLARATION.exec(text)?.[0].length ?? 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at = pattern.lastIndex;
    return found;
  };
  const end = (frame: Frame): void => {
    const element = elementOf(frame);
    const parent = stack.at(-1);
    if (parent !== undefined) parent.children.push(element);
    else if (root === null) root = element;
    else throw new XmlProblem('the document has two roots');
  };
  while (at < text.length) {
    const open = take(OPEN);
    if (open !== null) {
      count += 1;
      if (stack.length >= DEEPEST) throw new XmlProblem(`it is nested deeper than ${DEEPEST}`);
      if (count > MOST_ELEMENTS) throw new XmlProblem(`it has more than ${MOST_ELEMENTS} elements`);
      const frame = frameOf(open, stack.at(-1));
      if (open[3] === '/') end(frame);
      else stack.push(frame);
      continue;
    }
    const close = take(CLOSE);
    if (close !== null) {
      const frame = stack.pop();
      if (frame === undefined || frame.tag !== close[1]) throw new XmlProblem('an end tag ends nothing');
      end(frame);
      continue;
    }
    if (take(COMMENT) !== null) continue;
    const words = take(TEXT)?.[0];
    if (words === undefined) throw new XmlProblem(oddity(text.slice(at, at + 9)));
    const inside = stack.at(-1);
    if (inside !== undefined) inside.text += plain(words);
    else if (words.trim() !== '') throw new XmlProblem('there is text outside of the document');
  }
  if (stack.length > 0 || root === null) throw new XmlProblem('the document does not end');
  return root;
}

function frameOf([, tag = '', attributes = '']: RegExpExecArray, parent: Frame | undefined): Frame {
  const prefixes = new Map(parent?.prefixes ?? [['', '']]);
  const own = new Map<string, string>();
  for (const [, name = '', double, single] of attributes.matchAll(ATTRIBUTE)) {
    const value = plain(double ?? single ?? '');
    if (own.has(name)) throw new XmlProblem(`an attribute is given twice: ${name.slice(0, 40)}`);
    own.set(name, value);
    if (name === 'xmlns') prefixes.set('', value);
    if (name.startsWith('xmlns:')) prefixes.set(name.slice(6), value);
  }
  return { tag, prefixes, attributes: own, children: [], text: '' };
}

function elementOf({ tag, prefixes, attributes, children, text }: Frame): Element {
  const [prefix = '', local] = tag.includes(':') ? tag.split(':') : ['', tag];
  const namespace = prefixes.get(prefix);
  if (namespace === undefined || local === undefined) throw new XmlProblem(`nobody says what ${prefix}: is`);
  return { name: local, namespace, attributes, children, text: text.trim() };
}

function plain(text: string): string {
  return text.replace(/&([^;&\s]{0,10});?/g, (whole, name: string) => {
    const entity = whole.endsWith(';') ? ENTITIES[name] : undefined;
    if (entity === undefined) throw new XmlProblem('it holds an entity that XML has not of itself');
    return entity;
  });
}

function oddity(start: string): string {
  if (/^<!DOCTYPE/i.test(start)) return 'it has a DTD, which is not read';
  if (start.startsWith('<![CDATA[')) return 'it has a CDATA section, which is not read';
  if (start.startsWith('<?')) return 'it has a processing instruction, which is not read';
  return 'it is not well-formed XML';
}

/** The first element on this path below another; undefined when there is none. */
export function within(element: Element, ...path: readonly string[]): Element | undefined {
  return path.reduce<Element | undefined>(
    (found, name) => found?.children.find((child) => child.name === name),
    element,
  );
}
