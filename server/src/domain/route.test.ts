import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { channelsOf, nextStep, placeOf, type RouteFacts, type RouteStep } from './route.ts';

const step = (provider: string, more: Partial<RouteStep> = {}): RouteStep => ({
  ...{ channel: 'sms', provider, countries: null, prefixes: null, lineTypes: null, sharePercent: null },
  ...more,
});
const DUTCH: RouteFacts = { address: '+31612345678', country: 'NL', place: 50 };
const BRITISH: RouteFacts = { address: '+447400123456', country: 'GB', place: 50 };
const well = () => 'closed' as const;

/** The providers that a message takes, one after the other. */
function wayOf(sms: readonly RouteStep[], facts: RouteFacts): string[] {
  const taken: { channel: 'sms'; provider: string }[] = [];
  for (;;) {
    const choice = nextStep({ sms }, ['sms'], facts, taken, well);
    if (choice === null) return taken.map(({ provider }) => provider);
    taken.push({ channel: 'sms', provider: choice.step.provider });
  }
}

test('steps are taken in their order, each once', () => {
  assert.deepEqual(wayOf([step('a'), step('b'), step('c')], DUTCH), ['a', 'b', 'c']);
});

test('a step is for the countries, prefixes and kinds of line that it names, and for no others', () => {
  const steps = [
    step('dutch', { countries: ['NL', 'BE'] }),
    step('london', { prefixes: ['+4420'] }),
    step('mobile', { lineTypes: ['mobile'] }),
  ];
  assert.deepEqual(wayOf(steps, DUTCH), ['dutch', 'mobile']);
  assert.deepEqual(wayOf(steps, { ...BRITISH, address: '+442071838750' }), ['london']);
  assert.deepEqual(wayOf(steps, { address: 'ann@example.com', country: null, place: 1 }), []);
});

test('a share is the first choice for so many percent, and the last for all others', () => {
  const steps = [step('a', { sharePercent: 60 }), step('b', { sharePercent: 40 })];
  assert.deepEqual(wayOf(steps, { ...DUTCH, place: 0 }), ['a', 'b']);
  assert.deepEqual(wayOf(steps, { ...DUTCH, place: 59.9 }), ['a', 'b']);
  assert.deepEqual(wayOf(steps, { ...DUTCH, place: 60 }), ['b', 'a']);
  const rest = [step('a', { sharePercent: 10 }), step('c')];
  assert.deepEqual(wayOf(rest, { ...DUTCH, place: 9 }), ['a', 'c']);
  assert.deepEqual(wayOf(rest, { ...DUTCH, place: 11 }), ['c', 'a']);
});

test('shares hold over many messages', () => {
  const ids = Array.from({ length: 4_000 }, (_, i) =>
    ((i * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, '0').padEnd(32, '0'),
  );
  const firsts = ids.filter(
    (id) => wayOf([step('a', { sharePercent: 30 }), step('b')], { ...DUTCH, place: placeOf(id) })[0] === 'a',
  );
  assert.ok(Math.abs(firsts.length / ids.length - 0.3) < 0.03, `${firsts.length} of ${ids.length}`);
  for (const id of ids) assert.ok(placeOf(id) >= 0 && placeOf(id) < 100);
});

test('a provider that is known to fail is passed over, unless all are', () => {
  const steps = [step('a'), step('b')];
  const choose = (failing: readonly string[]) =>
    nextStep({ sms: steps }, ['sms'], DUTCH, [], (provider) =>
      failing.includes(provider) ? 'open' : 'closed',
    );
  assert.deepEqual([choose(['a'])?.step.provider, choose(['a'])?.passedOver], ['b', ['a']]);
  assert.deepEqual([choose(['a', 'b'])?.step.provider, choose(['a', 'b'])?.passedOver], ['a', []]);
});

test('other channels follow when all routes of the first have failed, where the recipient has them', () => {
  assert.deepEqual(channelsOf('sms', ['sms', 'tts', 'email', 'tts']), ['sms', 'tts']);
  assert.deepEqual(channelsOf('email', ['tts', 'sms']), ['email']);
  const routes = { sms: [step('a')], tts: [step('a', { channel: 'tts' })] };
  const next = nextStep(routes, ['sms', 'tts'], DUTCH, [{ channel: 'sms', provider: 'a' }], well);
  assert.deepEqual([next?.step.channel, next?.step.provider], ['tts', 'a']);
});

test('whatever the list and the message, no step is taken twice and every fitting one is taken at last', () => {
  const any = fc.record({
    provider: fc.constantFrom('a', 'b', 'c', 'd'),
    countries: fc.constantFrom(null, ['NL'], ['GB']),
    sharePercent: fc.option(fc.integer({ min: 0, max: 100 })),
  });
  const property = fc.property(
    fc.uniqueArray(any, { selector: ({ provider }) => provider }),
    fc.double({ min: 0, max: 99.99, noNaN: true }),
    (some, place) => {
      const steps = some.map(({ provider, ...more }) => step(provider, more));
      const way = wayOf(steps, { ...DUTCH, place });
      const fitting = steps.filter(({ countries }) => countries === null || countries.includes('NL'));
      assert.deepEqual([...way].sort(), fitting.map(({ provider }) => provider).sort());
    },
  );
  fc.assert(property, { numRuns: 1_000 });
});
