import type { RouteStep } from '../../domain/route.ts';
import type { ConsoleForm } from './visit.ts';

/** One line of the form of a list of routes, as typed. */
export type StepForm = {
  readonly place: string;
  readonly provider: string;
  readonly country: string;
  readonly prefix: string;
  readonly lineType: string;
  readonly share: string;
};

const FIELDS = ['place', 'provider', 'country', 'prefix', 'lineType', 'share'] as const;
const EMPTY: StepForm = { place: '', provider: '', country: '', prefix: '', lineType: '', share: '' };
const SPARE = 2;
const MOST = 52;

/** The lines of a list, and some that are empty. */
export const linesOf = (steps: readonly RouteStep[]): readonly StepForm[] => [
  ...steps.map(({ provider, countries, prefixes, lineTypes, sharePercent }, i) => ({
    ...{ place: String(i + 1), provider },
    ...{ country: (countries ?? []).join(', '), prefix: (prefixes ?? []).join(', ') },
    ...{ lineType: (lineTypes ?? []).join(', '), share: sharePercent === null ? '' : String(sharePercent) },
  })),
  ...Array.from({ length: SPARE }, () => EMPTY),
];

/** The lines as they were sent, with some that are empty after them. */
export function linesIn(body: ConsoleForm): readonly StepForm[] {
  const lines: StepForm[] = [];
  for (let i = 0; i < MOST && body[`provider-${i}`] !== undefined; i += 1) {
    lines.push(
      Object.fromEntries(FIELDS.map((name) => [name, (body[`${name}-${i}`] ?? '').trim()])) as StepForm,
    );
  }
  const used = lines.filter((line) => line.provider !== '');
  return [...used, ...Array.from({ length: SPARE }, () => EMPTY)];
}

/** The lines in their order, as the configuration file has such a list; a line without a provider is none. */
export function entryOf(lines: readonly StepForm[]): readonly unknown[] {
  return inOrder(lines).map(({ provider, country, prefix, lineType, share }) => {
    const listed = (typed: string) => typed.split(/[\s,;]+/).filter((text) => text !== '');
    const conditions = {
      ...(country === '' ? {} : { country: listed(country) }),
      ...(prefix === '' ? {} : { prefix: listed(prefix) }),
      ...(lineType === '' ? {} : { lineType: listed(lineType) }),
      ...(share === '' ? {} : { share: /^\d{1,3}(?:\.\d+)?$/.test(share) ? Number(share) : share }),
    };
    return Object.keys(conditions).length === 0 ? provider : { provider, ...conditions };
  });
}

/** By the places that were typed; lines without one stay behind those with one, as they stand. */
export function inOrder(lines: readonly StepForm[]): readonly StepForm[] {
  const placeOf = ({ place }: StepForm): number =>
    /^\d{1,3}(?:\.\d+)?$/.test(place) ? Number(place) : Number.POSITIVE_INFINITY;
  return lines
    .filter(({ provider }) => provider !== '')
    .map((line, i) => ({ line, i }))
    .sort((a, b) => {
      const [one, other] = [placeOf(a.line), placeOf(b.line)];
      return one === other ? a.i - b.i : one < other ? -1 : 1;
    })
    .map(({ line }) => line);
}

/** What is wrong with each line in their order, by its field; and what is about the whole list. */
export function problemsByLine(at: string, problems: readonly string[]) {
  const of = new Map<string, string>();
  const others: string[] = [];
  for (const problem of problems) {
    const [, place = '', what = problem] = /^([^\s:]+): (.*)$/s.exec(problem) ?? [];
    const line = /^\[(\d+)\](?:\.(\w+))?$/.exec(place.startsWith(at) ? place.slice(at.length) : '');
    if (line === null) others.push(place === at ? what : problem);
    else of.set(`${line[2] ?? 'provider'}-${line[1]}`, `${what.slice(0, 1).toUpperCase()}${what.slice(1)}.`);
  }
  return { of, others };
}
