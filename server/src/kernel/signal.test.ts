import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSignal } from './signal.ts';

test('every listener hears of it until it has had enough', () => {
  const signal = createSignal();
  const heard: string[] = [];
  const stopFirst = signal.subscribe(() => heard.push('first'));
  signal.subscribe(() => heard.push('second'));
  signal.emit();
  stopFirst();
  stopFirst();
  signal.emit();
  assert.deepEqual(heard, ['first', 'second', 'second']);
});

test('a listener may leave while it is being told', () => {
  const signal = createSignal();
  let heard = 0;
  const stop = signal.subscribe(() => {
    heard += 1;
    stop();
  });
  signal.subscribe(() => {
    heard += 10;
  });
  signal.emit();
  signal.emit();
  assert.equal(heard, 21);
});
