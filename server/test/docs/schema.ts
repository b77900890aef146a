import { FIELDS, FOR, MODES, OF, ON } from '../../src/config/guard.ts';
import { MOST_LISTED, SAFE_ENTRY } from '../../src/config/guard-lists.ts';
import { STEP_UP_BOUNDS, WAYS } from '../../src/config/guard-step-up.ts';
import { PROJECT } from '../../src/config/routes.ts';
import { LINES } from '../../src/domain/guard/ranges.ts';
import { type Rule, STANDARD_RULES } from '../../src/domain/guard/rules.ts';
import { CHANNELS } from '../../src/domain/message.ts';
import { PROVIDER_KINDS } from '../../src/providers/kinds.ts';

type Json = { readonly [name: string]: unknown };

const VARIABLE = {
  type: 'string',
  pattern: '\\$\\{[A-Za-z_]\\w*\\}',
  description: 'filled in from the environment',
};

/**
 * The part `providers` of the published schema, as the kinds of providers describe their settings. A text with a form of
 * its own may also be one that the environment fills in.
 */
export function providersSchema(): Json {
  const kinds = Object.entries(PROVIDER_KINDS);
  return {
    type: 'object',
    description: 'Providers of messages, by the names that routes call them',
    propertyNames: { pattern: '^(?!sandbox$)[a-z0-9][a-z0-9-]{0,39}$' },
    additionalProperties: {
      type: 'object',
      required: ['kind'],
      properties: { kind: { enum: kinds.map(([kind]) => kind) } },
      allOf: kinds.map(([kind, { schema }]) => ({
        if: { properties: { kind: { const: kind } }, required: ['kind'] },
        // biome-ignore lint/suspicious/noThenProperty: that is what JSON Schema calls it
        then: withKind(fillable(schema) as Json, kind),
      })),
    },
  };
}

const withKind = (schema: Json, kind: string): Json => ({
  ...schema,
  properties: { kind: { const: kind }, ...(schema.properties as Json) },
});

function fillable(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(fillable);
  if (typeof schema !== 'object' || schema === null) return schema;
  const given = schema as Json;
  if (given.type === 'string' && (given.pattern !== undefined || given.format !== undefined)) {
    const { description, default: usual, ...own } = given;
    const told = { ...(description === undefined ? {} : { description }) };
    return { ...told, ...(usual === undefined ? {} : { default: usual }), anyOf: [own, VARIABLE] };
  }
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, name === 'pattern' ? value : fillable(value)]),
  );
}

const RULE_NAME = '^[a-z][a-z0-9-]{0,39}$';
const oneOrMore = (item: Json, description: string): Json => ({
  description,
  oneOf: [item, { type: 'array', minItems: 1, maxItems: 1000, uniqueItems: true, items: item }],
});
const countries = (description: string): Json => {
  const country = { type: 'string', pattern: '^[A-Z]{2}$' };
  const list = { type: 'array', maxItems: 1000, uniqueItems: true, items: country };
  return { description, oneOf: [{ const: '*' }, country, list] };
};
const closed = (properties: Json, more: Json = {}): Json => ({
  ...{ type: 'object', additionalProperties: false, ...more, properties },
});

function changesOf(kind: Rule['kind']): Json {
  const numbers = Object.entries(FIELDS[kind]).map(([name, { least, most }]) => [
    name,
    { type: 'integer', minimum: least, maximum: most },
  ]);
  const seconds = { type: 'integer', minimum: 0, maximum: 86_400 };
  return {
    ...Object.fromEntries(numbers),
    ...(kind === 'cool-down'
      ? { waitsSeconds: { type: 'array', minItems: 1, maxItems: 20, items: seconds } }
      : {}),
    ...(kind === 'limit' ? { channels: oneOrMore({ enum: CHANNELS }, 'Only codes of these channels') } : {}),
  };
}

const LINES_ALONE = oneOrMore({ enum: LINES }, 'Of a limit on lines: only numbers of these kinds');

/** The part `guard` of the published schema, with the bounds of its reader. */
export function guardSchema(): Json {
  const mode = { enum: MODES, description: 'monitor: judged and written down, refuses nothing' };
  const own = closed(
    {
      mode,
      on: { enum: ON },
      of: { enum: OF },
      for: { enum: FOR },
      ...changesOf('limit'),
      lines: LINES_ALONE,
    },
    {
      required: ['on', 'most'],
      dependentSchemas: { lines: { properties: { on: { const: 'line' } } } },
      if: { properties: { for: { const: 'texts' } }, required: ['for'] },
      // biome-ignore lint/suspicious/noThenProperty: that is what JSON Schema calls it
      then: {
        properties: {
          on: { not: { enum: ['network', 'device', 'user'] } },
          of: { enum: ['sends', 'micros'] },
        },
      },
      else: {
        if: { properties: { on: { const: 'recipient' } } },
        // biome-ignore lint/suspicious/noThenProperty: that is what JSON Schema calls it
        then: { properties: { of: { const: 'sends' } } },
      },
    },
  );
  const safe = { type: 'array', maxItems: MOST_LISTED, items: { type: 'string', pattern: SAFE_ENTRY } };
  const prefix = { type: 'string', pattern: '^\\+[1-9]\\d{0,14}$' };
  const amount = (description: string) => ({
    type: 'number',
    minimum: 0,
    maximum: 1_000_000_000,
    description,
  });
  return closed(
    {
      countries: countries('The countries that codes may be sent to (ISO 3166-1); * for all'),
      voice: countries('The countries that calls may be made to'),
      money: closed(
        {
          perDay: amount('For a project'),
          perKeyAndDay: amount('For an access key'),
          perCountryAndDay: amount('For a country'),
          perBlockAndDay: amount('For a block of 10,000 numbers'),
          perHour: amount('For a project, within an hour'),
          perKeyAndHour: amount('For an access key, within an hour'),
          perCountryAndHour: amount('For a country, within an hour'),
        },
        { description: 'What may be spent within 24 hours, in the currency of the prices' },
      ),
      rules: {
        ...{
          type: 'object',
          description: 'Standard rules with what is to be different, and limits of your own',
        },
        propertyNames: { pattern: RULE_NAME },
        properties: Object.fromEntries(
          STANDARD_RULES.map(({ id, kind }) => [id, closed({ mode, ...changesOf(kind) })]),
        ),
        additionalProperties: own,
      },
      stepUp: closed(
        {
          ways: { type: 'array', minItems: 1, uniqueItems: true, items: { enum: WAYS } },
          ...Object.fromEntries(
            Object.entries(STEP_UP_BOUNDS).map(([name, [minimum, maximum]]) => [
              name,
              { type: 'integer', minimum, maximum },
            ]),
          ),
        },
        { required: ['ways'], description: 'What callers may do where a crowd is refused' },
      ),
      lists: closed(
        {
          disposable: { type: 'array', maxItems: MOST_LISTED, items: prefix },
          ported: { type: 'array', maxItems: MOST_LISTED, items: prefix },
          safe: {
            description:
              'Numbers, or beginnings with * behind them, that you vouch for: for every project, or by project',
            oneOf: [
              safe,
              {
                type: 'object',
                propertyNames: { pattern: PROJECT.source },
                additionalProperties: safe,
              },
            ],
          },
        },
        {
          description:
            'Numbers that are known to be disposable or lately ported, and those that you vouch for',
        },
      ),
      drafts: {
        ...{
          type: 'object',
          description: 'Rules as they would be, judged and written down beside those in force',
        },
        properties: Object.fromEntries(STANDARD_RULES.map(({ id, kind }) => [id, closed(changesOf(kind))])),
        additionalProperties: closed(changesOf('limit')),
      },
    },
    { description: 'What keeps codes from being sent that nobody asked for' },
  );
}
