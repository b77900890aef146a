import assert from 'node:assert/strict';
import test from 'node:test';
import { wireDate, wireDateFrom } from './wire-date.ts';

test('a moment is told in whole seconds with an offset, and one that is waited for never too early', () => {
  const ms = Date.UTC(2024, 0, 2, 3, 4, 5);
  assert.equal(wireDate(ms), '2024-01-02T03:04:05+00:00');
  assert.equal(wireDate(ms + 999), '2024-01-02T03:04:05+00:00');
  assert.equal(wireDateFrom(ms), '2024-01-02T03:04:05+00:00');
  assert.equal(wireDateFrom(ms + 1), '2024-01-02T03:04:06+00:00');
});
