import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, resolve, sep } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { answerHeaders } from './headers.ts';

type Asset = { readonly bytes: Buffer; readonly type: string; readonly etag: string };
/** The files that pages load, held in memory. */
export type Assets = {
  /** The address of a file of `server/public`. It changes whenever any file does, so it may be kept for ever. */
  url(name: string): string;
  readonly version: string;
  find(name: string): Asset | undefined;
};

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

/** What pages of Roost's own use of the module that its customers' pages do: it is served as it is. */
const OF_CLIENT = {
  name: 'roost-browser.js',
  path: resolve(import.meta.dirname, '../../../client/src/browser.js'),
};

/** Reads every file of the folder once. A file of a kind that we do not serve is an error at start. */
export function readAssets(folder: string = resolve(import.meta.dirname, '../../public')): Assets {
  const files = new Map<string, Asset>();
  const all = createHash('sha256');
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && !entry.name.endsWith('.d.ts'),
  );
  const own = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  const named = own.map((path) => ({ name: path.slice(folder.length + 1).replaceAll(sep, '/'), path }));
  for (const { name, path } of [...named, OF_CLIENT]) {
    const type = TYPES[extname(path)];
    if (type === undefined)
      throw new Error(`${path}: files of ${Object.keys(TYPES).join(', ')} are served, no others.`);
    const bytes = readFileSync(path);
    const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
    all.update(`${name} ${digest}\n`);
    files.set(name, { bytes, type, etag: `"${digest}"` });
  }
  const version = all.digest('hex').slice(0, 12);
  return {
    version,
    find: (name) => files.get(name),
    url(name) {
      if (!files.has(name)) throw new Error(`There is no file ${name} in ${folder}.`);
      return `/assets/${version}/${name}`;
    },
  };
}

/**
 * Serves `/assets/{version}/{name}`. Under another version (a page of another node, in a rolling upgrade) the file
 * is answered as it is here, to be asked for again next time. Modules import each other by relative path,
 * so they stay within one version.
 */
export async function assetsPlugin(app: FastifyInstance, deps: { readonly assets: Assets }): Promise<void> {
  type Route = { Params: { version: string; '*': string } };
  app.get<Route>('/assets/:version/*', { schema: { hide: true } }, (request, reply) => {
    const asset = deps.assets.find(request.params['*']);
    reply.headers(answerHeaders(request.protocol === 'https'));
    if (asset === undefined)
      return reply.code(404).type('text/plain; charset=utf-8').send('There is no such file.\n');
    const current = request.params.version === deps.assets.version;
    reply.headers({
      'cache-control': current ? 'public, max-age=31536000, immutable' : 'no-cache',
      etag: asset.etag,
    });
    if (request.headers['if-none-match']?.includes(asset.etag)) return reply.code(304).send();
    return reply.type(asset.type).send(asset.bytes);
  });
}
