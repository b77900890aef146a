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
