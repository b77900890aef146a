import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

const FOLDER = join(import.meta.dirname, '../public');

/**
 * Serves the files of `public` and answers how to address them. The address changes whenever any of them does, so that
 * browsers may keep them for ever.
 */
export async function serveAssets(app: FastifyInstance): Promise<(name: string) => string> {
  const names = readdirSync(FOLDER).sort();
  const hash = createHash('sha256');
  for (const name of names) hash.update(name).update(readFileSync(join(FOLDER, name)));
  const prefix = `/assets/${hash.digest('hex').slice(0, 12)}/`;
  await app.register(fastifyStatic, {
    ...{ root: FOLDER, prefix, index: false, decorateReply: false },
    ...{ maxAge: '365d', immutable: true },
  });
  return (name) => {
    if (names.includes(name)) return prefix + name;
    throw new Error(`there is no file ${name} in ${FOLDER}`);
  };
}
