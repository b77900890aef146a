import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkOf, networkShown } from './network.ts';

test('an address is told by its network alone: what identifies one machine is not kept', () => {
  const shown = {
    '203.0.113.77': { kind: 'public', prefix: '203.0.113.*' },
    '::ffff:203.0.113.77': { kind: 'public', prefix: '203.0.113.*' },
    '2001:db8:1:2:3:4:5:6': { kind: 'public', prefix: '2001:db8:1:2:*' },
    '2001:db8::1': { kind: 'public', prefix: '2001:db8:0:0:*' },
    '127.0.0.1': { kind: 'this computer' },
    '127.8.9.1': { kind: 'this computer' },
    '::1': { kind: 'this computer' },
    '::ffff:127.0.0.1': { kind: 'this computer' },
    '192.168.1.7': { kind: 'inside' },
    '10.0.0.1': { kind: 'inside' },
    '172.16.0.1': { kind: 'inside' },
    '172.32.0.1': { kind: 'public', prefix: '172.32.0.*' },
    '100.64.0.1': { kind: 'inside' },
    '169.254.1.1': { kind: 'inside' },
    'fe80::1%eth0': { kind: 'inside' },
    'fd00::1': { kind: 'inside' },
    unknown: { kind: 'unknown' },
    '': { kind: 'unknown' },
  };
  for (const [address, expected] of Object.entries(shown))
    assert.deepEqual(networkShown(address), expected, address);
});

test('who has one IPv6 address has all of its /64, and is counted as one', () => {
  assert.equal(networkOf('2001:db8:1:2::1'), networkOf('2001:db8:1:2:ffff::9'));
  assert.notEqual(networkOf('2001:db8:1:2::1'), networkOf('2001:db8:1:3::1'));
  assert.equal(networkOf('::ffff:203.0.113.77'), '203.0.113.77');
});
