import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { startRoost } from '../support/roost.ts';
import { type Answer, type Injected, inject } from './inject.ts';
import { PARAMETERS, type Parameter } from './parameters.ts';
import { assertEnvelope, assertRefused, numberNo, rowsOf, verificationOf } from './wire.ts';

const roost = await startRoost({ after });
let made = 0;

type Values = readonly (readonly [name: string, value: unknown])[];
type Way = 'json' | 'form' | 'query' | 'mixed';
const WAYS: readonly Way[] = ['json', 'form', 'query', 'mixed'];
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** The same parameters by another way in. Forms and queries know text alone. */
function sentBy(way: Way, values: Values): Injected {
  switch (way) {
    case 'json':
      return { json: Object.fromEntries(values) };
    case 'form':
      return { body: asText(values), headers: FORM };
    case 'query':
      return { path: `/verify?${asText(values)}` };
    default:
      return { path: `/verify?${asText(values.slice(0, 1))}`, json: Object.fromEntries(values.slice(1)) };
  }
}

const asText = (values: Values): string =>
  new URLSearchParams(values.map(([name, value]): [string, string] => [name, String(value)])).toString();

/** What a create needs besides the parameter that is looked at. */
function besides({ name, channel }: Parameter): Values {
  made += 1;
  const recipient = channel === 'email' ? `user${made}@example.com` : numberNo(made);
  const type: Values = channel === undefined || name === 'type' ? [] : [['type', channel]];
  return [['recipient', recipient], ...type];
}

async function keptOf(answer: Answer, parameter: Parameter): Promise<unknown> {
  assert.equal(answer.status, 201, answer.text);
  return parameter.kept(await verificationOf(roost, JSON.parse(answer.text).id, 'test'));
}

for (const parameter of PARAMETERS) {
  const { name } = parameter;

  test(`every valid spelling of ${name} is taken, by JSON, form and query alike, and made one`, async () => {
    const property = fc.asyncProperty(
      parameter.valid,
      fc.constantFrom(...WAYS),
      async ({ sent, kept }, way) => {
        const values: Values = [...besides(parameter), [name, sent]];
        assert.equal(await keptOf(await inject(roost, sentBy(way, values)), parameter), kept);
      },
    );
    await fc.assert(property, { numRuns: 150 });
  });

  test(`${name} left out, null, empty or spelled in another case means what the contract says`, async () => {
    for (const absent of [[], [[name, null]], [[name, '']]] as Values[]) {
      const answer = await inject(roost, sentBy('json', [...besides(parameter), ...absent]));
      assert.equal(await keptOf(answer, parameter), parameter.usual);
    }
    const empty = await inject(roost, sentBy('form', [...besides(parameter), [name, '']]));
    assert.equal(await keptOf(empty, parameter), parameter.usual);
    const property = fc.asyncProperty(
      parameter.valid,
      fc.mixedCase(fc.constant(name)),
      async (spelling, cased) => {
        const answer = await inject(roost, sentBy('json', [...besides(parameter), [cased, spelling.sent]]));
        assert.equal(await keptOf(answer, parameter), spelling.kept);
      },
    );
    await fc.assert(property, { numRuns: 25 });
  });

  test(`whatever else ${name} is given is refused with 422 by its name, and nothing is stored`, async () => {
    const before = rowsOf(roost);
    const property = fc.asyncProperty(parameter.invalid, async (sent) => {
      const answer = await inject(roost, sentBy('json', [...besides(parameter), [name, sent]]));
      assert.equal(answer.status, 422, answer.text);
      const errors = assertRefused(answer);
      assert.deepEqual(
        errors.map((error) => [error.code, error.parameter]),
        [[10, name]],
      );
    });
    await fc.assert(property, { numRuns: 250 });
    assert.deepEqual(rowsOf(roost), before);
  });
}

test('all problems of a request are told at once, the recipient`s first', async () => {
  const before = rowsOf(roost);
  const several = fc
    .subarray([...PARAMETERS], { minLength: 2 })
    .chain((chosen) =>
      fc.tuple(...chosen.map((each) => each.invalid.map((sent) => [each.name, sent] as const))),
    );
  const recipient = fc.constantFrom(undefined, null, '', 'ajf8932', '12', [], {}, true);
  const property = fc.asyncProperty(several, recipient, async (values, badRecipient) => {
    const answer = await inject(roost, sentBy('json', [['recipient', badRecipient], ...values]));
    assert.equal(answer.status, 422, answer.text);
    const [first, ...rest] = assertEnvelope(answer.text).map((error) => [error.code, error.parameter]);
    assert.deepEqual(first, [9, 'recipient']);
    const named = rest.map(([, parameter]) => parameter);
    assert.deepEqual(named.toSorted(), values.map(([name]) => name).toSorted());
    assert.ok(rest.every(([code]) => code === 10));
  });
  await fc.assert(property, { numRuns: 300 });
  assert.deepEqual(rowsOf(roost), before);
});

test('a parameter that is given differently in the query and the body is refused, the same twice is not', async () => {
  const property = fc.asyncProperty(
    fc.integer({ min: 30, max: 600 }),
    fc.integer({ min: 30, max: 600 }),
    async (a, b) => {
      made += 1;
      const answer = await inject(roost, {
        path: `/verify?timeout=${a}`,
        json: { recipient: numberNo(made), Timeout: b },
      });
      assert.equal(answer.status, a === b ? 201 : 422, answer.text);
      if (a !== b) assert.equal(assertRefused(answer)[0]?.parameter, 'Timeout');
    },
  );
  await fc.assert(property, { numRuns: 100, examples: [[60, 60]] });
});

test('a create that follows all of this has the defaults of the contract', async () => {
  made += 1;
  const answer = await inject(roost, { json: { recipient: numberNo(made) } });
  const kept = await verificationOf(roost, JSON.parse(answer.text).id, 'test');
  const mattering = PARAMETERS.filter(({ channel }) => channel !== 'email');
  for (const parameter of mattering) assert.equal(parameter.kept(kept), parameter.usual, parameter.name);
  assert.equal(kept.wording.subject, null, 'a text message has no subject');
  assert.equal(kept.wording.template, 'Your code is: %token');
});
