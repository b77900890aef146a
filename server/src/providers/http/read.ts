import { Compile } from 'typebox/compile';
import { CHANNELS, type Channel, type Money } from '../../domain/message.ts';
import { nearest } from '../../kernel/did-you-mean.ts';
import type { Receipts } from '../provider.ts';
import { moneyOf } from '../reading.ts';
import {
  baseUrl,
  choices,
  isRecord,
  optional,
  readSettings,
  type Schema,
  schemaOf,
  text,
} from '../settings.ts';
import { DESCRIPTION, Description, type ReceiptDescription } from './description.ts';
import { MESSAGE_NAMES, type Validity } from './names.ts';
import type { Preset } from './preset.ts';
import { PRESETS } from './presets.ts';
import { readRequest, type WriteRequest } from './request.ts';
import { type Readable, readSelector, type Selector } from './selector.ts';
import { type CheckSignature, readSignature } from './signature.ts';
import type { Lookup } from './template.ts';

type ReadMoney = (readable: Readable) => Money | null;

/** A description, read and ready for use. */
export type Reader = {
  readonly send: WriteRequest;
  readonly validity: Validity | null;
  readonly outcomes: readonly {
    readonly outcome: 'accepted' | 'refused' | 'busy' | 'unknown';
    fits(status: number, readable: Readable): boolean;
  }[];
  readonly reference: Selector | null;
  readonly errorCode: Selector | null;
  readonly cost: ReadMoney | null;
  readonly receipts: {
    readonly status: Selector;
    readonly delivered: readonly string[];
    readonly undelivered: readonly string[];
    readonly reference: Selector | null;
    readonly reason: Selector | null;
    readonly cost: ReadMoney | null;
    readonly checkSignature: CheckSignature | null;
    readonly answer: Receipts['answer'];
  } | null;
  readonly check: { readonly write: WriteRequest; readonly note: Selector | null } | null;
};

export type Gateway = {
  readonly channels: readonly Channel[];
  readonly originator: string | null;
  readonly values: Lookup;
  readonly reader: Reader;
};

const FIELDS = {
  channels: optional(
    choices('what it carries; with a preset all that the preset can unless given', CHANNELS),
  ),
  originator: optional(text('the sender of every message; otherwise the originator of the create')),
  baseUrl: optional(baseUrl('https://gateway.example', 'what {baseUrl} stands for')),
};
const OWN = Object.keys(DESCRIPTION);
const PASSED = ['kind', 'preset', 'values'];

export const HTTP_SECRETS = ['values', 'send', 'check', 'receipt'] as const;

/** JSON Schema of the settings: those of a preset, or a whole description. */
export function httpSchema(about: string): Schema {
  const { properties } = schemaOf(FIELDS, about) as { readonly properties: Record<string, Schema> };
  const values = {
    type: 'object',
    description: 'what names in templates stand for, such as keys; never shown',
    additionalProperties: { type: 'string', minLength: 1, maxLength: 8_192 },
  };
  const preset = { enum: Object.keys(PRESETS), description: 'a gateway that needs no description' };
  return {
    type: 'object',
    description: about,
    additionalProperties: false,
    properties: { preset, values, ...properties, ...Description.properties },
    oneOf: [
      { required: ['preset', 'values'], not: { anyOf: OWN.map((name) => ({ required: [name] })) } },
      { required: ['channels', 'send', 'outcomes'], not: { required: ['preset'] } },
    ],
  };
}

/** Reads the settings of a gateway; null when something is wrong, which is noted then. */
export function readGateway(
  given: Readonly<Record<string, unknown>>,
  at: string,
  problems: string[],
): Gateway | null {
  const before = problems.length;
  const preset = presetOf(given.preset, at, problems);
  const settings = readSettings(FIELDS, given, at, problems, preset === null ? [...PASSED, ...OWN] : PASSED);
  const given_ = given.values ?? {};
  if (!isRecord(given_)) problems.push(`${at}.values: set an object of texts, such as { "apiKey": "…" }`);
  const values = isRecord(given_)
    ? readValues(given_, preset, `${at}.values`, problems)
    : new Map<string, string>();
  const base = settings?.baseUrl ?? preset?.baseUrl ?? null;
  if (preset !== null && base === null) problems.push(`${at}.baseUrl: set the address of your account's API`);
  if (base !== null) values.set('baseUrl', base);
  const description = preset === null ? readDescription(given, at, problems) : preset.description;
  const channels = settings?.channels ?? preset?.channels ?? null;
  if (channels === null && settings !== null)
    problems.push(`${at}.channels: set what it carries, such as ["sms"]`);
  if (description === null || problems.length > before || settings === null || channels === null) return null;
  const foreign = preset === null ? [] : channels.filter((channel) => !preset.channels.includes(channel));
  if (foreign.length > 0)
    problems.push(`${at}.channels: ${given.preset} does not carry ${foreign.join(', ')}`);
  const lookup: Lookup = (name) => values.get(name) ?? null;
  const names = ['baseUrl', ...values.keys(), ...Object.keys(preset?.values ?? {})];
  const reader = readReader(description, lookup, names, at, problems);
  if (problems.length > before) return null;
  return { channels, originator: settings.originator, values: lookup, reader };
}

function presetOf(name: unknown, at: string, problems: string[]): Preset | null {
  if (name === undefined || name === null) return null;
  const preset = typeof name === 'string' && Object.hasOwn(PRESETS, name) ? PRESETS[name] : undefined;
  if (preset !== undefined) return preset;
  problems.push(
    `${at}.preset: set one of ${Object.keys(PRESETS).join(', ')}, or describe the gateway without it`,
  );
  return null;
}

function readValues(
  given: Readonly<Record<string, unknown>>,
  preset: Preset | null,
  at: string,
  problems: string[],
): Map<string, string> {
  const values = new Map<string, string>();
  const reserved: readonly string[] = ['baseUrl', ...MESSAGE_NAMES];
  for (const [name, value] of Object.entries(given)) {
    if (preset !== null && !Object.hasOwn(preset.values, name)) {
      const meant = nearest(name, Object.keys(preset.values));
      problems.push(
        `${at}.${name}: there is no such value${meant === null ? '' : `; did you mean ${at}.${meant}?`}`,
      );
    } else if (!/^\w{1,60}$/.test(name) || reserved.includes(name)) {
      problems.push(`${at}.${name}: set a name of letters and digits that no message has, such as apiKey`);
    } else if (typeof value !== 'string' || value === '' || value.length > 8_192) {
      problems.push(`${at}.${name}: set a text`);
    } else values.set(name, value);
  }
  for (const [name, { description, isOptional }] of Object.entries(preset?.values ?? {})) {
    if (isOptional !== true && given[name] === undefined)
      problems.push(`${at}.${name}: set it: ${description}`);
  }
  return values;
}

const compiled = Compile(Description);

/** Holds a description against its schema, and says in one line each what is wrong and what would be right. */
function readDescription(
  given: Readonly<Record<string, unknown>>,
  at: string,
  problems: string[],
): Description | null {
  const own = Object.fromEntries(Object.entries(given).filter(([name]) => OWN.includes(name)));
  if (compiled.Check(own)) return own;
  const seen = new Set<string>();
  for (const { instancePath, keyword, params, message } of compiled.Errors(own)) {
    const path = at + instancePath.replaceAll('/', '.');
    if (keyword === 'boolean' || seen.has(path)) continue;
    seen.add(path);
    if (keyword === 'required') {
      const names = (params as { readonly requiredProperties: string[] }).requiredProperties;
      for (const name of names)
        problems.push(`${path}.${name}: set it: ${aboutAt(`${instancePath}/${name}`)}`);
    } else if (keyword === 'additionalProperties') {
      const names = (params as { readonly additionalProperties: string[] }).additionalProperties;
      for (const name of names) problems.push(`${path}.${name}: there is no such setting`);
    } else problems.push(`${path}: set ${aboutAt(instancePath) || message}`);
  }
  return null;
}

/** The description that the schema gives for the place of a value. */
function aboutAt(instancePath: string): string {
  let here: unknown = Description;
  for (const step of instancePath.split('/').slice(1)) {
    if (!isRecord(here)) return '';
    const within = isRecord(here.properties) ? here.properties[step] : undefined;
    here =
      within ??
      here.items ??
      (isRecord(here.patternProperties) ? Object.values(here.patternProperties)[0] : undefined);
  }
  return isRecord(here) && typeof here.description === 'string' ? here.description : '';
}

function readReader(
  description: Description,
  values: Lookup,
  names: readonly string[],
  at: string,
  problems: string[],
): Reader {
  const select = (source: string | undefined, place: string): Selector | null => {
    if (source === undefined) return null;
    const selector = readSelector(source);
    if (typeof selector !== 'string') return selector;
    problems.push(`${at}.${place}: ${selector}`);
    return null;
  };
  const money = (cost: Description['cost'], place: string): ReadMoney | null => {
    const amount = select(cost?.amount, `${place}.amount`);
    const currency = select(cost?.currency, `${place}.currency`);
    if (amount === null || currency === null) return null;
    return (readable) => moneyOf(amount(readable), currency(readable));
  };
  const { send, outcomes, receipt, check } = description;
  return {
    send: readRequest(send, [...MESSAGE_NAMES, ...names], `${at}.send`, problems),
    validity: send.validity ?? null,
    outcomes: outcomes.map(({ status, where, is, outcome }, i) => {
      const selector = select(where, `outcomes.${i}.where`);
      const fitsStatus = (given: number) =>
        status?.some((wanted) => wanted === String(given) || wanted === `${String(given).slice(0, 1)}xx`) ??
        true;
      const fitsFound = (found: string | null) =>
        found !== null && (is?.some((word) => isWord(found, word)) ?? true);
      return {
        outcome,
        fits: (given, readable) => fitsStatus(given) && (selector === null || fitsFound(selector(readable))),
      };
    }),
    reference: select(description.reference, 'reference'),
    errorCode: select(description.errorCode, 'errorCode'),
    cost: money(description.cost, 'cost'),
    receipts: receipt === undefined ? null : readReceipts(receipt, values, select, money, at, problems),
    check:
      check === undefined
        ? null
        : {
            write: readRequest(check, names, `${at}.check`, problems),
            note: select(check.note, 'check.note'),
          },
  };
}

function readReceipts(
  receipt: ReceiptDescription,
  values: Lookup,
  select: (source: string | undefined, place: string) => Selector | null,
  money: (cost: Description['cost'], place: string) => ReadMoney | null,
  at: string,
  problems: string[],
): Reader['receipts'] {
  const { signature, delivered, undelivered } = receipt;
  return {
    status: select(receipt.status, 'receipt.status') ?? (() => null),
    ...{ delivered, undelivered },
    reference: select(receipt.reference, 'receipt.reference'),
    reason: select(receipt.reason, 'receipt.reason'),
    cost: money(receipt.cost, 'receipt.cost'),
    checkSignature:
      signature === undefined ? null : readSignature(signature, values, `${at}.receipt.signature`, problems),
    answer: receipt.answer ?? { status: 200, type: 'text/plain; charset=utf-8', body: '' },
  };
}

/** `FLOOD_*` fits whatever begins so. */
const isWord = (found: string, word: string): boolean =>
  word.endsWith('*') ? found.startsWith(word.slice(0, -1)) : found === word;
