import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startBank } from './support/bank.ts';
import { textOf, Visitor } from './support/visitor.ts';

describe('the language of a page', () => {
  test('is switched by a link, without JavaScript, and stays on the page and for later ones', async (t) => {
    const bank = await startBank(t);
    const ann = new Visitor(bank.url);
    const english = await ann.open('/');
    assert.match(english.html, /<html lang="en"/);
    const link = /<a href="(\?language=nl)" lang="nl"/.exec(english.html)?.[1] ?? '';
    const dutch = await ann.open(`/${link}`);
    assert.equal(dutch.path, '/');
    assert.match(dutch.html, /<html lang="nl"/);
    assert.match(textOf(dutch.html), /Bevestig uw telefoonnummer/);
    assert.match(dutch.html, /<option value="DE">Duitsland \(\+49\)<\/option>/);
    const code = await ann.send('/', { number: '+31612345678', country: '' });
    assert.match(textOf(code.html), /We hebben zes cijfers gestuurd naar \+31 6 ···· ··78/);
    const wrong = await ann.send(code.path, { token: '000' });
    assert.match(textOf(wrong.html), /Dat is niet gelukt De code is onjuist\./);
    const { body } = await bank.roost.call('GET', '/sandbox/messages');
    assert.match(body.messages.at(-1).text, /^Uw BirdBank-code is \d{6}$/);
    const back = await ann.open(`${code.path}?language=en`);
    assert.equal(back.path, code.path);
    assert.match(back.html, /<html lang="en"/);
  });

  test('a link cannot choose another site, another language than ours, or anything but words', async (t) => {
    const bank = await startBank(t);
    const go = (path: string, init: RequestInit = {}) =>
      fetch(bank.url + path, { redirect: 'manual', ...init });
    for (const path of [
      '//evil.example?language=nl',
      '/\\evil.example?language=nl',
      '/%2f%2fevil.example?language=nl',
    ]) {
      const { headers } = await go(path);
      assert.doesNotMatch(headers.get('location') ?? '', /evil/, path);
    }
    const chosenBy = async (path: string, init: RequestInit = {}) =>
      (await go(path, init)).headers.getSetCookie().filter((cookie) => cookie.includes('language'));
    assert.equal((await go('/?language=xx')).status, 200);
    assert.deepEqual(await chosenBy('/?language=xx'), []);
    assert.deepEqual(await chosenBy('/?language=nl&language=en'), []);
    assert.deepEqual(await chosenBy('/?language=nl', { method: 'POST' }), []);
    assert.deepEqual(await chosenBy('/?language=nl'), [
      'birdbank-language=nl; Max-Age=31536000; Path=/; HttpOnly; SameSite=Lax',
    ]);
  });
});
