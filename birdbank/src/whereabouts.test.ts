import assert from 'node:assert/strict';
import test from 'node:test';
import { askedFrom, placeFor } from './whereabouts.ts';

const told = (clientIp: string, isOfProxy: boolean) => {
  const visit = { place: { clientIp, isOfProxy, device: null, label: 'Firefox on Linux' } };
  assert.deepEqual(placeFor(visit), askedFrom(visit));
  return askedFrom(visit).clientIp;
};

test('the inner address of a proxy that nobody named is told as no customer’s, a public one always is', () => {
  for (const address of ['10.0.3.7', '172.18.0.1', '192.168.1.4', 'fd00::9']) {
    assert.equal(told(address, true), undefined, address);
    assert.equal(told(address, false), address, 'of a bank for those inside');
  }
  for (const address of ['203.0.113.9', '2001:db8::1']) {
    assert.equal(told(address, true), address, 'whoever sends the header would shed it');
    assert.equal(told(address, false), address);
  }
  assert.equal(told('127.0.0.1', false), undefined);
});
