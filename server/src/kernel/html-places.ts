/** Where a `${}` stands: between tags, in a quoted attribute value, or among a tag's attributes. */
export type Place = 'text' | 'value' | 'attributes';

/**
 * Where each `${}` of an HTML template stands, or a sentence saying which of them escaping cannot make safe.
 * Reads the dialect that our templates are written in (quoted values, closed comments), not all of HTML.
 */
export function readTemplate(strings: readonly string[]): readonly Place[] | string {
  const places: Place[] = [];
  let state: State = { kind: 'text' };
  for (const [index, string] of strings.entries()) {
    const after = advance(state, string);
    if (typeof after === 'string') return after;
    state = after;
    if (index === strings.length - 1) break;
    const place = placeIn(state);
    if (typeof place !== 'string') return place.problem;
    places.push(place);
  }
  return state.kind === 'text' ? places : 'A template ends inside a tag, an attribute or a comment.';
}

/** Why a value may not stand in the attribute of this name, or null if it may. */
export function attributeProblem(name: string): string | null {
  if (!/^[a-z][a-z0-9:-]*$/i.test(name)) return `${name} is not the name of an attribute.`;
  return /^(on.*|style|srcdoc)$/i.test(name)
    ? `The attribute ${name} is code: no value may stand in it.`
    : null;
}

// What the browser does not read as markup. Escaping still works in the first two, and in nothing else.
const ESCAPABLE = new Set(['textarea', 'title']);
const OPAQUE = new Set([...ESCAPABLE, 'script', 'style', 'iframe', 'xmp']);

type State =
  | { kind: 'text' }
  | { kind: 'opaque'; element: string }
  | { kind: 'comment' }
  | { kind: 'tag name' }
  | { kind: 'tag'; element: string }
  | { kind: 'value'; element: string; attribute: string; quote: string }
  | { kind: 'unquoted'; attribute: string };
type In<Kind extends State['kind']> = Extract<State, { kind: Kind }>;
type Step = { read: number; state: State };

function placeIn(state: State): Place | { problem: string } {
  switch (state.kind) {
    case 'text':
      return 'text';
    case 'tag':
      return 'attributes';
    case 'value': {
      const problem = attributeProblem(state.attribute);
      return problem === null ? 'value' : { problem };
    }
    case 'unquoted':
      return { problem: unquoted(state) };
    case 'opaque':
      return ESCAPABLE.has(state.element) ? 'text' : { problem: `A value stands inside <${state.element}>.` };
    case 'comment':
      return { problem: 'A value stands inside a comment.' };
    case 'tag name':
      return { problem: 'A value stands in the name of a tag.' };
  }
}

const unquoted = (state: In<'unquoted'>) => `The value of ${state.attribute} is not in quotes.`;

function advance(from: State, string: string): State | string {
  let state = from;
  let rest = string;
  while (rest !== '') {
    const step = readOne(rest, state);
    if (typeof step === 'string') return step;
    rest = rest.slice(step.read);
    state = step.state;
  }
  return state;
}

function readOne(rest: string, state: State): Step | string {
  switch (state.kind) {
    case 'text':
      return readText(rest);
    case 'tag':
      return readTag(rest, state);
    case 'value':
      return readUntil(rest, state, state.quote, { kind: 'tag', element: state.element });
    case 'opaque':
      return readOpaque(rest, state);
    case 'comment':
      return readUntil(rest, state, '-->', { kind: 'text' });
    case 'unquoted':
      return unquoted(state);
    case 'tag name':
      return 'A < that opens no tag is to be written &lt;.';
  }
}

function readUntil(rest: string, state: State, end: string, next: State): Step {
  const at = rest.indexOf(end);
  return at < 0 ? { read: rest.length, state } : { read: at + end.length, state: next };
}

function readOpaque(rest: string, state: In<'opaque'>): Step {
  const end = rest.toLowerCase().indexOf(`</${state.element}`);
  return end < 0 ? { read: rest.length, state } : { read: end, state: { kind: 'text' } };
}

function readText(rest: string): Step {
  const open = rest.indexOf('<');
  if (open < 0) return { read: rest.length, state: { kind: 'text' } };
  if (rest.startsWith('<!--', open)) return { read: open + 4, state: { kind: 'comment' } };
  const tag = /^<(\/?)([a-z!][a-z0-9-]*)/i.exec(rest.slice(open));
  if (tag === null) return { read: open + (rest[open + 1] === '/' ? 2 : 1), state: { kind: 'tag name' } };
  const element = tag[1] === '/' ? '/' : (tag[2] ?? '').toLowerCase();
  return { read: open + tag[0].length, state: { kind: 'tag', element } };
}

function readTag(rest: string, state: In<'tag'>): Step | string {
  const space = /^[\s/]+/.exec(rest);
  if (space !== null) return { read: space[0].length, state };
  if (rest.startsWith('>')) {
    return {
      read: 1,
      state: OPAQUE.has(state.element) ? { kind: 'opaque', element: state.element } : { kind: 'text' },
    };
  }
  const found = /^([^\s=>"'/]+)(=?)(["']?)/.exec(rest);
  if (found === null) return `A tag reads ${rest.slice(0, 20)} where an attribute should stand.`;
  const [all, attribute = '', equals, quote = ''] = found;
  if (equals === '') return { read: all.length, state };
  const next: State =
    quote === ''
      ? { kind: 'unquoted', attribute }
      : { kind: 'value', element: state.element, attribute, quote };
  return { read: all.length, state: next };
}
