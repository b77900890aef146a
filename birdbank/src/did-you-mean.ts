/** The known name that a mistyped one is nearest to; null when none is near. */
export function nearest(typed: string, known: readonly string[]): string | null {
  const ranked = known
    .map((name) => ({ name, changes: changesBetween(typed.toUpperCase(), name) }))
    .sort((a, b) => a.changes - b.changes);
  const best = ranked[0];
  return best !== undefined && best.changes <= typed.length / 3 ? best.name : null;
}

/** How many letters must be added, taken away or replaced to make one text of the other. */
function changesBetween(a: string, b: string): number {
  let above = [...Array(b.length + 1).keys()];
  for (const [row, letter] of [...a].entries()) {
    const here = [row + 1];
    for (const [column, other] of [...b].entries()) {
      const replaced = (above[column] ?? 0) + (letter === other ? 0 : 1);
      here.push(Math.min(replaced, (above[column + 1] ?? 0) + 1, (here[column] ?? 0) + 1));
    }
    above = here;
  }
  return above[b.length] ?? 0;
}
