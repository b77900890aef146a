import { TOKEN_LENGTH } from '../domain/code.ts';
import { CHANNELS, DATACODINGS } from '../domain/message.ts';
import { type Finding, type Lint, lintTemplate } from '../domain/words/lint.ts';
import { amountOf, costsOf, type ProviderCost } from '../domain/words/lint-costs.ts';
import { type Command, type Given, WrongUsage } from './command.ts';
import { readSettings } from './store-tools.ts';

export const lint: Command = {
  does: 'Explains a template: segments, cost, lost and hidden characters, links',
  words: ['TEMPLATE'],
  options: {
    channel: { type: 'string' },
    datacoding: { type: 'string' },
    digits: { type: 'string' },
    'app-host': { type: 'string' },
    'app-hash': { type: 'string' },
    country: { type: 'string' },
  },
  optionWords: [
    ['--channel sms', `one of ${CHANNELS.join(', ')} (sms)`],
    ['--datacoding auto', `one of ${DATACODINGS.join(', ')} (plain, as in Verify)`],
    ['--digits 6', 'of the code (6)'],
    ['--app-host bank.example', 'adds the line by which a browser fills the code in'],
    ['--app-hash FA+9qCX9VSu', 'adds the hash of an Android app'],
    ['--country NL', 'where it would be sent, for what it costs'],
  ],
  more: [
    'Nothing is sent. Hosts, hashes and prices are those of the configuration file.',
    'Ends with 0 when a create takes it, and with 1 when it is refused.',
  ],
  examples: [
    "roost lint 'Your code is: %token'",
    "roost lint 'Ваш код: %token' --datacoding auto --country UA",
  ],
  async run(surroundings, given) {
    const { policy, prices } = readSettings(surroundings);
    const draft = draftOf(given);
    const told = lintTemplate(draft, policy);
    const country = optionOf(given, 'country', /^[A-Z]{2}$/, 'two capital letters, such as NL');
    const costs = costsOf(prices, draft.channel, country, told.segments?.segments ?? 1);
    const { isTaken, ...rest } = told;
    const amounts = costs.map(({ provider, cost }) => ({
      ...{ provider, amount: amountOf(cost), currency: cost.currency },
    }));
    return {
      json: { taken: isTaken, ...rest, costs: amounts },
      text: linesOf(told, costs),
      exitCode: isTaken ? 0 : 1,
    };
  },
};

function draftOf(given: Given) {
  const digits = Number(
    optionOf(given, 'digits', /^(?:[6-9]|10)$/, 'a number from 6 to 10') ?? TOKEN_LENGTH.usual,
  );
  return {
    template: given.words[0] ?? '',
    channel: choiceOf(given, 'channel', CHANNELS) ?? 'sms',
    datacoding: choiceOf(given, 'datacoding', DATACODINGS) ?? 'plain',
    tokenLength: digits,
    appHost: optionOf(given, 'app-host', /./, 'a host'),
    appHash: optionOf(given, 'app-hash', /./, 'a hash'),
  };
}

function choiceOf<T extends string>({ options }: Given, name: string, known: readonly T[]): T | null {
  const value = options[name];
  if (value === undefined) return null;
  const found = known.find((one) => one === value);
  if (found === undefined) throw new WrongUsage(`--${name} must be one of ${known.join(', ')}`);
  return found;
}

function optionOf({ options }: Given, name: string, right: RegExp, what: string): string | null {
  const value = options[name];
  if (value === undefined) return null;
  if (typeof value !== 'string' || !right.test(value)) throw new WrongUsage(`--${name} must be ${what}`);
  return value;
}

function linesOf(
  { isTaken, text, segments, findings, suggestion }: Lint,
  costs: readonly ProviderCost[],
): string[] {
  const size =
    segments === null
      ? []
      : [
          `${segments.segments === 1 ? 'One segment' : `${segments.segments} segments`} ` +
            `of ${segments.encoding === 'gsm7' ? 'GSM-7' : 'Unicode'}: ${segments.units} of ${segments.capacity} characters.`,
        ];
  return [
    ...(text === null ? [] : [...text.split('\n').map((line) => `  ${line}`), '']),
    ...size,
    ...costs.map(({ provider, cost }) => `By ${provider} it costs ${amountOf(cost)} ${cost.currency}.`),
    ...findings.map(lineOf),
    ...(suggestion === null ? [] : ['Better:', ...suggestion.split('\n').map((line) => `  ${line}`)]),
    isTaken ? 'A create takes it.' : 'A create refuses it.',
  ];
}

const lineOf = ({ level, message, found }: Finding): string => {
  const about = found.length === 0 ? '' : ` (${found.join(' ')})`;
  return `${level === 'refused' ? 'Refused' : 'Advice'}: ${message}${about}`;
};
