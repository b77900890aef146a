import type { FastifyInstance } from 'fastify';

export type ConsoleRoute = {
  readonly path: string;
  /** As it is registered, such as `/console/providers/:id`. */
  readonly pattern: string;
  readonly methods: readonly string[];
};

const FILLED: { readonly [name: string]: string } = { mode: 'test', project: 'default', serial: 'A9' };
const NOBODY = '0'.repeat(32);

/** Every route of the console as the server itself lists them, with something in the place of each parameter. */
export function consoleRoutes(app: FastifyInstance): readonly ConsoleRoute[] {
  const routes: ConsoleRoute[] = [];
  const trail: string[] = [];
  for (const line of app.printRoutes({ commonPrefix: false }).split('\n')) {
    const found = /^([\s│├└─]*)(\/\S*)(?: \(([A-Z, ]+)\))?$/u.exec(line);
    if (found === null) continue;
    const [, lead = '', part = '', methods] = found;
    const depth = lead.length / 4 - 1;
    trail.splice(depth, trail.length, part);
    const path = trail
      .slice(0, depth + 1)
      .join('')
      .replace(/\/{2,}/g, '/');
    if (methods === undefined || !path.startsWith('/console')) continue;
    routes.push({
      pattern: path,
      path: path.replace(/:([a-z]+)/gi, (_whole, name: string) => FILLED[name] ?? NOBODY),
      methods: methods.split(', '),
    });
  }
  return routes;
}
