import assert from 'node:assert/strict';
import test from 'node:test';
import { readNetwork } from './whereabouts.ts';

test('an IPv4 address is a network of its own, however it is written within IPv6', () => {
  assert.equal(readNetwork('203.0.113.9'), '203.0.113.9');
  assert.equal(readNetwork('::ffff:203.0.113.9'), '203.0.113.9');
  assert.equal(readNetwork('::FFFF:cb00:7109'), '203.0.113.9');
});

test('all addresses of one /64 are one network, in every spelling', () => {
  const network = readNetwork('2001:db8:1:2::7');
  assert.equal(network, '2001:db8:1:2::/64');
  for (const address of [
    '2001:0DB8:0001:0002:0:0:0:8',
    '2001:db8:1:2:ffff:ffff:ffff:ffff',
    '2001:db8:1:2::',
  ]) {
    assert.equal(readNetwork(address), network, address);
  }
  assert.notEqual(readNetwork('2001:db8:1:3::7'), network);
  assert.equal(readNetwork('::1'), '0:0:0:0::/64');
});

test('what is no address is no network', () => {
  for (const text of [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '1.2.3.4:80',
    '2001:db8::1::2',
    'fe80::1%eth0',
    'host',
    '[::1]',
  ]) {
    assert.equal(readNetwork(text), null, text);
  }
});
