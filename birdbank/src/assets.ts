import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

const FOLDER = join(import.meta.dirname, '../public');
/** What the client has for browsers, beside our own scripts. */
const OF_ROOST = {
  name: 'roost-browser.js',
  file: fileURLToPath(import.meta.resolve('@roost/client/browser')),
};

/**
 * Serves the files of `public` and answers how to address them. The address changes whenever any of them does, so that
 * browsers may keep them for ever.
 */
export async function serveAssets(app: FastifyInstance): Promise<(name: string) => string> {
  const names = readdirSync(FOLDER)
    .filter((name) => !name.endsWith('.d.ts'))
    .sort();
  const ofRoost = readFileSync(OF_ROOST.file);
  const hash = createHash('sha256').update(ofRoost);
  for (const name of names) hash.update(name).update(readFileSync(join(FOLDER, name)));
  const prefix = `/assets/${hash.digest('hex').slice(0, 12)}/`;
  await app.register(fastifyStatic, {
    ...{ root: FOLDER, prefix, index: false, decorateReply: false },
    ...{ maxAge: '365d', immutable: true },
    allowedPath: (path) => !path.endsWith('.d.ts'),
  });
  app.get(prefix + OF_ROOST.name, (_request, reply) =>
    reply
      .header('cache-control', 'public, max-age=31536000, immutable')
      .type('text/javascript; charset=utf-8')
      .send(ofRoost),
  );
  return (name) => {
    if (names.includes(name)) return prefix + name;
    throw new Error(`there is no file ${name} in ${FOLDER}`);
  };
}
