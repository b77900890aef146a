/**
 * Metrics as Prometheus reads them (text exposition format 0.0.4). Names and labels are fixed when a metric is made;
 * values live in typed arrays, so that counting allocates nothing.
 */
export type Metrics = {
  counter(name: string, help: string, labels?: readonly string[]): Counter;
  gauge(name: string, help: string, labels?: readonly string[]): Gauge;
  /** `bounds` are the upper ends of its buckets, ascending; one for everything above is added. */
  histogram(name: string, help: string, labels: readonly string[], bounds: readonly number[]): Histogram;
  /** Called before each reading, to look at what is not counted as it happens. */
  beforeReading(look: () => void | Promise<void>): void;
  /** All of them as text. What could not be looked at is left as it was. */
  read(): Promise<string>;
};

/** One line of numbers: the values of its labels are settled. Keep it where counting must be cheap. */
export type CounterSeries = { add(amount?: number): void };
export type GaugeSeries = { set(value: number): void };
export type HistogramSeries = { observe(value: number): void };

type Labelled<Series> = {
  /** The series with these values, in the order of the names. Beyond `MOST_SERIES` all of them are `other`. */
  with(...values: readonly string[]): Series;
};
export type Counter = Labelled<CounterSeries>;
export type Gauge = Labelled<GaugeSeries> & {
  /** Forgets every series, for those that are told anew at each reading. */
  clear(): void;
};
export type Histogram = Labelled<HistogramSeries>;

/** Series of one metric, at most: a label that is not bounded where it should be must not fill the memory. */
export const MOST_SERIES = 1_000;
const OTHER = 'other';

export function createMetrics(): Metrics {
  const families = new Map<string, { text(): string }>();
  const looks: (() => void | Promise<void>)[] = [];
  const add = <F extends { text(): string }>(name: string, family: F): F => {
    if (families.has(name)) throw new Error(`there are two metrics called ${name}`);
    families.set(name, family);
    return family;
  };
  return {
    counter: (name, help, labels = []) => add(name, new Plain(name, help, 'counter', labels)),
    gauge: (name, help, labels = []) => add(name, new Plain(name, help, 'gauge', labels)),
    histogram: (name, help, labels, bounds) => add(name, new Buckets(name, help, labels, bounds)),
    beforeReading: (look) => void looks.push(look),
    async read() {
      await Promise.allSettled(looks.map(async (look) => look()));
      return [...families.values()].map((family) => family.text()).join('');
    },
  };
}

/** The series of one metric, each a stretch of `width` numbers. */
class Family {
  readonly name: string;
  readonly labels: readonly string[];
  readonly #head: string;
  readonly #width: number;
  #places = new Map<string, number>();
  numbers: Float64Array;

  constructor(name: string, help: string, type: string, labels: readonly string[], width: number) {
    this.name = name;
    this.labels = labels;
    this.#head = `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
    this.#width = width;
    this.numbers = new Float64Array(width * 4);
  }

  /** Where the numbers of a series begin. */
  place(values: readonly string[]): number {
    if (values.length !== this.labels.length)
      throw new Error(`${this.name} has ${this.labels.length} labels`);
    const written = labelText(this.labels, values);
    const known = this.#places.get(written);
    if (known !== undefined) return known;
    const isFull = this.#places.size >= MOST_SERIES;
    const kept = isFull
      ? labelText(
          this.labels,
          values.map(() => OTHER),
        )
      : written;
    const place = this.#places.get(kept) ?? this.#places.size * this.#width;
    this.#places.set(kept, place);
    while (this.numbers.length < place + this.#width) this.#grow();
    return place;
  }

  get series(): Iterable<[labels: string, place: number]> {
    return this.#places;
  }

  get head(): string {
    return this.#head;
  }

  forget(): void {
    this.#places = new Map();
    this.numbers.fill(0);
  }

  #grow(): void {
    const more = new Float64Array(this.numbers.length * 2);
    more.set(this.numbers);
    this.numbers = more;
  }
}

/** Series by the values of their labels, so that asking for one again costs a look-up. */
class Known<Series> {
  readonly #make: (values: readonly string[]) => Series;
  readonly #known = new Map<string, Series>();

  constructor(make: (values: readonly string[]) => Series) {
    this.#make = make;
  }

  of(values: readonly string[]): Series {
    const key = values.length === 1 ? (values[0] ?? '') : values.join('\n');
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const made = this.#make(values);
    if (this.#known.size < MOST_SERIES) this.#known.set(key, made);
    return made;
  }

  forget(): void {
    this.#known.clear();
  }
}

class Plain {
  readonly #family: Family;
  readonly #known = new Known((values) => this.#series(values));

  constructor(name: string, help: string, type: 'counter' | 'gauge', labels: readonly string[]) {
    this.#family = new Family(name, help, type, labels, 1);
    if (labels.length === 0 && type === 'counter') this.#family.place([]);
  }

  with(...values: readonly string[]): CounterSeries & GaugeSeries {
    return this.#known.of(values);
  }

  #series(values: readonly string[]): CounterSeries & GaugeSeries {
    const family = this.#family;
    const place = family.place(values);
    return {
      add(amount = 1) {
        family.numbers[place] = (family.numbers[place] ?? 0) + amount;
      },
      set(value) {
        family.numbers[place] = value;
      },
    };
  }

  clear(): void {
    this.#known.forget();
    this.#family.forget();
  }

  text(): string {
    const { name, head, series, numbers } = this.#family;
    let text = head;
    for (const [labels, place] of series) text += `${name}${braced(labels)} ${said(numbers[place])}\n`;
    return text;
  }
}

class Buckets {
  readonly #family: Family;
  readonly #bounds: Float64Array;
  readonly #known = new Known((values) => this.#series(values));

  constructor(name: string, help: string, labels: readonly string[], bounds: readonly number[]) {
    // A count for each bound, one for what is above, and the sum.
    this.#family = new Family(name, help, 'histogram', labels, bounds.length + 2);
    this.#bounds = Float64Array.from(bounds);
    if (labels.length === 0) this.#family.place([]);
  }

  with(...values: readonly string[]): HistogramSeries {
    return this.#known.of(values);
  }

  #series(values: readonly string[]): HistogramSeries {
    const family = this.#family;
    const bounds = this.#bounds;
    const most = bounds.length;
    const place = family.place(values);
    return {
      observe(value) {
        let i = 0;
        while (i < most && value > (bounds[i] ?? 0)) i += 1;
        const { numbers } = family;
        numbers[place + i] = (numbers[place + i] ?? 0) + 1;
        numbers[place + most + 1] = (numbers[place + most + 1] ?? 0) + value;
      },
    };
  }

  text(): string {
    const { name, head, series, numbers } = this.#family;
    const bounds = this.#bounds;
    let text = head;
    for (const [labels, place] of series) {
      let count = 0;
      for (let i = 0; i <= bounds.length; i += 1) {
        count += numbers[place + i] ?? 0;
        const le = `le="${i < bounds.length ? said(bounds[i]) : '+Inf'}"`;
        text += `${name}_bucket${braced(labels === '' ? le : `${labels},${le}`)} ${count}\n`;
      }
      text += `${name}_sum${braced(labels)} ${said(numbers[place + bounds.length + 1])}\n`;
      text += `${name}_count${braced(labels)} ${count}\n`;
    }
    return text;
  }
}

const labelText = (names: readonly string[], values: readonly string[]): string =>
  names.map((name, i) => `${name}="${escaped(values[i] ?? '')}"`).join(',');

const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

const braced = (labels: string): string => (labels === '' ? '' : `{${labels}}`);

const said = (value = 0): string => {
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';
};
