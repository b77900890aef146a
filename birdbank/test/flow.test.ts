import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { startBank, wrongCode } from './support/bank.ts';
import { fieldValue, problemsIn, textOf, Visitor } from './support/visitor.ts';

const NUMBER = '+31612345678';
const DONE = /You have successfully verified your phone number\./;

describe('the way through', () => {
  test('a number, its code, and the number is verified', async (t) => {
    const bank = await startBank(t);
    const ann = new Visitor(bank.url);
    const code = await ann.askForCode(NUMBER);
    assert.match(code.path, /^\/EnterCode\/[0-9a-f]{32}$/);
    assert.match(textOf(code.html), /We sent six digits to \+31 6 ···· ··78/);
    assert.match(textOf(code.html), /They work until \d\d:\d\d:\d\d UTC/);
    const done = await ann.send(code.path, { token: await bank.newestCode(NUMBER) });
    assert.equal(done.path, '/success');
    assert.match(done.html, DONE);
    assert.match((await ann.open('/success')).html, DONE);
    assert.equal((await ann.open(code.path)).path, '/success');
  });

  test('the message is BirdBank’s, and its code works five minutes', async (t) => {
    const bank = await startBank(t);
    await new Visitor(bank.url).askForCode(NUMBER);
    await bank.newestCode(NUMBER);
    const { body } = await bank.roost.call('GET', '/sandbox/messages');
    const [message] = body.messages;
    assert.equal(message.originator, 'BirdBank');
    assert.match(message.text, /^Your BirdBank code is \d{6}$/);
  });

  test('a number typed as within its country is sent to it, whatever its spelling', async (t) => {
    const bank = await startBank(t);
    const page = await new Visitor(bank.url).askForCode('06-1234 5678', 'NL');
    assert.match(textOf(page.html), /\+31 6 ···· ··78/);
    await bank.newestCode(NUMBER);
  });

  test('a code may be pasted with spaces and hyphens, and in the digits of another script', async (t) => {
    const bank = await startBank(t);
    const spell = [
      (code: string) => ` ${code.slice(0, 3)} ${code.slice(3)} `,
      (code: string) => `${code.slice(0, 3)}-${code.slice(3)}`,
      (code: string) => code.replace(/\d/g, (digit) => String.fromCodePoint(0x660 + Number(digit))),
    ];
    for (const [index, spelling] of spell.entries()) {
      const number = `+3161234560${index}`;
      const ann = new Visitor(bank.url);
      const page = await ann.askForCode(number);
      assert.match(
        (await ann.send(page.path, { token: spelling(await bank.newestCode(number)) })).html,
        DONE,
      );
    }
  });

  test('a full number or a code stands on no page and in no address', async (t) => {
    const bank = await startBank(t);
    const ann = new Visitor(bank.url);
    const page = await ann.askForCode(NUMBER);
    const code = await bank.newestCode(NUMBER);
    const done = await ann.send(page.path, { token: code });
    for (const { html, path } of [page, done])
      assert.doesNotMatch(`${html}${path}`, new RegExp(`1234.?5678|${code}`));
  });
});

describe('what goes wrong returns to the same page', () => {
  test('a wrong code: the API’s words, the attempts left, and what was typed', async (t) => {
    const bank = await startBank(t);
    const ann = new Visitor(bank.url);
    const page = await ann.askForCode(NUMBER);
    const code = await bank.newestCode(NUMBER);
    const wrong = await ann.send(page.path, { token: wrongCode(code) });
    assert.equal(wrong.path, page.path);
    assert.deepEqual(problemsIn(wrong), ['The token is invalid. You can try two more times.']);
    assert.equal(fieldValue(wrong, 'token'), wrongCode(code));
    assert.match(wrong.html, /<title>Error: /);
    assert.ok(
      !bank.asked.some((call) => call.startsWith('GET ')),
      'a wrong code is wrong, whatever a read would say',
    );
    assert.match((await ann.send(page.path, { token: code })).html, DONE);
  });

  test('a code of the wrong form is refused without taking an attempt', async (t) => {
    const bank = await startBank(t);
    const ann = new Visitor(bank.url);
    const page = await ann.askForCode(NUMBER);
    for (const token of ['12345', '1234567', 'abcdef', '12345a', '9'.repeat(500)]) {
      assert.deepEqual(problemsIn(await ann.send(page.path, { token })), ['The token is invalid.'], token);
    }
    assert.match((await ann.send(page.path, { token: await bank.newestCode(NUMBER) })).html, DONE);
  });

  test('an empty code fails, and Roost is not even asked', async (t) => {
    const bank = await startBank(t);
    const ann = new Visitor(bank.url);
    const page = await ann.askForCode(NUMBER);
    const asked = bank.asked.length;
    for (const form of [{ token: '' }, { token: '  - ' }, {}]) {
      const empty = await ann.send(page.path, form as Record<string, string>);
      assert.equal(empty.path, page.path);
      assert.deepEqual(problemsIn(empty), ['Enter the code from the message.']);
    }
    assert.equal(bank.asked.length, asked);
    assert.equal((await ann.open('/success')).path, '/');
  });

  test('after the last wrong code the right one fails too, and a new one is offered', async (t) => {
    const bank = await startBank(t);
    const ann = new Visitor(bank.url);
    const page = await ann.askForCode(NUMBER);
    const code = await bank.newestCode(NUMBER);
    const told: string[] = [];
    for (let guess = 0; guess < 3; guess += 1) {
      told.push(...problemsIn(await ann.send(page.path, { token: wrongCode(code) })));
    }
    assert.deepEqual(told, [
      'The token is invalid. You can try two more times.',
      'The token is invalid. You can try one more time.',
      'The token is invalid. That was the last attempt: ask for a new code.',
    ]);
    const late = await ann.send(page.path, { token: code });
    assert.deepEqual(problemsIn(late), ['The token has already been processed.']);
    assert.match(
      textOf((await ann.open(page.path)).html),
      /No attempts are left for this code\. Ask for a new one\./,
    );
    assert.equal((await ann.open('/success')).path, '/');
  });

  test('an expired code fails, and the page says so before', async (t) => {
    const bank = await startBank(t);
    const ann = new Visitor(bank.url);
    const page = await ann.askForCode(NUMBER);
    const code = await bank.newestCode(NUMBER);
    bank.roost.clock.advance(300_000);
    const later = await ann.open(page.path);
    assert.match(textOf(later.html), /They worked until .* This code has expired\. Ask for a new one\./);
    assert.deepEqual(problemsIn(await ann.send(page.path, { token: code })), ['The token has expired.']);
  });

  test('a number that is none: the API’s words, and what was typed', async (t) => {
    const bank = await startBank(t);
    const ann = new Visitor(bank.url);
    const page = await ann.askForCode('"><b>06', 'NL');
    assert.equal(page.path, '/');
    assert.match(problemsIn(page)[0] ?? '', /^no \(correct\) recipients found/);
    assert.match(page.html, /value="&#34;&#62;&#60;b&#62;06"/);
    assert.match(page.html, /<option value="NL" selected>/);
    assert.match(textOf(page.html), /Write it with \+ and its country code, like \+31 6 12345678/);
    assert.match(page.html, /id="number"[^>]*aria-invalid="true"/);
    assert.deepEqual(problemsIn(await ann.send('/', { number: ' ' })), ['Enter your phone number.']);
    const nowhere = await ann.send('/', { number: '06 12345678', country: 'ZZ' });
    assert.match(problemsIn(nowhere)[0] ?? '', /^countryCode must be two letters/);
  });

  test('what Roost refuses for a time is told with the time', async (t) => {
    const bank = await startBank(t);
    for (let open = 0; open < 3; open += 1) await new Visitor(bank.url).askForCode(NUMBER);
    const page = await new Visitor(bank.url).askForCode(NUMBER);
    assert.equal(page.path, '/');
    assert.match(problemsIn(page)[0] ?? '', /^3 codes .* try again after \d\d:\d\d:\d\d UTC$/);
    assert.doesNotMatch(page.html, /aria-invalid/); // the number is right
  });

  test('a problem is told once: looking again shows a clean page, and sends nothing', async (t) => {
    const bank = await startBank(t);
    const ann = new Visitor(bank.url);
    const page = await ann.askForCode(NUMBER);
    await ann.send(page.path, { token: '000' });
    const asked = bank.asked.length;
    assert.deepEqual(problemsIn(await ann.open(page.path)), []);
    assert.equal(bank.asked.length, asked);
  });
});

describe('a new code', () => {
  test('may be asked for after half a minute, then a minute, then two; the newest alone works', async (t) => {
    const bank = await startBank(t);
    const ann = new Visitor(bank.url);
    let page = await ann.askForCode(NUMBER);
    const first = { path: page.path, code: await bank.newestCode(NUMBER) };
    for (const waitMs of [30_000, 60_000, 120_000]) {
      assert.match(textOf(page.html), /Send a new code \(from \d\d:\d\d:\d\d UTC\)/);
      bank.roost.clock.advance(waitMs - 1_000);
      const early = await ann.send(`${page.path}/resend`, {});
      assert.match(problemsIn(early)[0] ?? '', /You can ask for a new one from \d\d:\d\d:\d\d UTC\./);
      bank.roost.clock.advance(2_000);
      const before = page.path;
      page = await ann.send(`${page.path}/resend`, {});
      assert.notEqual(page.path, before);
      assert.deepEqual(problemsIn(page), []);
      assert.match(textOf(page.html), /We sent a new code\. The one before does not work any more\./);
    }
    const old = await ann.send(first.path, { token: first.code });
    assert.equal(old.path, page.path);
    assert.deepEqual(problemsIn(old), ['A newer code was sent since. Enter that one.']);
    assert.match((await ann.send(page.path, { token: await bank.newestCode(NUMBER) })).html, DONE);
  });

  test('the address of an old code leads to the newest', async (t) => {
    const bank = await startBank(t);
    const ann = new Visitor(bank.url);
    const first = await ann.askForCode(NUMBER);
    bank.roost.clock.advance(31_000);
    const second = await ann.send(`${first.path}/resend`, {});
    assert.equal((await ann.open(first.path)).path, second.path);
  });

  test('a form sent twice, one after the other or at once, sends one message', async (t) => {
    const bank = await startBank(t);
    const ann = new Visitor(bank.url);
    await ann.open('/');
    const { csrf } = ann;
    const form = { number: NUMBER, country: '' };
    const both = await Promise.all([ann.send('/', form, { csrf }), ann.send('/', form, { csrf })]);
    assert.equal(both[0].path, both[1].path);
    const third = await ann.send('/', form, { csrf });
    assert.equal(third.path, both[0].path);
    assert.match(
      textOf(third.html),
      /We have sent a code to this number already\. You can ask for another from/,
    );
    assert.equal(bank.asked.filter((call) => call === 'POST /verify').length, 1);
  });

  test('a mistyped number can be changed: the form holds it, and the new number gets its own code', async (t) => {
    const bank = await startBank(t);
    const ann = new Visitor(bank.url);
    const first = await ann.askForCode('+31612345679');
    assert.equal(fieldValue(await ann.open('/'), 'number'), '+31612345679');
    const second = await ann.send('/', { number: NUMBER, country: '' });
    assert.notEqual(second.path, first.path);
    assert.match((await ann.send(second.path, { token: await bank.newestCode(NUMBER) })).html, DONE);
  });
});

describe('when Roost fails', () => {
  test('the page says so, and what was typed is still there', async (t) => {
    const bank = await startBank(t, { roostUrl: 'http://127.0.0.1:1' });
    const ann = new Visitor(bank.url);
    const page = await ann.askForCode('06 12345678', 'NL');
    assert.equal(page.path, '/');
    assert.match(problemsIn(page)[0] ?? '', /cannot be reached right now\. What you typed is still here/);
    assert.equal(fieldValue(page, 'number'), '06 12345678');
    assert.match(bank.told.join(), /^Roost, unreachable/);
    assert.doesNotMatch(bank.told.join(), /12345678/);
  });

  test('a code typed while it is down works once it is back', async (t) => {
    let isDown = false;
    const bank = await startBank(t, {
      fetch: (...call) => (isDown ? Promise.reject(new TypeError('fetch failed')) : fetch(...call)),
    });
    const ann = new Visitor(bank.url);
    const page = await ann.askForCode(NUMBER);
    const token = await bank.newestCode(NUMBER);
    isDown = true;
    const down = await ann.send(page.path, { token });
    assert.match(problemsIn(down)[0] ?? '', /cannot be reached right now\. Your code may still work/);
    assert.equal(fieldValue(down, 'token'), token);
    isDown = false;
    assert.match((await ann.send(page.path, { token })).html, DONE);
  });

  test('a right code whose answer was lost on the way is not lost', async (t) => {
    let isLossy = false;
    const bank = await startBank(t, {
      fetch: async (...call) => {
        const answer = await fetch(...call);
        if (isLossy) throw new TypeError('terminated');
        return answer;
      },
    });
    const ann = new Visitor(bank.url);
    const page = await ann.askForCode(NUMBER);
    const token = await bank.newestCode(NUMBER);
    isLossy = true;
    await ann.send(page.path, { token });
    isLossy = false;
    assert.match((await ann.send(page.path, { token })).html, DONE);
  });

  test('a lost answer to a wrong code does not make the next wrong code right', async (t) => {
    let isLossy = false;
    const bank = await startBank(t, {
      fetch: async (...call) => {
        const answer = await fetch(...call);
        if (isLossy) throw new TypeError('terminated');
        return answer;
      },
    });
    const ann = new Visitor(bank.url);
    const page = await ann.askForCode(NUMBER);
    const token = wrongCode(await bank.newestCode(NUMBER));
    isLossy = true;
    await ann.send(page.path, { token });
    isLossy = false;
    for (let guess = 0; guess < 4; guess += 1) {
      assert.equal((await ann.send(page.path, { token })).path, page.path);
    }
    assert.equal((await ann.open('/success')).path, '/');
  });

  test('a refused key is told to the staff, not blamed on the visitor', async (t) => {
    const bank = await startBank(t, {
      fetch: (url, init) => fetch(url, { ...init, headers: { authorization: 'AccessKey test_WRONG' } }),
    });
    const page = await new Visitor(bank.url).askForCode(NUMBER);
    assert.match(problemsIn(page)[0] ?? '', /BirdBank may not use the service/);
    assert.match(bank.told.join(), /Roost refuses the access key: set ROOST_ACCESS_KEY/);
  });

  test('another program in its place never verifies anybody', async (t) => {
    const other = createServer((_request, response) => response.end('{"status":"verified"}'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    t.after(() => other.close());
    let takesOver = false;
    const bank = await startBank(t, {
      fetch: (url, init) =>
        fetch(takesOver ? `http://127.0.0.1:${(other.address() as AddressInfo).port}` : url, init),
    });
    const ann = new Visitor(bank.url);
    const page = await ann.askForCode(NUMBER);
    takesOver = true;
    const answer = await ann.send(page.path, { token: '123456' });
    assert.match(problemsIn(answer)[0] ?? '', /does not work as it should right now/);
    assert.equal((await ann.open('/success')).path, '/');
  });
});

describe('what is told about the sandbox', () => {
  test('with a test key every page leads to the sandbox phone', async (t) => {
    const bank = await startBank(t);
    const page = await new Visitor(bank.url).open('/');
    assert.match(textOf(page.html), /No SMS arrives here: read the code on the sandbox phone/);
    assert.ok(page.html.includes(`href="${bank.roost.url}/sandbox"`));
  });

  test('with a live key it is Roost that says whether the sandbox carries the message', async (t) => {
    const bank = await startBank(t, { key: 'live' });
    const ann = new Visitor(bank.url);
    assert.doesNotMatch((await ann.open('/')).html, /sandbox/);
    assert.match((await ann.askForCode(NUMBER)).html, /\/sandbox"/);
  });
});

test('the database holds no number, no code and no session id', async (t) => {
  const bank = await startBank(t);
  const ann = new Visitor(bank.url);
  const page = await ann.askForCode(NUMBER);
  await ann.send(page.path, { token: '111 222' });
  const files = ['birdbank.db', 'birdbank.db-wal'].map((name) => readFileSync(join(bank.folder, name)));
  const content = Buffer.concat(files).toString('latin1');
  assert.ok(content.includes('sessions'));
  const id = ann.cookies.get('birdbank') ?? assert.fail('no session');
  for (const secret of ['612345678', '111 222', page.path.slice(-32), id])
    assert.ok(!content.includes(secret), secret);
});
