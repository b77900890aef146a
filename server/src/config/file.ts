import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Environment, isObject, unknownName } from './reading.ts';

const USUAL_FILE = 'roost.config.json';
/** The parts of the configuration file. */
export const PARTS = ['policy', 'providers', 'routes', 'prices', 'templates', 'guard'] as const;
export type Parts = { readonly [part in (typeof PARTS)[number]]?: unknown };

/**
 * The configuration file with the variables of the environment filled in; empty when there is none. Notes what is
 * wrong with the file itself, the names in it that mean nothing, and every variable that is missing.
 */
export function readParts(env: Environment, folder: string, problems: string[]): Parts {
  const file = resolve(folder, env.ROOST_CONFIG ?? USUAL_FILE);
  if (!existsSync(file)) {
    if (env.ROOST_CONFIG !== undefined) problems.push(`ROOST_CONFIG: there is no file ${env.ROOST_CONFIG}`);
    return {};
  }
  const content = readObject(file, problems);
  const known: readonly string[] = PARTS;
  for (const name of Object.keys(content)) {
    if (name !== '$schema' && !known.includes(name)) problems.push(unknownName(name, PARTS));
  }
  if (content.$schema !== undefined && typeof content.$schema !== 'string') {
    problems.push('$schema: set the address of the schema, such as "./roost.schema.json"');
  }
  return Object.fromEntries(
    PARTS.filter((name) => content[name] !== undefined).map((name) => [
      name,
      filledIn(content[name], name, env, problems),
    ]),
  );
}

function readObject(file: string, problems: string[]): Record<string, unknown> {
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (isObject(content)) return content;
    problems.push(`${file}: it must hold one JSON object`);
  } catch (error) {
    problems.push(`${file}: ${error instanceof SyntaxError ? 'it is not valid JSON' : 'it cannot be read'}`);
  }
  return {};
}

/** `${NAME}` in a text; `$${NAME}` stands for itself. */
const VARIABLE = /\$(\$?)\{([A-Za-z_]\w*)\}/g;

/** Fills the environment into every text of a value. What a variable holds is never told. */
function filledIn(value: unknown, path: string, env: Environment, problems: string[]): unknown {
  if (typeof value === 'string') {
    return value.replace(VARIABLE, (whole, literal: string, name: string) => {
      if (literal !== '') return whole.slice(1);
      const found = env[name];
      if (found !== undefined && found !== '') return found;
      problems.push(`${path}: the environment has no ${name}; set it, or write the value here`);
      return '';
    });
  }
  if (Array.isArray(value)) {
    return value.map((item, i) => filledIn(item, `${path}[${i}]`, env, problems));
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, filledIn(item, `${path}.${name}`, env, problems)]),
  );
}
