import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { Compile } from 'typebox/schema';
import { startRoost } from '../support/roost.ts';
import { type Answer, type Injected, inject } from './inject.ts';
import { anything, type Operation, operationsOf, valid } from './openapi.ts';
import { assertRefused, numberNo, rowsOf } from './wire.ts';

// The operations come from the document that is served, so one that is added is fuzzed without a line here.

const roost = await startRoost({ after });
const document = JSON.parse((await inject(roost, { method: 'GET', path: '/openapi.json', key: null })).text);
const operations = operationsOf(document, 'Verify');
let made = 0;
let cases = 0;

const ids: string[] = [];
for (let i = 0; i < 3; i += 1)
  ids.push((await roost.createVerification(numberNo(900 + i), { timeout: 172_800 })).id);

const checkers = new Map<Operation, Map<string, (value: unknown) => boolean>>();
for (const operation of operations) {
  const byStatus = new Map<string, (value: unknown) => boolean>();
  for (const [status, { content }] of Object.entries(operation.responses)) {
    const schema = content?.['application/json']?.schema;
    const compiled = schema === undefined ? null : Compile(schema as object);
    byStatus.set(status, compiled === null ? (value) => value === '' : (value) => compiled.Check(value));
  }
  checkers.set(operation, byStatus);
}

/** Declared status, declared shape, never our fault. */
function assertConforms(operation: Operation, answer: Answer, sent: Injected): void {
  cases += 1;
  const what = `${operation.id} ${JSON.stringify(sent).slice(0, 500)} -> ${answer.status} ${answer.text.slice(0, 300)}`;
  assert.ok(answer.status < 500, what);
  const check = checkers.get(operation)?.get(String(answer.status));
  assert.ok(check, `the status is not declared: ${what}`);
  assert.ok(check(answer.text === '' ? '' : JSON.parse(answer.text)), `the body is not as declared: ${what}`);
  assert.equal(answer.headers['cache-control'], 'no-store', what);
}

function requestOf(
  operation: Operation,
  path: { [name: string]: string },
  query: { [name: string]: string },
  body: unknown,
): Injected {
  const filled = operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(path[name] ?? 'x'),
  );
  const asked = new URLSearchParams(query).toString();
  return {
    method: operation.method,
    path: asked === '' ? filled : `${filled}?${asked}`,
    ...(operation.body === null ? {} : { json: body }),
  };
}

const pathValue = fc.oneof(
  fc.constantFrom(...ids),
  fc.stringMatching(/^[0-9a-f]{32}$/),
  fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }).filter((text) => !['.', '..'].includes(text)),
);

function partsOf(operation: Operation, place: string): fc.Arbitrary<{ [name: string]: string }> {
  const inPlace = operation.parameters.filter((each) => each.in === place);
  const text =
    place === 'path'
      ? pathValue
      : fc.oneof(fc.stringMatching(/^\d{6}$/), fc.string({ unit: 'grapheme', maxLength: 20 }));
  const shape = Object.fromEntries(inPlace.map(({ name }) => [name, text]));
  const requiredKeys = inPlace.filter(({ required }) => required === true).map(({ name }) => name);
  return fc.record(shape, { requiredKeys, noNullPrototype: true });
}

/** Valid as described, and with a recipient that can be one, so that creates do succeed. */
function goodBody(operation: Operation): fc.Arbitrary<unknown> {
  if (operation.body === null) return fc.constant(null);
  return valid(operation.body).map((body) => {
    const given = body as { recipient?: unknown; type?: unknown };
    if (given.recipient === undefined) return body;
    made += 1;
    return { ...given, recipient: given.type === 'email' ? `user${made}@example.com` : numberNo(made) };
  });
}

/** A described body with some members of another kind, unknown ones among them. */
function mutatedBody(operation: Operation): fc.Arbitrary<unknown> {
  if (operation.body === null) return fc.constant(null);
  const names = fc.constantFrom(...Object.keys(operation.body.properties ?? {}), 'unknown', 'Recipient', '');
  const changes = fc.dictionary(names, anything, { maxKeys: 4, noNullPrototype: true });
  const changed = fc
    .tuple(valid(operation.body), changes)
    .map(([body, more]) => ({ ...(body as object), ...more }));
  return fc.oneof({ weight: 6, arbitrary: changed }, { weight: 1, arbitrary: anything });
}

/** Whole templates and other texts are seldom drawn right, so most of these have few members. */
const fewMembers = (body: unknown, chosen: readonly number[]): unknown => {
  if (typeof body !== 'object' || body === null) return body;
  const kept = Object.entries(body).filter(
    ([name], i) => name === 'recipient' || name === 'token' || chosen.includes(i),
  );
  return Object.fromEntries(
    kept.filter(([name]) => !['template', 'originator', 'reportUrl', 'countryCode'].includes(name)),
  );
};

test('the document describes the operations of Verify, each with what it answers', () => {
  assert.deepEqual(operations.map(({ method, path }) => `${method} ${path}`).sort(), [
    'DELETE /verify/{id}',
    'GET /verify/messages/email/{id}',
    'GET /verify/{id}',
    'POST /verify',
    'POST /verify/{id}',
  ]);
  for (const { id, responses } of operations) assert.ok('401' in responses && '503' in responses, id);
});

for (const operation of operations) {
  const parts = fc.tuple(partsOf(operation, 'path'), partsOf(operation, 'query'));

  test(`${operation.id}: described requests get a declared status and the declared body, never 5xx`, async () => {
    const before = cases;
    let succeeded = 0;
    const property = fc.asyncProperty(
      parts,
      goodBody(operation),
      fc.array(fc.nat(20), { maxLength: 3 }),
      async ([path, query], body, chosen) => {
        const sent = requestOf(operation, path, query, fewMembers(body, chosen));
        const answer = await inject(roost, sent);
        assertConforms(operation, answer, sent);
        if (answer.status < 300) succeeded += 1;
        if (operation.method === 'DELETE' && answer.status === 204) {
          // What was deleted is gone for every operation, and another takes its place.
          assert.equal((await inject(roost, { method: 'GET', path: sent.path ?? '' })).status, 404);
          made += 1;
          const id = Object.values(path)[0];
          ids[ids.indexOf(id ?? '')] = (
            await roost.createVerification(numberNo(made), { timeout: 172_800 })
          ).id;
        }
      },
    );
    await fc.assert(property, { numRuns: 1_500 });
    assert.ok(cases - before >= 1_500);
    if (operation.id === 'createVerify') assert.ok(succeeded > 500, `only ${succeeded} creates succeeded`);
  });

  test(`${operation.id}: mutated requests are refused or harmless, with a declared status and body`, async () => {
    const property = fc.asyncProperty(parts, mutatedBody(operation), async ([path, query], body) => {
      const sent = requestOf(operation, path, query, body);
      assertConforms(operation, await inject(roost, sent), sent);
    });
    await fc.assert(property, { numRuns: 2_000 });
  });

  test(`${operation.id}: without a right key it is 401 whatever else is sent, and nothing happens`, async () => {
    const before = rowsOf(roost);
    const keys = fc.constantFrom(
      null,
      '',
      'wrong',
      'test_WRONGWRONGWRONGWRONGWRONG',
      'live_WRONGWRONGWRONGWRONGWRONG',
    );
    const property = fc.asyncProperty(
      parts,
      mutatedBody(operation),
      keys,
      async ([path, query], body, key) => {
        const sent = { ...requestOf(operation, path, query, body), key };
        const answer = await inject(roost, sent);
        assert.equal(answer.status, 401);
        assertConforms(operation, answer, sent);
        assertRefused(answer);
      },
    );
    await fc.assert(property, { numRuns: 400 });
    assert.deepEqual(rowsOf(roost), before);
  });
}

test('these were some twenty thousand cases, and none was logged as a bug of ours', () => {
  assert.ok(cases >= 5 * 3_900, String(cases));
  assert.deepEqual(
    roost.logged.filter((line) => /"level":"(error|warn)"/.test(line)),
    [],
  );
});
