/** What an answer is searched in: gateways that answer in plain text say what matters at once. */
const MOST_SEARCHED = 1_024;
/** Steps that a search may take at worst: some tens of milliseconds. */
const MOST_STEPS = 100_000_000;
const LONGEST_PATTERN = 200;

export type Pattern = {
  /** What the first group holds, or the whole match where there is none; null without a match. */
  find(text: string): string | null;
};

/**
 * A regular expression from the configuration, for texts that a stranger may have written. Kept to forms whose
 * worst case is known: only characters and classes are repeated, never groups, and the product of what all
 * repetitions allow is bounded. Answers what is wrong, as a sentence, for any other.
 */
export function readPattern(source: string): Pattern | string {
  if (source === '' || source.length > LONGEST_PATTERN)
    return `a pattern has 1 to ${LONGEST_PATTERN} characters`;
  if (/\)(?:[*+{])/.test(withoutEscapes(source)))
    return 'a pattern repeats characters and classes, not groups';
  if (/\\[1-9k]|\(\?[<=!]/.test(source))
    return 'a pattern has no back references and looks neither ahead nor behind';
  if (stepsAtWorst(source) > MOST_STEPS) {
    return 'a pattern with several open repetitions is too slow; begin it with ^, or write {1,40} in place of + and *';
  }
  let compiled: RegExp;
  try {
    compiled = new RegExp(source, 'u');
  } catch {
    return 'it is not a regular expression of JavaScript';
  }
  return {
    find(text) {
      const found = compiled.exec(text.slice(0, MOST_SEARCHED));
      return found === null ? null : (found[1] ?? found[0]);
    },
  };
}

/** Escaped characters and classes, each as one letter, so that what is left of the syntax can be seen. */
const withoutEscapes = (source: string): string =>
  source.replace(/\\[pP]\{[^}]*\}|\\u\{[^}]*\}|\\./g, 'x').replace(/\[[^\]]*\]/g, 'x');

function stepsAtWorst(source: string): number {
  let steps = source.startsWith('^') && !withoutEscapes(source).includes('|') ? 1 : MOST_SEARCHED;
  for (const [quantifier, least, comma, most] of withoutEscapes(source).matchAll(
    /[*+]|\{(\d+)(,?)(\d*)\}/g,
  )) {
    const isOpen = quantifier === '*' || quantifier === '+' || (comma === ',' && most === '');
    steps *= isOpen ? MOST_SEARCHED : Math.max(1, Number(most === '' ? least : most));
  }
  return steps;
}
