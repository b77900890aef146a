import fc from 'fast-check';

/** As much of JSON Schema as the document of the wire uses. */
export type Schema = {
  readonly type?: 'object' | 'string' | 'integer' | 'boolean' | 'array' | 'null' | 'number';
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: { readonly [name: string]: Schema };
  readonly required?: readonly string[];
  readonly examples?: readonly unknown[];
};
type Body = { readonly content?: { readonly [type: string]: { readonly schema: Schema } } };
type Parameter = {
  readonly in: string;
  readonly name: string;
  readonly required?: boolean;
  readonly schema: Schema;
};
export type Operation = {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | null;
  readonly responses: { readonly [status: string]: Body };
};

type Document = {
  readonly paths: {
    readonly [path: string]: {
      readonly [method: string]: {
        readonly operationId?: string;
        readonly tags?: readonly string[];
        readonly parameters?: readonly Parameter[];
        readonly requestBody?: Body;
        readonly responses: { readonly [status: string]: Body };
      };
    };
  };
};

/** The operations that a tag groups, as the document tells them. */
export function operationsOf(document: Document, tag: string): readonly Operation[] {
  const { paths } = referred(document, document) as Document;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, told]) => told.tags?.includes(tag) === true)
      .map(([method, told]) => ({
        id: told.operationId ?? `${method} ${path}`,
        method: method.toUpperCase(),
        path,
        parameters: told.parameters ?? [],
        body: told.requestBody?.content?.['application/json']?.schema ?? null,
        responses: told.responses,
      })),
  );
}

/** The same with every `$ref` replaced by what it points to; the wire's schemas do not contain themselves. */
function referred(part: unknown, document: unknown): unknown {
  if (Array.isArray(part)) return part.map((each) => referred(each, document));
  if (typeof part !== 'object' || part === null) return part;
  if ('$ref' in part) return referred(pointedAt(document, String(part.$ref)), document);
  return Object.fromEntries(Object.entries(part).map(([name, each]) => [name, referred(each, document)]));
}

function pointedAt(document: unknown, reference: string): unknown {
  const names = reference.replace(/^#\//, '').split('/');
  return names.reduce((part, name) => (part as { [name: string]: unknown })[name], document);
}

/** Values that a schema describes, its examples among them. */
export function valid(schema: Schema): fc.Arbitrary<unknown> {
  const drawn = described(schema);
  return schema.examples === undefined ? drawn : fc.oneof(drawn, fc.constantFrom(...schema.examples));
}

function described(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(valid));
  switch (schema.type) {
    case 'object': {
      const properties = Object.entries(schema.properties ?? {}).map(([name, each]) => [name, valid(each)]);
      const requiredKeys = [...(schema.required ?? [])];
      return fc.record(Object.fromEntries(properties) as { [name: string]: fc.Arbitrary<unknown> }, {
        requiredKeys,
        noNullPrototype: true,
      });
    }
    case 'string':
      if (schema.pattern !== undefined) return fc.stringMatching(new RegExp(schema.pattern));
      return fc.string({ unit: 'grapheme', maxLength: Math.min(schema.maxLength ?? 40, 300) });
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -1_000_000, max: schema.maximum ?? 999_999_999_999 });
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(fc.jsonValue({ maxDepth: 1 }), { maxLength: 3 });
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

/** Values of every JSON type, most of which no schema describes. */
export const anything: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(
    null,
    '',
    ' ',
    0,
    -1,
    1.5,
    1e308,
    2 ** 53,
    true,
    [],
    {},
    [[]],
    '\u0000',
    '9'.repeat(400),
    '%',
    '../',
  ),
);
