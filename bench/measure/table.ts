import type { Row } from './rounds.ts';

/** A table of text with aligned columns; numbers (what looks like one) are set to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const numeric = head.map((_, i) => rows.every((row) => /^[-\d.,]*[-\d.,%x]?$/.test(row[i] ?? '')));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (numeric[i] === true ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}

const RATES = [
  'target',
  'work',
  'conns',
  'per s',
  'ratio',
  'least',
  'most',
  'p50 ms',
  'p95',
  'p99',
  'max',
  'cpu us',
  'drain ms',
  'wrong',
];

/** Rates as a table; `ratio` is to the first target of each kind of work. */
export function rateTable(rows: readonly Row[]): string {
  return table(
    RATES,
    rows.map((row) => [
      row.target,
      row.work,
      String(row.connections),
      whole(row.perSecond),
      row.ratio.median.toFixed(3),
      row.ratio.least.toFixed(3),
      row.ratio.greatest.toFixed(3),
      row.p50Ms.toFixed(2),
      row.p95Ms.toFixed(2),
      row.p99Ms.toFixed(2),
      row.maxMs.toFixed(1),
      row.serverCpuUs.toFixed(1),
      row.drainMs.toFixed(0),
      String(row.unexpected),
    ]),
  );
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
