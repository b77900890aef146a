import { addDurations, type Durations, type Gathering, type PackedDurations, packed } from './durations.ts';

/** What is counted of the verifications of one time, all counted when they were made, whatever happened when. */
export const COUNTS = [
  'created',
  /** Those of which a message was handed to a provider; of which one arrived, by its receipt. */
  'sent',
  'delivered',
  'verified',
  'failed',
  'expired',
  'deleted',
  /** Messages: a code may take several. */
  'messages',
  'accepted',
  'arrived',
  'lost',
  /** Codes that the guard did not let out. */
  'refused',
] as const;
export type CountName = (typeof COUNTS)[number];

export type Figures = { readonly [name in CountName]: number } & {
  /** Millionths of each currency, of messages that a provider took. */
  readonly costs: { readonly [currency: string]: number };
  /** From the create to the first receipt; of a provider from its message to that one's receipt. Not by country or channel. */
  readonly toDelivery: Durations;
  /** From the create to the right code. Not by provider. */
  readonly toVerification: Durations;
};
/** As they are kept. */
export type KeptFigures = Omit<Figures, 'toDelivery' | 'toVerification'> & {
  readonly toDelivery: PackedDurations;
  readonly toVerification: PackedDurations;
};
export type KeptBook = ReadonlyMap<string, ReadonlyMap<string, KeptFigures>>;
export type Tally = { -readonly [name in CountName]: number } & {
  costs: { [currency: string]: number };
  toDelivery: Gathering;
  toVerification: Gathering;
};

/** By what figures are told apart. `all` has one name, the empty one. */
export const FACETS = ['all', 'country', 'channel', 'provider', 'rule'] as const;
export type Facet = (typeof FACETS)[number];
/** Country of e-mail, and of numbers that belong to none. */
export const NO_COUNTRY = 'ZZ';

/** Figures by `mode project`, facet and name. */
export type FigureBook = Map<string, Map<string, Tally>>;

export const groupOf = (mode: string, projectId: string): string => `${mode} ${projectId}`;
export const entryOf = (facet: Facet, name: string): string => `${facet} ${name}`;

export function blank(): Tally {
  const counts = Object.fromEntries(COUNTS.map((name) => [name, 0])) as { [name in CountName]: number };
  return { ...counts, costs: {}, toDelivery: new Map(), toVerification: new Map() };
}

export function tallyIn(book: FigureBook, group: string, entry: string): Tally {
  let entries = book.get(group);
  if (entries === undefined) {
    entries = new Map();
    book.set(group, entries);
  }
  let tally = entries.get(entry);
  if (tally === undefined) {
    tally = blank();
    entries.set(entry, tally);
  }
  return tally;
}

export function addFigures(into: Tally, more: Figures | KeptFigures): void {
  for (const name of COUNTS) into[name] += more[name];
  for (const [currency, micros] of Object.entries(more.costs)) {
    into.costs[currency] = (into.costs[currency] ?? 0) + micros;
  }
  addDurations(into.toDelivery, more.toDelivery);
  addDurations(into.toVerification, more.toVerification);
}

export function addBook(into: FigureBook, more: KeptBook): void {
  for (const [group, entries] of more) {
    for (const [entry, figures] of entries) addFigures(tallyIn(into, group, entry), figures);
  }
}

type Written = [
  counts: number[],
  costs: object,
  toDelivery: PackedDurations,
  toVerification: PackedDurations,
];

export function writeBook(book: FigureBook): string {
  const groups = [...book].map(([group, entries]) => [
    group,
    Object.fromEntries(
      [...entries].map(([entry, { costs, toDelivery, toVerification, ...counts }]): [string, Written] => [
        entry,
        [COUNTS.map((name) => counts[name]), costs, packed(toDelivery), packed(toVerification)],
      ]),
    ),
  ]);
  return JSON.stringify(Object.fromEntries(groups));
}

export function readBook(text: string): KeptBook {
  const written = JSON.parse(text) as { [group: string]: { [entry: string]: Written } };
  return new Map(
    Object.entries(written).map(([group, entries]) => [
      group,
      new Map(
        Object.entries(entries).map(([entry, [counts, costs, toDelivery, toVerification]]) => [
          entry,
          {
            ...(Object.fromEntries(COUNTS.map((name, i) => [name, counts[i] ?? 0])) as {
              [name in CountName]: number;
            }),
            costs: costs as Tally['costs'],
            toDelivery,
            toVerification,
          },
        ]),
      ),
    ]),
  );
}
