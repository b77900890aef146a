import { type Html, html } from '../../kernel/html.ts';
import { share, whole } from './figure-words.ts';

// Everything across is in hundredths of the width and everything down in pixels, so that a chart fills what room there is
// and its words stay as large as all others.

const ROW_PX = 52;
const BAR_PX = 18;

export type Bar = { readonly name: string; readonly count: number };

/** Bars one below the other, each a part of the first. */
export function funnel(bars: readonly Bar[]): Html {
  const most = Math.max(1, bars[0]?.count ?? 0);
  const rows = bars.map(({ name, count }, i) => {
    const y = i * ROW_PX;
    const width = Math.round((count / most) * 10_000) / 100;
    const part = i === 0 ? '' : ` · ${share(count, bars[0]?.count ?? 0)}`;
    return html`<text x="0" y="${y + 16}">${name} <tspan class="value">${whole(count)}</tspan>${part}</text>
<rect class="rest" x="0" y="${y + 24}" width="100%" height="${BAR_PX}"/><rect class="full" x="0" y="${y + 24}" width="${Math.min(100, width)}%" height="${BAR_PX}"/>`;
  });
  const words = bars.map(({ name, count }) => `${name} ${whole(count)}`).join(', ');
  const height = bars.length * ROW_PX;
  return html`<svg class="chart funnel" width="100%" height="${height}" role="img" aria-label="${words}">${rows}<line class="zero" x1="0" x2="0" y1="20" y2="${height - 6}"/></svg>`;
}

export type Column = { readonly label: string; readonly all: number; readonly part: number };

const TOP_PX = 40;
const PLOT_PX = 140;
const FOOT_PX = 26;

/** Columns over time, each with a part of it filled; the highest says what it shows. */
export function columns(
  steps: readonly Column[],
  { all, part, about }: { readonly all: string; readonly part: string; readonly about: string },
): Html {
  const most = Math.max(1, ...steps.map((step) => step.all));
  const width = 100 / Math.max(1, steps.length);
  const base = TOP_PX + PLOT_PX;
  const height = (count: number) => Math.round((count / most) * PLOT_PX * 10) / 10;
  const across = (i: number) => Math.round(i * width * 100) / 100;
  const bars = steps.map(({ label, all: count, part: filled }, i) => {
    const wide = Math.round(width * 0.78 * 100) / 100;
    return html`<g><title>${label}: ${whole(count)} ${all}, ${whole(filled)} ${part}</title><rect class="rest" x="${across(i)}%" y="${base - height(count)}" width="${wide}%" height="${height(count)}"/><rect class="full" x="${across(i)}%" y="${base - height(filled)}" width="${wide}%" height="${height(filled)}"/></g>`;
  });
  const peak = steps.reduce((best, step, i) => (step.all > (steps[best]?.all ?? -1) ? i : best), 0);
  const top = steps[peak];
  const side = across(peak) > 60 ? 'end' : across(peak) > 25 ? 'middle' : 'start';
  const at = side === 'end' ? across(peak) + width * 0.78 : across(peak);
  const sum = steps.reduce((total, step) => total + step.all, 0);
  const peakLabel =
    top === undefined || top.all === 0
      ? null
      : html`<text x="${at}%" y="14" text-anchor="${side}">${top.label}: <tspan class="value">${whole(top.all)}</tspan> ${all}</text><text x="${at}%" y="32" text-anchor="${side}" class="filled">${whole(top.part)} ${part} (filled)</text>`;
  const middle = steps[Math.floor(steps.length / 2)];
  const ends = html`<text x="0" y="${base + 20}">${steps[0]?.label}</text>${steps.length > 4 ? html`<text x="50%" y="${base + 20}" text-anchor="middle">${middle?.label}</text>` : null}${steps.length > 1 ? html`<text x="100%" y="${base + 20}" text-anchor="end">${steps.at(-1)?.label}</text>` : null}`;
  return html`<svg class="chart" width="100%" height="${base + FOOT_PX}" role="img" aria-label="${about}: ${whole(sum)} ${all} in all">${bars}<line class="zero" x1="0" x2="100%" y1="${base}" y2="${base}"/>${peakLabel}${ends}</svg>`;
}
