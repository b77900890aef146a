import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startBank, wrongCode } from './support/bank.ts';
import { Visitor } from './support/visitor.ts';

const NUMBER = '+31612345678';
const DONE = /You have successfully verified/;

describe('whose verification it is', () => {
  test('an id from another browser is refused, with the very page that an unknown id gets', async (t) => {
    const bank = await startBank(t);
    const ann = new Visitor(bank.url);
    const eve = new Visitor(bank.url);
    const { path } = await ann.askForCode(NUMBER);
    await eve.askForCode('+31612345679');
    const { csrf } = eve;
    const asked = bank.asked.length;
    const token = await bank.newestCode(NUMBER);
    const unknown = `/EnterCode/${'0'.repeat(32)}`;
    for (const visitor of [eve, new Visitor(bank.url)]) {
      const [own, none] = [await visitor.open(path), await visitor.open(unknown)];
      assert.equal(own.status, 404);
      assert.equal(none.html.replace(/data-now="\d+"/, ''), own.html.replace(/data-now="\d+"/, ''));
    }
    for (const target of [path, unknown, `${path}/resend`, `${unknown}/resend`]) {
      const answer = await eve.send(target, { token, verify_id: path.slice(-32) }, { csrf });
      assert.equal(answer.status, 404, target);
    }
    assert.equal(bank.asked.length, asked, 'Roost was not asked');
    assert.equal((await eve.open('/success')).path, '/');
    assert.match((await ann.send(path, { token }, { csrf: await freshCsrf(ann, path) })).html, DONE);
  });

  test('a hidden field with the id of a verification proves nothing', async (t) => {
    const bank = await startBank(t);
    const eve = new Visitor(bank.url);
    const own = await eve.askForCode('+31612345679');
    const ann = new Visitor(bank.url);
    const { path } = await ann.askForCode(NUMBER);
    const token = await bank.newestCode(NUMBER);
    const answer = await eve.send(own.path, { token, verify_id: path.slice(-32), id: path.slice(-32) });
    assert.doesNotMatch(answer.html, DONE);
  });

  test('the success page cannot be opened by itself, and says on the first page why', async (t) => {
    const bank = await startBank(t);
    const ann = new Visitor(bank.url);
    const page = await ann.open('/success');
    assert.equal(page.path, '/');
    assert.match(page.html, /No phone number is verified in this browser yet/);
    const code = await ann.askForCode(NUMBER);
    await ann.send(code.path, { token: wrongCode(await bank.newestCode(NUMBER)) });
    assert.equal((await ann.open('/success')).path, '/');
  });

  test('a verified session has a new id, and the one before opens nothing', async (t) => {
    const bank = await startBank(t);
    const ann = new Visitor(bank.url);
    const { path } = await ann.askForCode(NUMBER);
    const eve = new Visitor(bank.url);
    for (const [name, value] of ann.cookies) eve.cookies.set(name, value);
    await ann.send(path, { token: await bank.newestCode(NUMBER) });
    assert.notEqual(ann.cookies.get('birdbank'), eve.cookies.get('birdbank'));
    assert.equal((await eve.open('/success')).path, '/');
    assert.match((await ann.open('/success')).html, DONE);
  });

  test('a session ends after half an hour of silence, a verified one after five minutes', async (t) => {
    const bank = await startBank(t);
    const ann = new Visitor(bank.url);
    const { path } = await ann.askForCode(NUMBER);
    bank.roost.clock.advance(29 * 60_000);
    assert.equal((await ann.open(path)).status, 200);
    bank.roost.clock.advance(31 * 60_000);
    assert.equal((await ann.open(path)).status, 404);
    const again = await ann.askForCode(NUMBER);
    await ann.send(again.path, { token: await bank.newestCode(NUMBER) });
    bank.roost.clock.advance(5 * 60_000 + 1);
    assert.equal((await ann.open('/success')).path, '/');
  });

  test('a made-up session id is not taken: the browser gets one of ours', async (t) => {
    const bank = await startBank(t);
    const ann = new Visitor(bank.url);
    const chosen = 'A'.repeat(64);
    ann.cookies.set('birdbank', chosen);
    await ann.open('/');
    assert.match(ann.cookies.get('birdbank') ?? '', /^[A-Za-z0-9_-]{64}$/);
    assert.notEqual(ann.cookies.get('birdbank'), chosen);
  });
});

describe('forms from elsewhere', () => {
  test('a form without the token of this session is refused, from our own origin too, and does nothing', async (t) => {
    const bank = await startBank(t);
    const ann = new Visitor(bank.url);
    const { path } = await ann.askForCode(NUMBER);
    const token = await bank.newestCode(NUMBER);
    const other = new Visitor(bank.url);
    await other.open('/');
    const asked = bank.asked.length;
    const headers = { origin: bank.url, 'sec-fetch-site': 'same-origin' };
    for (const csrf of [null, '', 'x', other.csrf]) {
      for (const target of ['/', path, `${path}/resend`]) {
        const answer = await ann.send(target, { number: NUMBER, token }, { csrf, headers });
        assert.equal(answer.status, 403, `${target} ${csrf}`);
        assert.match(answer.html, /This form could not be accepted/);
        assert.match(answer.html, /Open the page again/);
      }
    }
    assert.equal(bank.asked.length, asked, 'Roost was not asked');
  });

  test('a form from another site is refused even with the token', async (t) => {
    const bank = await startBank(t);
    const ann = new Visitor(bank.url);
    await ann.open('/');
    const { csrf } = ann;
    for (const headers of [
      { origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ] as Record<string, string>[]) {
      assert.equal((await ann.send('/', { number: NUMBER }, { csrf, headers })).status, 403);
    }
    assert.deepEqual(bank.asked, []);
    const own = { origin: 'null', 'sec-fetch-site': 'same-origin' };
    assert.equal((await ann.send('/', { number: NUMBER }, { csrf, headers: own })).status, 200);
  });

  test('only forms are taken: no JSON, no plain text, no files, no method in disguise', async (t) => {
    const bank = await startBank(t);
    const ann = new Visitor(bank.url);
    await ann.open('/');
    const cookie = `birdbank=${ann.cookies.get('birdbank')}`;
    const body = JSON.stringify({ number: NUMBER, csrf_token: ann.csrf });
    for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x']) {
      const answer = await fetch(bank.url, {
        method: 'POST',
        body,
        headers: { cookie, 'content-type': type },
      });
      assert.equal(answer.status, 415, type);
    }
    const get = await fetch(`${bank.url}/?number=${NUMBER}&csrf_token=${ann.csrf}&_method=POST`, {
      headers: { cookie },
    });
    assert.equal(get.status, 200);
    assert.deepEqual(bank.asked, []);
  });
});

describe('what every answer carries', () => {
  test('strict headers, on pages, files and errors alike', async (t) => {
    const bank = await startBank(t);
    const { html } = await new Visitor(bank.url).open('/');
    const files = [...html.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, path = '']) => path);
    assert.ok(files.length >= 3);
    for (const path of ['/', '/EnterCode/x', '/nowhere', ...files]) {
      const { headers, status } = await fetch(bank.url + path);
      const policy = headers.get('content-security-policy') ?? '';
      assert.match(policy, /default-src 'none'/, path);
      assert.match(
        policy,
        /form-action 'self'.*frame-ancestors 'none'|frame-ancestors 'none'.*form-action 'self'/,
        path,
      );
      assert.doesNotMatch(policy, /unsafe/, path);
      assert.equal(headers.get('referrer-policy'), 'no-referrer', path);
      assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
      assert.equal(headers.get('x-powered-by'), null, path);
      assert.equal(headers.get('strict-transport-security'), null, path);
      const isFile = path.startsWith('/assets/');
      assert.match(
        headers.get('cache-control') ?? '',
        isFile ? /max-age=31536000, immutable/ : /^no-store$/,
        path,
      );
      assert.equal(status, isFile || path === '/' ? 200 : 404);
    }
  });

  test('over plain http the cookie is HttpOnly and Lax; over TLS it is bound to the host and Secure', async (t) => {
    const bank = await startBank(t, { trustProxy: ['loopback'] });
    const plain = (await fetch(bank.url)).headers.getSetCookie();
    assert.equal(plain.length, 1);
    assert.match(plain[0] ?? '', /^birdbank=[A-Za-z0-9_-]{64}; Path=\/; HttpOnly; SameSite=Lax$/);
    const tls = await fetch(bank.url, { headers: { 'x-forwarded-proto': 'https' } });
    assert.match(
      tls.headers.getSetCookie()[0] ?? '',
      /^__Host-birdbank=[A-Za-z0-9_-]{64}; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    assert.match(tls.headers.get('strict-transport-security') ?? '', /max-age=31536000/);
  });

  test('an unknown page is 404, a form too large 413, both say what to do', async (t) => {
    const bank = await startBank(t);
    const ann = new Visitor(bank.url);
    const unknown = await ann.open('/nowhere');
    assert.equal(unknown.status, 404);
    assert.match(unknown.html, /There is no such page/);
    await ann.open('/');
    const large = await ann.send('/', { number: '1'.repeat(20_000) });
    assert.equal(large.status, 413);
    assert.match(large.html, /This could not be read/);
  });

  test('a bug of ours is a page that says so, and the staff is told without a number', async (t) => {
    const broken = await startBank(t);
    const ann = new Visitor(broken.url);
    await ann.open('/');
    broken.database.close();
    const page = await ann.open('/');
    assert.equal(page.status, 500);
    assert.match(page.html, /Something went wrong on our side/);
    assert.equal(broken.told.length, 1);
    assert.doesNotMatch(broken.told.join(), /612345678/);
  });

  test('a page that is only looked at by a link checker begins no session', async (t) => {
    const bank = await startBank(t);
    for (const path of ['/nowhere', '/EnterCode/x']) {
      assert.deepEqual((await fetch(bank.url + path)).headers.getSetCookie(), []);
    }
    const head = await fetch(bank.url, { method: 'HEAD' });
    assert.equal(head.status, 200);
    assert.deepEqual(head.headers.getSetCookie(), []);
  });
});

/** The token of a page that is looked at again. */
async function freshCsrf(visitor: Visitor, path: string): Promise<string> {
  await visitor.open(path);
  return visitor.csrf;
}
