import assert from 'node:assert/strict';
import test from 'node:test';
import { type StartedBank, startBank } from '../../../birdbank/test/support/bank.ts';
import { signedIn } from '../console/visitor.ts';

const NOBODY = '0'.repeat(32);
/** What stands in a request in the place of a form that fits. */
const ODD: readonly RequestInit[] = [
  {},
  { headers: { 'content-type': 'application/x-www-form-urlencoded' } },
  ...['{', 'null', '[]'].map((body) => ({ body, headers: { 'content-type': 'application/json' } })),
  { body: 'x', headers: { 'content-type': 'text/plain' } },
  { body: 'x', headers: { 'content-type': 'multipart/form-data; boundary=x' } },
  { body: 'x', headers: { 'content-type': 'no type' } },
];

/** Every address that takes a POST, with something in the place of each parameter. */
function postsIn(tree: string): readonly string[] {
  const trail: string[] = [];
  return tree.split('\n').flatMap((line) => {
    const [, lead = '', part, methods = ''] = /^([\s│├└─]*)(\/?\S+)(?: \(([A-Z, ]+)\))?$/u.exec(line) ?? [];
    if (part === undefined) return [];
    const depth = lead.length / 4 - 1;
    trail.splice(depth, trail.length, part);
    const path = trail.join('').replace(/\/{2,}/g, '/');
    return methods.split(', ').includes('POST') ? [path.replace(/:[a-z]+/gi, NOBODY)] : [];
  });
}

// Stops a request that says nothing, or says it wrongly, from reaching code that counts on a form.
test('no POST of Roost or of BirdBank breaks without a body, or with one of the wrong kind', async (t) => {
  const bank: StartedBank = await startBank(t);
  const { roost } = bank;
  const owner = await signedIn(roost, 'owner');
  const ofRoost = postsIn(roost.roost.app.printRoutes({ commonPrefix: false }));
  const ofBank = bank.routes.filter(({ method }) => method === 'POST').map(({ pattern }) => pattern);
  for (const needed of ['/console/sign-in', '/console/second', '/verify'])
    assert.ok(ofRoost.includes(needed), needed);
  const all = [
    ...ofRoost.map((path) => roost.url + path),
    ...ofBank.map((path) => bank.url + path.replace(/:[a-z]+/gi, NOBODY)),
  ];
  assert.ok(ofBank.length > 10 && ofRoost.length > 60, `${ofBank.length} and ${ofRoost.length}`);
  for (const url of all) {
    for (const odd of ODD) {
      for (const known of [{}, { cookie: owner.cookie, authorization: `AccessKey ${roost.testKey}` }]) {
        const headers = { ...(odd.headers as Record<string, string>), ...known };
        const answer = await fetch(url, { method: 'POST', redirect: 'manual', ...odd, headers });
        await answer.text();
        assert.ok(answer.status < 500, `${url} ${JSON.stringify(odd)}: ${answer.status}`);
      }
    }
  }
  assert.deepEqual(
    roost.logged.filter((line) => line.includes('request.broken')),
    [],
  );
  assert.deepEqual(bank.told, []);
});
