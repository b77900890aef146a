import SerializerSelector from '@fastify/fast-json-stringify-compiler';
import type { FastifySerializerCompiler } from 'fastify';

type Serialize = ReturnType<FastifySerializerCompiler<unknown>>;

const compile = SerializerSelector()() as FastifySerializerCompiler<unknown>;
const compiled = new Map<string, Serialize>();

/**
 * Fastify's own writer of answers, made once for each schema: most routes share those of their refusals, and to make
 * one takes longer than all the rest of a route.
 */
export const compileSerializer: FastifySerializerCompiler<unknown> = (route) => {
  const schema = JSON.stringify(route.schema);
  const found = compiled.get(schema) ?? compile(route);
  compiled.set(schema, found);
  return found;
};
