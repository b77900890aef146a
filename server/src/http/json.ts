const DEEPEST = 32;

/** Why a text is not taken as JSON, in words for its sender. */
export type JsonProblem = { readonly problem: string };
export type JsonText = { readonly value: unknown } | JsonProblem;

/**
 * Reads JSON (RFC 8259) more strictly than `JSON.parse`: a name given twice in one object, nesting deeper than
 * 32 and halves of surrogate pairs are refused, since readers disagree about them; and names that every object
 * has of its own (`__proto__`, `constructor`, `toString`), which only an attack sends.
 */
export function readJson(text: string): JsonText {
  const problem = oddity(text);
  if (problem !== null) return { problem };
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { problem: 'the body is not valid JSON' };
  }
}

type Frame = { readonly names: Set<string> | null; expectsName: boolean };

/** Walks the text once, knowing only strings and brackets; whether it is JSON at all is for the parser. */
function oddity(text: string): string | null {
  const frames: Frame[] = [];
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    const top = frames.at(-1);
    if (unit === 0x22) {
      const end = endOfString(text, i);
      if (end === -1) return null;
      const said = meaningOf(text.slice(i, end + 1));
      if (!said.isWellFormed()) return 'the body holds half of a surrogate pair; send well-formed Unicode';
      if (top?.expectsName === true) {
        if (said in Object.prototype) return `the body gives "${shown(said)}", which names no parameter`;
        if (top.names?.has(said) === true) return `the body gives "${shown(said)}" twice`;
        top.names?.add(said);
        top.expectsName = false;
      }
      i = end;
    } else if (unit === 0x7b || unit === 0x5b) {
      if (frames.length === DEEPEST) return `the body is nested deeper than ${DEEPEST}`;
      const isObject = unit === 0x7b;
      frames.push({ names: isObject ? new Set() : null, expectsName: isObject });
    } else if (unit === 0x7d || unit === 0x5d) {
      frames.pop();
    } else if (unit === 0x2c && top !== undefined) {
      top.expectsName = top.names !== null;
    }
  }
  return null;
}

/** The place of the quotation mark that ends the string which begins at `start`, or -1. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit === 0x5c) i += 1;
    else if (unit === 0x22) return i;
  }
  return -1;
}

/** `"a"` and `"\\u0061"` are one name. */
function meaningOf(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}

const shown = (name: string): string => name.slice(0, 40).replace(/[^\x20-\x7e]/g, '?');
