import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBase32 } from '../../src/domain/factor/base32.ts';
import { totp, USUAL_TOTP } from '../../src/domain/factor/totp.ts';
import { startRoost } from '../support/roost.ts';

const PASSWORD = 'seven sleepy herons';

test('the id of the session changes at each step, and the one before is worth nothing', async (t) => {
  const roost = await startRoost(t);
  const jar = { id: '' };
  const before: string[] = [];
  const send = async (path: string, form?: Record<string, string>, id = jar.id) => {
    const headers = { cookie: `roost_console=${id}`, ...(form === undefined ? {} : { origin: roost.url }) };
    const body = form === undefined ? null : new URLSearchParams(form);
    const method = form === undefined ? 'GET' : 'POST';
    const answer = await fetch(roost.url + path, { method, headers, body, redirect: 'manual' });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };
  /** Opens a form's page, fills it in, sends it, and holds the id that comes back. */
  const step = async (path: string, form: Record<string, string>) => {
    const page = await send(path);
    const found = (name: string) => new RegExp(`name="${name}" value="([^"]+)"`).exec(page.text)?.[1];
    const hidden = Object.fromEntries(
      ['form_token', 'factor', 'next'].flatMap((name) =>
        found(name) === undefined ? [] : [[name, found(name) ?? '']],
      ),
    );
    const answer = await send(path, { ...hidden, ...form });
    assert.equal(answer.status, 303, `${path}: ${answer.text}`);
    const [cookie = ''] = answer.headers.getSetCookie();
    assert.match(cookie, /^roost_console=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/, path);
    const id = /=([\w-]{43});/.exec(cookie)?.[1] ?? '';
    assert.ok(id !== jar.id && !before.includes(id), `${path} gives a new id`);
    before.push(jar.id);
    jar.id = id;
  };
  const codeNow = () => totp(USUAL_TOTP, secret, roost.clock());

  const link = (await roost.roost.consoleLink('first')) ?? '';
  await step(link, { name: 'ann', password: PASSWORD });
  const enrolment = await send('/console/second');
  const secret =
    fromBase32((/class="key">([A-Z2-7 ]+)</.exec(enrolment.text)?.[1] ?? '').replaceAll(' ', '')) ??
    Buffer.alloc(0);
  assert.equal((await send('/console/guard')).status, 303, 'a half session opens no room');
  const factor = /name="factor" value="([^"]+)"/.exec(enrolment.text)?.[1] ?? '';
  const token = /name="form_token" value="([^"]+)"/.exec(enrolment.text)?.[1] ?? '';
  const proved = await send('/console/second', { form_token: token, factor, code: codeNow() });
  assert.equal(proved.status, 303, proved.text);
  before.push(jar.id);
  jar.id = /=([\w-]{43});/.exec(proved.headers.get('set-cookie') ?? '')?.[1] ?? '';
  assert.equal((await send('/console/guard')).status, 200);

  roost.clock.advance(60_000);
  const me = /name="form_token" value="([^"]+)"/.exec((await send('/console/me')).text)?.[1] ?? '';
  assert.equal((await send('/console/sign-out', { form_token: me })).status, 303);
  await step('/console/sign-in', { name: 'ann', password: PASSWORD });
  await step('/console/second', { code: codeNow() });
  roost.clock.advance(60_000);
  await step('/console/fresh', { code: codeNow() });
  assert.equal((await send('/console/guard')).status, 200);
  for (const id of before) {
    assert.equal((await send('/console/guard', undefined, id)).status, 303, 'an id of before opens nothing');
  }
});
