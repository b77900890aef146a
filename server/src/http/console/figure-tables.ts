import type { Named, Period } from '../../app/insight/home.ts';
import { percentileMs } from '../../domain/insight/durations.ts';
import type { Figures } from '../../domain/insight/figures.ts';
import { channelName, countryName } from './figure-words.ts';

/** One table of figures, as it is shown and as a file of it holds it: heads, and the cells of each row. */
export type FigureTable = {
  readonly heads: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
};

export const TABLES = ['steps', 'funnel', 'country', 'channel', 'provider', 'project', 'guard'] as const;
export type TableName = (typeof TABLES)[number];

const micros = (figures: Figures): string =>
  Object.entries(figures.costs)
    .map(([currency, amount]) => `${currency} ${(amount / 1_000_000).toFixed(6)}`)
    .join(' + ');
const median = (durations: Figures['toDelivery'], part: number): number | string =>
  percentileMs(durations, part) ?? '';

const COUNTED = [
  ...['created', 'sent', 'delivered', 'verified', 'failed', 'expired', 'deleted', 'stopped', 'cost'],
  ...['delivery_median_ms', 'delivery_p95_ms', 'verification_median_ms', 'verification_p95_ms'],
];

/** What is not known by country and by channel. */
const TOTAL_ONLY = ['delivery_median_ms', 'delivery_p95_ms'];

/** Without what is not known of these. */
function withoutDelivery({ heads, rows }: FigureTable): FigureTable {
  const places = heads.flatMap((head, i) => (TOTAL_ONLY.includes(head) ? [] : [i]));
  const of = <T>(row: readonly T[]): T[] => places.map((place) => row[place] as T);
  return { heads: of(heads), rows: rows.map(of) };
}

const counted = (f: Figures): (string | number)[] => [
  ...[f.created, f.sent, f.delivered, f.verified, f.failed, f.expired, f.deleted, f.refused, micros(f)],
  ...[median(f.toDelivery, 0.5), median(f.toDelivery, 0.95)],
  ...[median(f.toVerification, 0.5), median(f.toVerification, 0.95)],
];

/** The figures of one period in full, for whoever goes on with them elsewhere. */
export function figureTable(name: TableName, { total, by, steps }: Period): FigureTable {
  const named = (head: string, rows: readonly Named[], say: (name: string) => string = (one) => one) => ({
    heads: [head, ...COUNTED],
    rows: rows.map((row) => [say(row.name), ...counted(row.figures)]),
  });
  switch (name) {
    case 'steps':
      return {
        heads: ['from', ...COUNTED],
        rows: steps.map(({ atMs, figures }) => [new Date(atMs).toISOString(), ...counted(figures)]),
      };
    case 'funnel':
      return { heads: ['', ...COUNTED], rows: [['all', ...counted(total)]] };
    case 'country': {
      const { heads, rows } = withoutDelivery(named('code', by.country));
      return {
        heads: ['country', ...heads],
        rows: rows.map((row) => [countryName(String(row[0])), ...row]),
      };
    }
    case 'channel':
      return withoutDelivery(named('channel', by.channel, channelName));
    case 'provider':
      return {
        heads: [
          'provider',
          'messages',
          'accepted',
          'arrived',
          'lost',
          'cost',
          'delivery_median_ms',
          'delivery_p95_ms',
        ],
        rows: by.provider.map(({ name: provider, figures: f }) => [
          ...[provider, f.messages, f.accepted, f.arrived, f.lost, micros(f)],
          ...[median(f.toDelivery, 0.5), median(f.toDelivery, 0.95)],
        ]),
      };
    case 'project':
      return named('project', by.project);
    case 'guard':
      return { heads: ['rule', 'stopped'], rows: by.rule.map((row) => [row.name, row.figures.refused]) };
    default:
      return name satisfies never;
  }
}

/** RFC 4180. A cell that a spreadsheet would take for a formula is made text. */
export function csvOf({ heads, rows }: FigureTable): string {
  return [heads, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
