import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newHolder, PASSWORD } from './support/account-holder.ts';
import { startBank } from './support/bank.ts';
import { problemsIn, type Seen, textOf, Visitor } from './support/visitor.ts';

const WRONG = 'The name or the password is wrong.';

describe('who somebody is stays unknown', () => {
  test('a name that is nobody’s and a wrong password get one answer, in about the same time', async (t) => {
    const bank = await startBank(t);
    const ann = await newHolder(bank, 'ann');
    const visitor = new Visitor(bank.url);
    await visitor.open('/sign-in');
    const times: { [name: string]: number[] } = { ann: [], nobody: [] };
    for (let round = 0; round < 4; round += 1) {
      for (const name of ['ann', 'nobody']) {
        const before = process.cpuUsage();
        const seen = await visitor.send('/sign-in', { name, password: 'wrong wrong wrong' });
        // Of the processor and not of the clock: a hash costs as much on a machine that is busy.
        times[name]?.push(process.cpuUsage(before).user / 1_000);
        assert.equal(seen.path, '/sign-in');
        assert.deepEqual(problemsIn(seen), [round === 3 ? LAST : WRONG]);
      }
    }
    const [known, unknown] = [Math.min(...(times.ann ?? [])), Math.min(...(times.nobody ?? []))];
    assert.ok(unknown > known * 0.5, `nobody's took ${unknown} ms, a customer's ${known} ms`);
    for (const name of ['ann', 'nobody']) {
      await visitor.send('/sign-in', { name, password: 'wrong' });
      const seen = await visitor.send('/sign-in', { name, password: PASSWORD });
      assert.match(problemsIn(seen).join(), /^Too many wrong passwords\. Try again from \d\d:\d\d:\d\d UTC/);
    }
    assert.equal((await ann.open('/accounts')).path, '/accounts');
  });
});
const LAST = 'The name or the password is wrong. After one more wrong try, this pauses for a while.';

/** So that a test can say from where somebody comes. */
const BEHIND_PROXY = { trustProxy: ['loopback'] };

describe('wrong passwords', () => {
  const guessing = (bank: { url: string }, address: string) => {
    const visitor = new Visitor(bank.url);
    const headers = { 'x-forwarded-for': address };
    return async (name: string, password: string): Promise<Seen> => {
      await visitor.open('/sign-in', headers);
      return visitor.send('/sign-in', { name, password }, { headers });
    };
  };

  test('after five a pause that grows, in which the right one is refused as well; then it is taken', async (t) => {
    const bank = await startBank(t, BEHIND_PROXY);
    const ann = await newHolder(bank);
    const guess = guessing(bank, '198.51.100.1');
    for (let wrong = 0; wrong < 5; wrong += 1) await guess(ann.number, 'wrong wrong');
    assert.match(problemsIn(await guess(ann.number, PASSWORD)).join(), /Too many wrong passwords/);
    bank.roost.clock.advance(30_001);
    assert.deepEqual(problemsIn(await guess(ann.number, 'wrong wrong')), [WRONG]);
    bank.roost.clock.advance(30_001);
    assert.match(problemsIn(await guess(ann.number, PASSWORD)).join(), /Too many/, 'a minute by now');
    bank.roost.clock.advance(30_001);
    assert.equal((await guess(ann.number, PASSWORD)).path, '/sign-in/confirm');
  });

  test('whoever is where they usually are gets in at once, while strangers guess from everywhere', async (t) => {
    const bank = await startBank(t, BEHIND_PROXY);
    const ann = await newHolder(bank);
    await ann.send('/sign-out', {}, { csrf: await csrfAt(ann, '/accounts') });
    for (let i = 0; i < 40; i += 1) {
      const seen = await guessing(bank, `198.51.100.${i}`)(ann.number, 'wrong wrong');
      if (i >= 5) assert.match(problemsIn(seen).join(), /Too many/);
    }
    const { page } = await ann.password();
    assert.equal(page.path, '/sign-in/confirm', textOf(page.html));
  });

  test('of a hundred guesses at one moment five are looked at', async (t) => {
    const bank = await startBank(t, BEHIND_PROXY);
    const ann = await newHolder(bank);
    const visitors = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const visitor = new Visitor(bank.url);
        await visitor.open('/sign-in');
        return visitor;
      }),
    );
    const answers = await Promise.all(
      visitors.map((visitor) => visitor.send('/sign-in', { name: ann.number, password: 'wrong wrong' })),
    );
    const looked = answers.filter((seen) => !/Too many/.test(problemsIn(seen).join()));
    assert.equal(looked.length, 5);
  });

  test('whoever has two names has one lot of guesses, and that both are theirs does not show', async (t) => {
    const bank = await startBank(t, BEHIND_PROXY);
    const ann = await newHolder(bank, 'ann');
    const guess = guessing(bank, '198.51.100.1');
    for (let wrong = 0; wrong < 5; wrong += 1) await guess('ann', 'wrong wrong');
    assert.deepEqual(problemsIn(await guess(ann.number, PASSWORD)), [WRONG]);
    bank.roost.clock.advance(30_001);
    assert.equal((await guess(ann.number, PASSWORD)).path, '/sign-in/confirm');
  });

  test('one address that tries many names is stopped too', async (t) => {
    const bank = await startBank(t, BEHIND_PROXY);
    const guess = guessing(bank, '2001:db8:1:2:3::4');
    const next = guessing(bank, '2001:db8:1:2:ffff::5');
    for (let i = 0; i < 20; i += 1)
      assert.doesNotMatch(problemsIn(await guess(`name${i}`, 'wrong')).join(), /Too many/);
    assert.match(problemsIn(await next('name99', 'wrong')).join(), /Too many/, 'the same /64');
    assert.deepEqual(problemsIn(await guessing(bank, '2001:db8:1:3::4')('name99', 'wrong')), [WRONG]);
  });
});

/** The token of the forms of a page. */
async function csrfAt(visitor: Visitor, path: string): Promise<string> {
  await visitor.open(path);
  return visitor.csrf;
}
