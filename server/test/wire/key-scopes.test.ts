import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RouteOptions } from 'fastify';
import { createKey } from '../../src/app/access/keyring.ts';
import { KEY_SCOPES, type KeyScope } from '../../src/domain/key-scope.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import { bare, readText, rowsOf, sectionOf } from '../docs/markdown.ts';
import { type StartedRoost, startRoost } from '../support/roost.ts';
import { withRoutes } from '../support/routes.ts';

const NAMES = Object.keys(KEY_SCOPES) as KeyScope[];
const ID = '0'.repeat(32);

/** A key held to these scopes, taken by this node. */
async function keyFor(roost: StartedRoost, scopes: readonly KeyScope[]): Promise<string> {
  const wanted = { mode: 'test', projectId: 'default', name: scopes.join(' ') || 'none', scopes } as const;
  const { key } = await createKey(roost.roost.store, systemRandom.below, wanted);
  await roost.roost.keyring.refresh();
  return key;
}

/** Routes that take access keys: all but pages, what providers call, and what everybody may read. */
const WITHOUT_KEY =
  /^\/(?:$|assets|console|docs|health|metrics|openapi\.json|ready|receipts|\.well-known|sandbox(?:$|\/events|\/fragment|\/faults|\/messages\/:id\/age))/;
/** What lies where a page's form posts to, and takes a key all the same. */
const WITH_KEY = /^(?:GET|PUT) \/sandbox\/faults/;
const isWithoutKey = ({ method, url }: RouteOptions): boolean =>
  WITHOUT_KEY.test(url) && !WITH_KEY.test(`${method} ${url}`);
const scopeOf = ({ config }: RouteOptions): KeyScope | undefined => config?.keyScope;

test('every route that takes an access key says which scope it needs, and no other route does', async (t) => {
  const { routes } = await withRoutes(t);
  const [open, keyed] = [true, false].map((isOpen) =>
    routes.filter((route) => isWithoutKey(route) === isOpen),
  );
  assert.ok((keyed?.length ?? 0) >= 45, `${keyed?.length} routes`);
  for (const route of keyed ?? []) assert.ok(scopeOf(route), `${route.method} ${route.url} names no scope`);
  for (const route of open ?? []) assert.equal(scopeOf(route), undefined, `${route.method} ${route.url}`);
  assert.deepEqual([...new Set((keyed ?? []).map(scopeOf))].sort(), [...NAMES].sort());
});

test('a key without the scope of a route is refused there before anything is read, and one with it is not, on every route', async (t) => {
  const { roost, routes } = await withRoutes(t);
  const keys = new Map<KeyScope, readonly [only: string, lacking: string]>();
  for (const scope of NAMES) {
    const others = NAMES.filter((name) => name !== scope);
    keys.set(scope, [await keyFor(roost, [scope]), await keyFor(roost, others)]);
  }
  for (const route of routes) {
    const scope = scopeOf(route);
    const [only = '', lacking = ''] = scope === undefined ? [] : (keys.get(scope) ?? []);
    if (scope === undefined) continue;
    const name = `${route.method} ${route.url}`;
    const path = route.url.replaceAll(/:\w+/g, ID);
    const broken = route.method === 'GET' || route.method === 'DELETE' ? {} : { body: '{' };
    const ask = (key: string) =>
      roost.call(String(route.method), path, {
        ...{ key, ...broken },
        ...('body' in broken ? { headers: { 'content-type': 'application/json' } } : {}),
      });
    const { status, body, headers } = await ask(lacking);
    const [error] = body.errors;
    assert.equal(status, path.startsWith('/v1') ? 403 : 401, name);
    assert.match(error.description ?? error.message, new RegExp(`needs the scope ${scope}\\b`), name);
    assert.equal(error.parameter, 'access_key', name);
    assert.equal(error.code, path.startsWith('/v1') ? 'out_of_scope' : 2, name);
    if (!path.startsWith('/sandbox')) assert.match(headers.get('link') ?? '', /errors#out_of_scope/);
    const allowed = await ask(only);
    assert.doesNotMatch(allowed.text, /needs the scope|incorrect access_key/, name);
    assert.ok(![401, 403].includes(allowed.status), `${name}: ${allowed.status}`);
  }
});

test('a key with no scope that this Roost knows opens nothing, and is told of unknown paths what every key is told', async (t) => {
  const roost = await startRoost(t);
  const key = await keyFor(roost, []);
  assert.equal((await roost.call('GET', '/balance', { key })).status, 401);
  assert.equal((await roost.call('GET', '/v1/webhooks', { key })).status, 403);
  for (const path of ['/nowhere', '/v1/nowhere'])
    assert.equal((await roost.call('GET', path, { key })).status, 404, path);
  assert.equal((await roost.call('PUT', '/verify', { key })).status, 405);
});

test('the keys of the environment and of before there were scopes open everything', async (t) => {
  const roost = await startRoost(t);
  for (const { scopes } of await roost.roost.store.read.accessKeys()) assert.equal(scopes, null);
  for (const path of ['/balance', '/messages', '/v1/webhooks', '/v1/tokens', '/sandbox/messages'])
    assert.equal((await roost.call('GET', path)).status, 200, path);
});

test('the document of the console tells of every scope, and of no other', () => {
  const rows = rowsOf(sectionOf(readText('docs/console.md'), 'Scopes'));
  assert.deepEqual(
    rows.map(([scope]) => bare(scope)),
    NAMES,
  );
});
