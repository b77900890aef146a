import assert from 'node:assert/strict';
import test from 'node:test';
import { usualMode } from './usual-mode.ts';

test('live figures are shown first once there are any, beside those of what operators sent themselves', () => {
  assert.equal(usualMode([]), 'test');
  assert.equal(usualMode(['test default', 'test shop']), 'test');
  assert.equal(usualMode(['test default', 'live roost-console']), 'test');
  assert.equal(usualMode(['live roost-console', 'live shop']), 'live');
});
