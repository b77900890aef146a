import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createPasswordHashes, PasswordsBusy } from './hash.ts';
import { judgePassword } from './rules.ts';

const hashes = (more: object = {}) =>
  createPasswordHashes({ pepper: Buffer.alloc(32, 1), randomBytes, ...more });

test('a password is kept as argon2id with a salt of its own, under the pepper', async () => {
  const one = hashes();
  const [first, second] = [await one.make('a quiet nest'), await one.make('a quiet nest')];
  assert.match(first, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.notEqual(first, second);
  assert.equal(await one.check('a quiet nest', first), true);
  assert.equal(await one.check('a quiet Nest', first), false);
  const other = createPasswordHashes({ pepper: Buffer.alloc(32, 2), randomBytes });
  assert.equal(
    await other.check('a quiet nest', first),
    false,
    'without the key file the database helps nobody',
  );
});

test('letters that are written in two ways are one', async () => {
  const one = hashes();
  assert.equal(await one.check('cafe\u0301 au lait', await one.make('caf\u00e9 au lait')), true);
});

test('where there is no customer nothing is right, not even what would match', async () => {
  const one = hashes({ randomBytes: (size: number) => Buffer.alloc(size) });
  assert.equal(await one.check('', null), false);
  assert.equal(await one.check('anything', null), false);
  assert.equal(await one.check('anything', 'damaged'), false);
});

test('a hash of weaker parameters is checked by them, and told to be old', async () => {
  const one = hashes();
  const weak =
    '$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
  assert.equal(await one.check('x', weak), false);
  assert.equal(one.isOld(weak), true);
  assert.equal(one.isOld(await one.make('x')), false);
});

test('of a flood of two hundred guesses few are hashed at once and few wait; the others are told so at once', async () => {
  const one = hashes({ atOnce: 1, mostWaiting: 8 });
  const kept = await one.make('a quiet nest');
  const before = process.memoryUsage.rss();
  const answers = await Promise.allSettled(Array.from({ length: 200 }, () => one.check('guess', kept)));
  const busy = answers.filter(
    (answer) => answer.status === 'rejected' && answer.reason instanceof PasswordsBusy,
  );
  assert.equal(busy.length, 191);
  assert.ok(process.memoryUsage.rss() - before < 60_000_000, 'memory stays bounded');
  assert.equal(await one.check('a quiet nest', kept), true, 'and then it goes on');
});

test('length and what everybody tries decide, and no rule of signs', () => {
  for (const [password, problem] of [
    ['', 'empty'],
    ['1234567', 'short'],
    ['😀'.repeat(7), 'short'],
    ['x'.repeat(257), 'long'],
    ['password', 'common'],
    ['QWERTYUIOP', 'common'],
    ['trustno1', 'common'],
    ['iloveyou', 'common'],
    ['annabird', 'guessable'],
    ['birdbank', 'guessable'],
    ['bbbbbbbbbbbb', 'guessable'],
    ['my nest is high', null],
    ['9315 7204', null],
    ['zqkvjwxyz', null],
    [`${'long '.repeat(50)}`, null],
    ['密码密码在树上很高', null],
  ] as const) {
    assert.equal(judgePassword(password, ['annabird']), problem, password);
  }
});
