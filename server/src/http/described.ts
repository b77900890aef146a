import { Type } from 'typebox';

/** Pieces of the OpenAPI document that every door describes alike. */

export const nullable = (schema: object) => Type.Unsafe({ anyOf: [schema, { type: 'null' }] });

const Errors = Type.Object(
  {
    errors: Type.Array(
      Type.Object(
        {
          code: Type.Integer({ description: '2, 9, 10, 20, 21, 98, 99 or 100.' }),
          description: Type.String({ description: 'What is wrong, as a sentence that may be shown.' }),
          parameter: nullable(Type.String()),
        },
        { additionalProperties: false },
      ),
      { minItems: 1 },
    ),
  },
  { title: 'Errors', additionalProperties: false },
);

type ErrorExample = readonly [code: number, description: string, parameter: string | null];
/** What a caller may meet, by a name in words; each a list of errors. */
export type ErrorExamples = { readonly [situation: string]: readonly ErrorExample[] };

type Header = { readonly type: string; readonly description: string };
type Headers = { readonly [name: string]: Header };

/** An answer with a JSON body. `examples` by a name in words. */
export function answer(
  description: string,
  schema: object,
  examples: { readonly [name: string]: unknown } = {},
  headers: Headers = {},
): object {
  const shown = Object.entries(examples).map(([name, value]) => [keyOf(name), { summary: name, value }]);
  const media = shown.length === 0 ? { schema } : { schema, examples: Object.fromEntries(shown) };
  return {
    description,
    headers,
    content: { 'application/json': media },
  };
}

/** An answer in the error envelope. */
export function refusal(description: string, examples: ErrorExamples, headers: Headers = {}): object {
  const bodies = Object.entries(examples).map(([name, errors]) => [name, { errors: errors.map(asObject) }]);
  return answer(description, Errors, Object.fromEntries(bodies), headers);
}

/** An answer without a body. */
export const nothing = (description: string): object => ({ description, type: 'null' });

const asObject = ([code, description, parameter]: ErrorExample) => ({ code, description, parameter });
const keyOf = (name: string): string => name.replaceAll(/[^A-Za-z0-9]+/g, '-').toLowerCase();

export const retryAfter: Header = {
  type: 'integer',
  description: 'Seconds until the same request may succeed.',
};

export const unauthorized = refusal('The access key is missing, wrong, in the URL, or not for this.', {
  'Unknown key': [[2, 'Request not allowed (incorrect access_key)', 'access_key']],
  'Key without the scope': [[2, 'Request not allowed (the access_key needs the scope …)', 'access_key']],
});

/** The header by which a create is done once, however often it is sent. */
export const idempotencyKey = Type.Object({
  'Idempotency-Key': Type.Optional(
    Type.String({
      ...{
        description:
          'A key of your own: repeats with it within 24 hours make nothing and get the same answer.',
      },
      ...{ minLength: 1, maxLength: 255 },
    }),
  ),
});
