/** What `/metrics` answers, read by the rules of the text format; throws where it breaks them. */
export type Family = {
  readonly type: string;
  readonly help: string;
  readonly samples: {
    readonly name: string;
    readonly labels: Record<string, string>;
    readonly value: number;
  }[];
};

const SAMPLE = /^([a-z_][a-z0-9_]*)(?:\{(.*)\})? (NaN|[+-]Inf|-?[\d.e+-]+)$/;
const LABEL = /([a-z_]+)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/gy;

export function readExposition(text: string): Map<string, Family> {
  const families = new Map<string, Family>();
  let current: [name: string, family: Family] | null = null;
  for (const line of text.split('\n').slice(0, -1)) {
    const [, name = '', help = ''] = /^# HELP (\S+) (.+)$/.exec(line) ?? [];
    if (name !== '') {
      if (families.has(name)) throw new Error(`${name} is there twice`);
      current = [name, { type: '', help, samples: [] }];
      continue;
    }
    if (current === null) throw new Error(`a line belongs to no metric: ${line}`);
    const [, typed, type = ''] = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line) ?? [];
    if (typed !== undefined) {
      if (typed !== current[0]) throw new Error(`${typed} has the help of ${current[0]}`);
      current = [typed, { ...current[1], type }];
      families.set(...current);
      continue;
    }
    const [, sample = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
    if (sample.replace(/_(?:bucket|sum|count)$/, '') !== current[0] && sample !== current[0])
      throw new Error(`this is no sample of ${current[0]}: ${line}`);
    current[1].samples.push({
      name: sample,
      labels: labelsOf(labels),
      value: Number(value.replace('Inf', 'Infinity')),
    });
  }
  return families;
}

function labelsOf(text: string): Record<string, string> {
  const found = [...text.matchAll(LABEL)];
  if (found.map(([whole]) => whole).join('') !== text) throw new Error(`labels cannot be read: ${text}`);
  return Object.fromEntries(found.map(([, name = '', value = '']) => [name, value]));
}

/** The sum of the samples with these labels. */
export function numberOf(
  families: Map<string, Family>,
  name: string,
  labels: Record<string, string> = {},
): number {
  const family = families.get(name) ?? families.get(name.replace(/_(?:bucket|sum|count)$/, ''));
  if (family === undefined) throw new Error(`there is no metric ${name}`);
  const wanted = Object.entries(labels);
  const fits = family.samples.filter(
    (sample) => sample.name === name && wanted.every(([label, value]) => sample.labels[label] === value),
  );
  return fits.reduce((sum, { value }) => sum + value, 0);
}
